import { expect, test } from "bun:test";
import { coversAll } from "../../../src/scan/policy/covers-all.ts";

test.each([
  [[], [], true],
  [["."], [], true],
  [[".."], [], true],
  [["/"], [], true],
  [["src"], [], false],
  [["src"], ["/shop/src"], true],
  [["src/a", "lib"], ["/shop/src"], false],
  [["src", "lib"], ["/shop/src/a", "/shop/lib"], true],
  [["sr"], ["/shop/src"], false],
] as const)("%j of %j: %p", (given, paths, covers) => {
  expect(coversAll(given, paths, "/shop")).toBe(covers);
});
