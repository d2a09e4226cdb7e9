import { describe, expect, test } from "bun:test";
import { comparators } from "../../../src/backup/compare/comparators.ts";
import type { Fingerprint } from "../../../src/backup/fingerprint.ts";
import { compareChains } from "../../../src/backup/proof/compare-chains.ts";
import { conclude, judge } from "../../../src/backup/proof/judge.ts";
import type { ChainReading } from "../../../src/backup/proof/readings.ts";
import type { Proof } from "../../../src/backup/proof/proof.ts";

const comparison = { comparators, compareChains };
const digest = (start: string): string => start.padEnd(64, "0");

const fingerprint: Fingerprint = {
  serverVersion: "15.18",
  database: "shop",
  objects: [{ kind: "table", identity: "public.item", facts: { owner: "app" } }],
  tables: [{ table: "public.item", columns: ["id"], rows: 2, digest: digest("a"), bytes: 4 }],
  sequences: [{ sequence: "public.item_id_seq", lastValue: "2", isCalled: true }],
  largeObjects: [{ oid: 16_400, bytes: 3, digest: digest("b") }],
  encoding: "UTF8",
};

const chain: ChainReading = {
  schema: "public",
  profile: "custody",
  rowCount: 24,
  headHash: digest("c"),
  firstBreakId: "",
  firstBreakPos: -1,
  walked: 24,
  findings: [],
  newestEventAt: null,
  mark: null,
};

const healthy: Proof = {
  source: fingerprint,
  archive: {
    path: "shop.dump",
    writtenSha256: digest("d"),
    readSha256: digest("d"),
    entries: [],
    isScript: false,
    reading: { contents: fingerprint, undigested: [], damage: [] },
  },
  expected: fingerprint,
  restored: fingerprint,
  notApplicable: new Set(),
  notRun: new Map(),
  restore: { errors: [], leftOut: [], notes: [], seconds: 1 },
  asSuperuser: false,
  pre: chain,
  isPreKnown: true,
  post: chain,
};

const changedTable = { ...fingerprint, tables: [{ ...fingerprint.tables[0]!, digest: digest("e") }] };
const failedOf = (proof: Proof): string[] =>
  judge(proof, comparison)
    .assertions.filter(({ ok }) => ok === false)
    .map(({ name }) => name);
const stagesOf = (proof: Proof): string[] => judge(proof, comparison).differences.map(({ stage }) => stage);

test("equal everywhere: every assertion holds", () => {
  const { assertions, differences } = judge(healthy, comparison);
  expect(differences).toEqual([]);
  expect(assertions.every(({ ok }) => ok === true)).toBe(true);
  expect(conclude(assertions)).toBe("proved");
});

describe("the stage that is to blame", () => {
  test("the archive's rows are not the source's, its bytes are as written: the dump", () => {
    const proof = { ...healthy, source: changedTable };
    expect(failedOf(proof)).toEqual(["archive-holds-source"]);
    expect(stagesOf(proof)).toEqual(["dump"]);
  });

  test("the archive's bytes have changed since: storage, also for the rows that differ", () => {
    const reading = { contents: changedTable, undigested: [], damage: [] };
    const proof = { ...healthy, archive: { ...healthy.archive!, readSha256: digest("f"), reading } };
    expect(failedOf(proof)).toEqual(["archive-intact", "archive-holds-source"]);
    expect(new Set(stagesOf(proof))).toEqual(new Set(["storage"]));
  });

  test("an archive that cannot be read to its end: storage", () => {
    const reading = { contents: fingerprint, undigested: [], damage: ["cut off"] };
    expect(stagesOf({ ...healthy, archive: { ...healthy.archive!, reading } })).toEqual(["storage"]);
  });

  test("source and archive agree, the restored rows do not: the restore", () => {
    const proof = { ...healthy, restored: changedTable };
    expect(failedOf(proof)).toEqual(["content"]);
    expect(stagesOf(proof)).toEqual(["restore"]);
  });

  test("an error of the restore counts unless it is benign", () => {
    const error = { class: "other", entry: "FUNCTION f", message: "broken", isBenign: false };
    const proof = (isBenign: boolean): Proof => ({
      ...healthy,
      restore: { errors: [{ ...error, isBenign }], leftOut: [], notes: [], seconds: 1 },
    });
    expect(failedOf(proof(false))).toEqual(["restore-errors"]);
    expect(failedOf(proof(true))).toEqual([]);
  });
});

describe("the chain", () => {
  test.each<[string, Partial<ChainReading>, readonly string[]]>([
    ["re-hashed", { headHash: digest("9") }, ["chain", "chain-head"]],
    ["cut, its head mended", { headHash: digest("9"), rowCount: 23 }, ["chain", "row-count", "chain-head"]],
    ["altered", { findings: ["altered at 3 (x): …"] }, ["chain"]],
  ])("%s", (_name, change, failed) => {
    expect(failedOf({ ...healthy, post: { ...chain, ...change } })).toEqual([...failed]);
  });

  test("one that was broken before it was dumped disproves too", () => {
    const broken = { ...chain, findings: ["altered at 3 (x): …"] };
    expect(failedOf({ ...healthy, pre: broken })).toContain("chain-before");
  });

  test("a database without one: not applicable, and that is no pass", () => {
    const { assertions } = judge({ ...healthy, pre: null, post: null }, comparison);
    const chainChecks = assertions.filter(({ name }) => /chain|row-count/.test(name));
    expect(chainChecks.map(({ ok, actual }) => [ok, actual])).toEqual(
      Array.from({ length: 4 }, () => [null, "not applicable"]),
    );
    expect(conclude(assertions)).toBe("proved");
  });

  test("one that vanished, and one that appeared", () => {
    expect(failedOf({ ...healthy, post: null })).toContain("chain");
    expect(failedOf({ ...healthy, pre: null })).toContain("chain");
  });
});

describe("rows in two encodings cannot be compared", () => {
  const check = (proof: Proof, wanted: string) =>
    judge(proof, comparison).assertions.find(({ name }) => name === wanted);

  test("of the restored side: the content could not be checked", () => {
    const proof = { ...healthy, restored: { ...changedTable, encoding: "LATIN1" } };
    expect(check(proof, "content")).toMatchObject({
      ok: null,
      actual: "rows in UTF8 cannot be compared with rows in LATIN1",
    });
    expect(conclude(judge(proof, comparison).assertions)).toBe("not-run");
  });

  test("of the archive: what was restored says that it held the source, or nothing does", () => {
    const contents = { ...changedTable, encoding: "LATIN1" };
    const archive = { ...healthy.archive!, reading: { contents, undigested: [], damage: [] } };
    expect(check({ ...healthy, archive }, "archive-holds-source")?.ok).toBe(true);
    const proof = { ...healthy, archive, restored: changedTable };
    expect(check(proof, "archive-holds-source")?.ok).toBe(null);
    expect(failedOf(proof)).toEqual(["content"]);
  });
});

test("a check that could not run leaves the proof open; one that failed disproves it whatever else", () => {
  const open = { name: "a", ok: null, expected: "x", actual: "no permission" };
  const passed = { name: "b", ok: true, expected: "x", actual: "x" };
  const failed = { name: "c", ok: false, expected: "x", actual: "y" };
  expect(conclude([passed, open])).toBe("not-run");
  expect(conclude([passed, open, failed])).toBe("disproved");
});
