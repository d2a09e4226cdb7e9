import { afterAll, describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { findChain } from "../../../src/audit/find-chain.ts";
import { removeBeginning } from "../../../src/audit/pruning/remove-beginning.ts";
import { checkArchive } from "../../../src/chain/check-archive.ts";
import { livePrune } from "../../../src/chain/prune/adapters/live-prune.ts";
import { chainPrune } from "../../../src/chain/prune/feature.ts";
import { parsePruneInput } from "../../../src/chain/prune/input.ts";
import { parseTime } from "../../../src/chain/prune/parse-time.ts";
import type { FinishedReport } from "../../../src/run/contract.ts";
import { execute } from "../../../src/run/execute.ts";
import { appendRows, firstBreak, prepareChains, stateOf } from "../../support/chain-database.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { losing } from "../../support/losing-session.ts";
import { pruneScene } from "../../support/prune-scene.ts";
import type { PruneScene } from "../../support/prune-scene.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dsnOf } from "../../support/run-custody.ts";
import { verifyIn } from "../../support/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

/** A chain of seven rows, of which a checkpoint vouches for five. */
async function scene(): Promise<PruneScene> {
  const it = await pruneScene(cluster, temporary.path, 5);
  await it.sign("a");
  await appendRows(it.chain.owner, 2, "later");
  return it;
}

/** Prunes in this process; `meanwhile` is called with the archive's folder when it is in its place, before it is read again. */
async function pruneWith(
  it: PruneScene,
  meanwhile: (folder: string) => unknown,
  signal = new AbortController().signal,
): Promise<FinishedReport> {
  const input = parsePruneInput({
    dbUrl: dsnOf(it.chain.settings),
    schema: null,
    before: parseTime("2100-01-01"),
    checkpoints: [join(it.folder, "a.checkpoint")],
    archive: join(it.folder, "kept"),
    publicKeys: [`${it.signer.key}.pub`],
    policy: null,
    state: it.signer.state,
    key: null,
    actor: null,
    isDryRun: false,
  });
  const world = { env: {}, cwd: it.folder, configPath: null, signal };
  const ports = livePrune(world, async (folder, onProgress) => {
    await meanwhile(folder);
    await checkArchive(folder, input, world, onProgress);
  });
  return execute(chainPrune, input, ports, { signal, observers: [], version: "test" });
}

/** Nothing was removed, nothing is left of the archive, and the chain is whole. */
async function expectUntouched(it: PruneScene, rows = 7): Promise<void> {
  expect(it.leftovers()).toEqual([]);
  expect(await verifyIn(it.chain.owner)).toMatchObject({
    findings: [],
    rowCount: rows,
    verifierWalked: rows,
  });
}

/** Waits until a session of prune's waits for a lock. */
async function untilWaiting(it: PruneScene): Promise<void> {
  for (;;) {
    const [found] = await it.chain.admin.sql`select count(*)::int as n from pg_stat_activity
      where datname = current_database() and application_name = 'custody chain prune' and wait_event_type = 'Lock'`;
    if (found!["n"] > 0) return;
    await Bun.sleep(5);
  }
}

describe("what happens while a chain is pruned", () => {
  test("an event of the beginning is redacted: its details must not live on in an archive that is new", async () => {
    await using it = await scene();
    const report = await pruneWith(it, () => it.chain.sql`select audit_events_redact('e2', 'x')`);
    expect(report).toMatchObject({
      exitCode: 3,
      error: { code: "chain-changed" },
      document: { archive: null },
    });
    await expectUntouched(it, 8);
  });

  test("an event behind the cut is redacted, others are appended: nothing stands in the way", async () => {
    await using it = await scene();
    const report = await pruneWith(it, async () => {
      await it.chain.sql`select audit_events_redact('later1', 'x')`;
      await appendRows(it.chain.owner, 3, "meanwhile");
    });
    expect(report).toMatchObject({ exitCode: 0, verdict: "pruned" });
    expect(await verifyIn(it.chain.owner)).toMatchObject({ findings: [], rowCount: 12, verifierWalked: 7 });
    expect(await firstBreak(it.chain.owner)).toMatchObject({ pos: -1, rows: 12 });
  });

  test("a file of the archive changes on disk", async () => {
    await using it = await scene();
    const report = await pruneWith(it, (folder) => appendFileSync(join(folder, "rows.jsonl"), "\n"));
    expect(report).toMatchObject({ exitCode: 3, error: { code: "archive-unsound" } });
    expect(report.error?.message).toContain("rows.jsonl has another SHA-256");
    await expectUntouched(it);
  });

  test("it is interrupted when the archive is in its place", async () => {
    await using it = await scene();
    const interruption = new AbortController();
    const report = await pruneWith(
      it,
      (folder) => {
        expect(existsSync(join(folder, "report.json"))).toBe(true);
        interruption.abort();
      },
      interruption.signal,
    );
    expect(report).toMatchObject({ exitCode: 130, error: { code: "interrupted" } });
    await expectUntouched(it);
  });

  test("it is interrupted while it waits for the head", async () => {
    await using it = await scene();
    const other = await it.chain.open();
    const interruption = new AbortController();
    const report = pruneWith(
      it,
      () => other.sql.unsafe("begin; select from audit_chain_head where id = 1 for update"),
      interruption.signal,
    );
    await untilWaiting(it);
    interruption.abort();
    expect(await report).toMatchObject({ exitCode: 130 });
    await other.sql.unsafe("rollback");
    await expectUntouched(it);
  });

  test("a redaction is under way: one of the two gives way, and whichever it is, the chain is whole", async () => {
    await using it = await scene();
    const other = await it.chain.open();
    const pruning = pruneWith(it, () => other.sql.unsafe("begin; select audit_events_redact('e3', 'x')"));
    await untilWaiting(it);
    // Each has what the other waits for.
    const redaction = await stateOf(other.sql.unsafe("commit"));
    const report = await pruning;
    if (redaction === "done") {
      expect(report).toMatchObject({ exitCode: 3, error: { code: "chain-changed" } });
      await expectUntouched(it, 8);
    } else {
      expect([redaction, report.verdict]).toEqual(["40P01", "pruned"]);
      expect(await verifyIn(it.chain.owner)).toMatchObject({ findings: [], rowCount: 8, verifierWalked: 3 });
    }
  });

  test("somebody else prunes the same: the second has nothing left to remove", async () => {
    await using it = await scene();
    const report = await pruneWith(it, async () => {
      expect((await it.prune({ checkpoints: ["a"], archive: "theirs" })).code).toBe(0);
    });
    expect(report).toMatchObject({ exitCode: 3, error: { code: "chain-changed" } });
    expect(it.leftovers()).toEqual(["theirs"]);
    expect(await verifyIn(it.chain.owner)).toMatchObject({ findings: [], rowCount: 8, verifierWalked: 3 });
  });
});

test("what a run that was killed has left is named, and left alone", async () => {
  await using it = await scene();
  const left = join(it.folder, ".kept.0123456789ab.tmp");
  mkdirSync(left);
  mkdirSync(join(it.folder, ".kept.else.tmp"));
  const { document } = await it.prune({ checkpoints: ["a"], archive: "kept" });
  expect(document).toMatchObject({
    verdict: "pruned",
    notes: [expect.stringContaining(`${left} holds rows`)],
  });
  expect(existsSync(left)).toBe(true);
});

describe("a connection that is lost at the commit", () => {
  test.each([
    ["before it arrived", false],
    ["before its answer came", true],
  ])("%s: nobody says that nothing was removed", async (_name, isCommitted) => {
    await using it = await scene();
    const place = await findChain(it.chain.owner, {});
    const { waypoints, chainId } = await verifyIn(it.chain.owner, { waypoints: [5] });
    const beginning = {
      cut: waypoints.get(5)!,
      chainId: chainId!,
      rows: 5,
      erased: 0,
      archiveSha256: new Uint8Array(32),
      actor: null,
    };
    const session = await it.chain.open();
    const removal = await removeBeginning(losing(session, it.chain.admin, isCommitted), place!, beginning, {
      interruption: new AbortController().signal,
      onCommit: () => undefined,
    });
    expect(removal).toMatchObject({ outcome: "unknown", error: { code: "connection-lost" } });
    expect(await it.rows()).toBe(isCommitted ? 3 : 7);
  });
});
