import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { custody, documentOf } from "../support/run-custody.ts";

const example = join(import.meta.dirname, "../fixtures/scan/readme");
const folders: string[] = [];
afterAll(() => folders.forEach((each) => rmSync(each, { recursive: true, force: true })));

interface Place {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
}

/** Scans the example of the README, with files changed. */
async function scan(changes: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "scan-run-test-"));
  folders.push(folder);
  cpSync(example, folder, { recursive: true });
  for (const [path, text] of Object.entries(changes)) writeFileSync(join(folder, path), text);
  const said = documentOf(await custody(["scan", "--no-cache", "--output", "json", ...args], "", folder));
  const places = (field: string) =>
    (said[field] as readonly Place[]).map(({ path, line, rule }) => `${path}:${line} ${rule}`);
  return { findings: places("findings"), suppressed: places("suppressed") };
}

const nightly = readFileSync(join(example, "nightly.ts"), "utf8");

describe("a suppression", () => {
  test("allows a way round the chokepoint in a file that destroys nothing itself", async () => {
    const allowed = nightly.replace("  for ", "  // custody-allow: those are empty until 2999-01-31\n  for ");
    expect(await scan({ "nightly.ts": allowed })).toEqual({
      findings: [],
      suppressed: ["nightly.ts:6 bypass"],
    });
  });

  test("that has outlived what it allowed is found, whatever else is in the file", async () => {
    const left = "// custody-allow: the cache of the tests until 2999-01-31\nexport const size = 3;\n";
    const { findings } = await scan({ "left.ts": left });
    expect(findings).toEqual(["left.ts:1 suppression-unused", "nightly.ts:5 bypass"]);
  });
});

test("what is wrong with the policy is told at its file, below the working directory; of a part of the tree it is not told", async () => {
  const policy = { "custody.yaml": "scan: { chokepoint: [nobody], sanctioned: [gone] }\n" };
  expect((await scan(policy)).findings).toEqual([
    "custody.yaml:1 chokepoint-ambiguous",
    "custody.yaml:1 nothing-sanctioned",
    "tenants.ts:10 database",
  ]);
  expect((await scan(policy, "tenants.ts")).findings).toEqual(["tenants.ts:10 database"]);
});
