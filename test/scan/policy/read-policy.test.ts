import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadScanConfig } from "../../../src/config/load.ts";
import { scannedByDefault } from "../../../src/destruction/kinds.ts";
import { readPolicy, severityOf } from "../../../src/scan/policy/read-policy.ts";
import type { ScanPolicy } from "../../../src/scan/policy/read-policy.ts";
import { temporaryFolder } from "../../support/run-commands.ts";

async function policyOf(yaml: string | null): Promise<ScanPolicy & { readonly folder: string }> {
  using folder = temporaryFolder();
  if (yaml !== null) writeFileSync(join(folder.path, "custody.yaml"), yaml);
  const config = await loadScanConfig({ path: null, cwd: folder.path, env: { HOME: "/nowhere" } });
  return { ...readPolicy(config), folder: folder.path };
}

test("without a policy the default kinds count, and all are errors", async () => {
  const policy = await policyOf(null);
  expect(policy).toMatchObject({
    paths: [],
    chokepoint: [],
    sanctioned: [],
    roots: [],
    destroys: {},
    baseline: null,
    file: null,
  });
  expect(policy.kinds).toEqual(scannedByDefault);
  expect(severityOf("bypass", policy)).toBe("error");
});

test("paths are relative to the file", async () => {
  const policy = await policyOf(
    "scan: { paths: [src, ../b], baseline: known.json, ignore: ['**/*_test.go'], allow_unparsed: true }",
  );
  expect(policy).toMatchObject({
    paths: [join(policy.folder, "src"), join(policy.folder, "../b")],
    baseline: join(policy.folder, "known.json"),
    ignore: { patterns: ["**/*_test.go"], folder: policy.folder },
    isUnparsedAllowed: true,
    file: join(policy.folder, "custody.yaml"),
  });
});

test("a kind with a severity counts, one that is off does not", async () => {
  const policy = await policyOf(
    "scan: { kinds: [database, flush], severities: { flush: off, table: note, bypass: warning } }",
  );
  expect([...policy.kinds]).toEqual(["database", "table"]);
  expect([severityOf("table", policy), severityOf("bypass", policy), severityOf("flush", policy)]).toEqual([
    "note",
    "warning",
    null,
  ]);
});

test.each([
  ["scan:\n  kind: [database]", "line 2, column 3: scan.kind: unknown key"],
  ["scan:\n  kinds: [databse]", "line 2, column 11: scan.kinds[0]: "],
  ["scan:\n  severities:\n    databse: note", "line 3, column 5: scan.severities.databse"],
  ["scan:\n  severities: { database: fatal }", "line 2, column 27: scan.severities.database: "],
  ["scan:\n  chokepoint: guardedDrop", "line 2, column 15: scan.chokepoint: "],
  ["scan:\n  chokepoint: [' ']", "line 2, column 16: scan.chokepoint[0]: is no function's name"],
])("%j is refused with its place", async (yaml, problem) => {
  const refused = await policyOf(yaml).catch((error: unknown) => error);
  expect(String(refused)).toContain(problem);
});
