import { expect, test } from "bun:test";
import { olderFiles } from "../../../src/scan/policy/older-files.ts";

test("what is the same, what was otherwise, what is gone", () => {
  const changes = {
    added: new Set(["new.go"]),
    changed: new Map([
      ["edit.go", { blob: "a1" }],
      ["gone.go", { blob: "b2" }],
      ["gone.md", { blob: "c3" }],
    ]),
    addedFolders: ["sub"],
  };
  const paths = ["edit.go", "new.go", "same.go", "sub/a.go", "subway/b.go"];
  expect(olderFiles(paths, changes, (path) => path.endsWith(".go"))).toEqual({
    same: ["same.go", "subway/b.go"],
    older: [
      { path: "edit.go", blob: "a1" },
      { path: "gone.go", blob: "b2" },
    ],
  });
});
