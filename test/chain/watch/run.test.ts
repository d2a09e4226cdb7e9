import { describe, expect, test } from "bun:test";
import { appendRows, chainDatabase, prepareChains } from "../../support/chain-database.ts";
import { appendCertctlRows, certctlSchema } from "../../support/certctl-chain.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dsnOf } from "../../support/run-custody.ts";
import { rehash, truncate } from "../../support/signer.ts";
import { tamper } from "../../support/verify-chain.ts";
import { toldFindings, watching } from "../../support/watching.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

describe("a watch", () => {
  test("verifies everything first, then only what is new, and all of it again in the time that it was given", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 3000);
    await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
    expect(await watch.until("chain-verified")).toMatchObject({
      reason: "first",
      outcome: "clean",
      rows: 3000,
    });
    await appendRows(chain.owner, 500, "later-");
    expect(await watch.until("rows-checked")).toMatchObject({ rows: 3500, read: 1524 });
    await watch.pass(6 * 3_600_000);
    const reads = watch.seen.flatMap((each) => (each.type === "rows-checked" ? [each.read] : []));
    expect(reads.filter((each) => each === 3500)).toHaveLength(1);
    expect(watch.status()).toMatchObject({ rows: 3500, findingsNow: 0, problem: null });
    expect(toldFindings(watch.seen)).toEqual([]);
  });

  test.each([
    ["a row that was changed", "update audit_events set actor = 'x' where seq = 4990", ["altered@4989"]],
    ["a tail that was cut, the head mended", truncate(4990), ["truncated@4990"]],
    ["the head moved", "update audit_chain_head set row_hash = repeat('0', 64)", ["head-mismatch@4999"]],
    [
      "a guard that is off",
      "alter table audit_events disable trigger audit_events_keep",
      ["guard-changed@-1"],
    ],
    [
      "a row without a number",
      "update audit_events set seq = null where seq = 3",
      ["gap@2", "missing@2", "unlinked@4999"],
    ],
    [
      "a row below the first",
      "update audit_events set seq = -3 where seq = 3",
      ["gap@0", "missing@0", "gap@1", "missing@1", "gap@3", "missing@3"],
    ],
  ])("finds %s at once", async (_, statement, expected) => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 5000);
    await using watch = watching({
      dbUrl: dsnOf(chain.settings),
      folder: folder.path,
      given: { onceBroken: "exit" },
    });
    await watch.until("rows-checked");
    await tamper(chain.admin, statement);
    expect(await watch.verdict()).toBe("broken");
    const told = toldFindings(watch.seen);
    expect(told.slice(0, 1)).toEqual(expected.slice(0, 1));
    expect(watch.seen.filter((each) => each.type === "rows-checked")).toHaveLength(1);
  });

  test("finds what was changed in old history when that is read again, and says it once", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 70_000);
    await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
    await watch.until("rows-checked");
    await tamper(chain.admin, "update audit_events set actor = 'x' where seq = 4");
    const before = watch.status();
    expect(await watch.until("suspicion-raised")).toMatchObject({
      reasons: ["rows 1 to 65536 are not what they were"],
    });
    expect(await watch.until("chain-verified")).toMatchObject({ outcome: "broken", findings: 1 });
    await watch.pass(2 * 3_600_000);
    expect(watch.seen.filter((each) => each.type === "finding-made")).toHaveLength(1);
    expect(before.findingsSeen).toBe(0);
    expect(watch.status()).toMatchObject({ findingsNow: 1, findingsSeen: 1 });
    await tamper(chain.admin, "update audit_events set actor = 'ann' where seq = 4");
    await watch.until("finding-gone");
    expect(await watch.until("chain-verified")).toMatchObject({ reason: "again", outcome: "clean" });
    await watch.until("block-checked");
    expect(watch.status()).toMatchObject({ findingsNow: 0, findingsSeen: 1 });
  });

  test("finds details that were erased in old history, and takes a redaction for what it is", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 3000);
    await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
    await watch.until("rows-checked");
    await chain.sql.unsafe("select audit_events_redact('e5', 'asked')");
    await watch.pass(7 * 3_600_000);
    expect(toldFindings(watch.seen)).toEqual([]);
    await tamper(chain.admin, "update audit_events set details = null, details_salt = null where seq = 9");
    expect(await watch.until("finding-made")).toMatchObject({
      finding: { class: "redaction-unrecorded", position: 8 },
    });
  });

  test("finds a redaction that was undone when history is read again", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 1500);
    const copied = "create table kept as select details, details_salt from audit_events where id = 'e5'";
    await chain.admin.sql.unsafe(copied);
    await chain.sql.unsafe("select audit_events_redact('e5', 'asked')");
    await appendRows(chain.owner, 1500, "later-");
    await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
    await watch.until("rows-checked");
    await tamper(
      chain.admin,
      "update audit_events set (details, details_salt) = (select details, details_salt from kept) where id = 'e5'",
    );
    const before = watch.now();
    await watch.until("finding-made");
    expect(toldFindings(watch.seen)).toEqual(["redaction-undone@1500"]);
    expect(watch.now() - before).toBeLessThanOrEqual(6 * 3_600_000);
  });

  test("knows a chain that was hashed again for another than it verified, also after a restart", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 40);
    {
      await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
      await watch.until("rows-checked");
      await watch.until("rows-checked");
    }
    await tamper(chain.admin, `update audit_events set actor = 'x' where seq = 20; ${rehash}`);
    await appendRows(chain.owner, 10, "later-");
    {
      await using again = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path, startMs: 60_000 });
      expect(await again.until("state-loaded")).toMatchObject({ rows: 40 });
      expect(await again.until("finding-made")).toMatchObject({
        finding: { class: "rewritten", position: 0 },
      });
    }
    // What a failed verification saw is never written down: the next start says the same.
    await using third = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path, startMs: 120_000 });
    expect(await third.until("finding-made")).toMatchObject({
      finding: { class: "rewritten", position: 0 },
    });
  });

  test("goes on from a pruning, and reads on in what is left of a block", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 70_000);
    await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
    await watch.until("rows-checked");
    const { createMerkleFrontier, leafOf } = await import("../../../src/audit/merkle/frontier.ts");
    const rows = await chain.sql.unsafe<{ hash: Uint8Array }[]>(
      "select row_hash as hash from audit_events where seq <= 1000 order by seq",
    );
    const frontier = createMerkleFrontier();
    for (const { hash } of rows) frontier.push(leafOf(new Uint8Array(hash)));
    const nodes = frontier.nodes().map((node) => `decode('${Buffer.from(node).toString("hex")}', 'hex')`);
    await chain.sql.unsafe(`select audit_chain_prune(1000, array[${nodes.join(", ")}], sha256('archive'))`);
    await watch.until("block-checked");
    await watch.pass(6 * 3_600_000);
    expect(watch.seen.filter((each) => each.type === "suspicion-raised")).toEqual([]);
    expect(toldFindings(watch.seen)).toEqual([]);
    expect(watch.seen.findLast((each) => each.type === "block-checked")).toMatchObject({
      block: 0,
      read: 64_536,
    });
    await tamper(chain.admin, "update audit_events set actor = 'x' where seq = 2000");
    expect(await watch.until("finding-made")).toMatchObject({
      finding: { class: "altered", position: 1999 },
    });
  });

  test("does not read everything again for what stands, while the chain goes on, but at once for what is new", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 3000);
    let appended = 0;
    let alterAt = 0;
    await using watch = watching({
      dbUrl: dsnOf(chain.settings),
      folder: folder.path,
      // As if each reading took a quarter of an hour: the next one is due after two hours and a half.
      tookMs: 900_000,
      async meanwhile() {
        await appendRows(chain.owner, 1, `meanwhile-${(appended += 1)}-`);
        if (appended === alterAt)
          await tamper(chain.admin, "update audit_events set actor = 'x' where seq = 2899");
      },
    });
    await watch.until("rows-checked");
    await tamper(chain.admin, truncate(2900));
    await watch.until("chain-verified");
    const from = watch.now();
    expect(await watch.until("chain-verified")).toMatchObject({ reason: "again", outcome: "broken" });
    expect(watch.now() - from).toBeGreaterThanOrEqual(9_000_000);
    const again = watch.now();
    alterAt = appended + 3;
    const { finding } = await watch.until("finding-made");
    expect(watch.now() - again).toBeLessThan(4_000_000);
    expect(finding).toMatchObject({ class: "altered", position: 2898 });
  });

  test("begins with an empty chain, and reads its blocks again as soon as they are full", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
    expect(await watch.until("chain-verified")).toMatchObject({ reason: "first", rows: 0 });
    for (const [rows, prefix] of [
      [1, "a"],
      [65_000, "b"],
      [600, "c"],
    ] as const) {
      await appendRows(chain.owner, rows, prefix);
      await watch.until("rows-checked");
    }
    expect(await watch.until("block-checked")).toMatchObject({ block: 0, read: 65_536 });
    await watch.pass(6 * 3_600_000);
    expect(toldFindings(watch.seen)).toEqual([]);
    expect(watch.seen.filter((each) => each.type === "chain-verified")).toHaveLength(1);
    await tamper(chain.admin, `update audit_events set actor = 'x' where seq = 65601; ${rehash}`);
    expect(await watch.until("finding-made")).toMatchObject({
      finding: { class: "rewritten", position: 65_536 },
    });
  });

  test("goes on from what it knows where the chain is reached by another address, and names another chain", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 20);
    const dbUrl = dsnOf(chain.settings);
    {
      await using watch = watching({ dbUrl, folder: folder.path });
      await watch.until("rows-checked");
    }
    const other = dbUrl.replace(/host=(\S+)/, "host=$1,/nowhere");
    {
      await using watch = watching({ dbUrl: other, folder: folder.path });
      expect(await watch.until("state-loaded")).toMatchObject({ rows: 20 });
      await watch.until("rows-checked");
      await watch.until("rows-checked");
    }
    await tamper(
      chain.admin,
      `truncate audit_events; update audit_chain_head set chain_id = gen_random_uuid(), seq = 0, row_hash = ''`,
    );
    await using watch = watching({ dbUrl: other, folder: folder.path });
    const { finding } = await watch.until("finding-made");
    expect(finding).toMatchObject({ class: "truncated", position: 0 });
    expect(finding.detail).toMatch(
      /^0 rows where watch had verified 20; the chain's chain_id is \S+, it was \S+$/,
    );
  });

  test("says when the chain's tables are gone", async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 10);
    await using watch = watching({
      dbUrl: dsnOf(chain.settings),
      folder: folder.path,
      given: { onceBroken: "exit" },
    });
    await watch.until("rows-checked");
    await chain.admin.sql.unsafe("alter table audit_events rename to elsewhere");
    expect(await watch.verdict()).toBe("broken");
    expect(toldFindings(watch.seen)).toEqual(["truncated@0"]);
  });
});

test("a chain that is followed by its links is read as a whole when it has grown, no more often than is said", async () => {
  using folder = temporaryFolder();
  await using database = await freshDatabase(cluster);
  await using session = await connect(database.settings, { applicationName: "test" });
  await session.sql.unsafe(certctlSchema);
  await appendCertctlRows(session, 50);
  await using watch = watching({ dbUrl: dsnOf(database.settings), folder: folder.path });
  expect(await watch.until("chain-verified")).toMatchObject({ reason: "first", rows: 50 });
  await appendCertctlRows(session, 5, "later-");
  expect(await watch.until("chain-verified")).toMatchObject({ reason: "changed", rows: 55 });
  await session.sql.unsafe("update audit_events set actor = 'x' where id = 'c7'");
  expect(await watch.until("chain-verified")).toMatchObject({ reason: "due", outcome: "broken" });
  expect(toldFindings(watch.seen)).toEqual(["altered@6"]);
});
