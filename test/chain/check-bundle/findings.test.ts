import { expect, test } from "bun:test";
import { bundleFinding, firstOfEach } from "../../../src/chain/check-bundle/findings.ts";
import type { BundleFinding } from "../../../src/chain/check-bundle/findings.ts";

test("as many findings of each kind are listed as are asked for, and none hides those of another kind", () => {
  const file = (name: string): BundleFinding => bundleFinding("file-unexpected", name);
  const row = (id: string): BundleFinding => ({ ...file(id), class: "altered", id });
  const report = bundleFinding("report-wrong", "r");
  const all = [file("a"), file("b"), file("c"), row("1"), row("2"), row("3"), report];
  expect(firstOfEach(all, 2)).toEqual([file("a"), file("b"), row("1"), row("2"), report]);
  expect(firstOfEach(all, 3)).toEqual(all);
});
