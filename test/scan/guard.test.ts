import { expect, test } from "bun:test";
import { readLabelledPolicy, toLabel } from "../support/labelled-policy.ts";
import { scanFiles } from "../support/scan-files.ts";

const { files, policy, expected } = await readLabelledPolicy("guard");

test("what the older guard flags is found, and what it rightly does not flag is not", async () => {
  const { findings, unparsed } = await scanFiles(files, policy);
  const labels = findings.map((each) => toLabel(each, expected));
  expect(new Set(labels)).toEqual(new Set(expected));
  expect(findings).toHaveLength(expected.length);
  expect(unparsed).toEqual([]);
});

test("what runs is told with the way to it; what is only kept has none", async () => {
  const { findings } = await scanFiles(files, policy);
  const ways = findings.map(({ line, path, call_path: steps }) => ({
    at: `${path}:${line}`,
    way: steps.map((each) => each.function),
  }));
  expect(ways).toContainEqual({ at: "rogue.go:13", way: ["Rogue", "rogue"] });
  expect(ways).toContainEqual({ at: "literals.go:52", way: ["Literals", "literals", "literals.cleanup"] });
  expect(ways).toContainEqual({ at: "literals.go:12", way: [] });
});

test("a guard that matches nothing protects nothing: without sanctioned sites it fails", async () => {
  const { "sanctioned.go": removed, ...others } = files;
  expect(removed).toContain("DROP DATABASE");
  const { findings } = await scanFiles(others, policy);
  expect(findings.filter(({ rule }) => rule === "nothing-sanctioned")).toHaveLength(1);
  const { findings: whole } = await scanFiles(files, policy);
  expect(whole.filter(({ rule }) => rule === "nothing-sanctioned")).toEqual([]);
});

test("a second definition of the chokepoint is told, unless the policy says which is meant", async () => {
  const sources = { ...files, "other/guard.go": "package other\n\nfunc guardedDrop(fn func()) { fn() }\n" };
  const ambiguous = async (chokepoint: string): Promise<readonly string[]> => {
    const { findings } = await scanFiles(sources, { ...policy, chokepoint: [chokepoint] });
    return findings.filter(({ rule }) => rule === "chokepoint-ambiguous").map(({ path }) => path);
  };
  // In the order of the files: the one that comes first is the first definition.
  expect(await ambiguous("guardedDrop")).toHaveLength(1);
  expect(await ambiguous("guard.guardedDrop")).toEqual([]);
  expect(await ambiguous("sanctioned.go#guardedDrop")).toEqual([]);
});
