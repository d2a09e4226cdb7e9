import { expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { KnownCheckpoint } from "../../../src/audit/checkpoints/known-checkpoint.ts";
import { comparable } from "../../../src/chain/watch/checkpoints.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../../support/chain-database.ts";
import { pruneChain } from "../../support/prune-chain.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dsnOf } from "../../support/run-custody.ts";
import { rehash, signerIn } from "../../support/signer.ts";
import { tamper } from "../../support/verify-chain.ts";
import { toldFindings, watching } from "../../support/watching.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

test("a checkpoint is compared when its file changes, and tells what a watch that begins anew cannot know", async () => {
  using folder = temporaryFolder();
  await using chain = await chainDatabase(cluster);
  const signer = await signerIn(folder.path, "ann");
  const given = { checkpoints: [join(folder.path, "newest")], publicKeys: [`${signer.key}.pub`] };
  await appendRows(chain.owner, 30);
  expect((await signer.checkpoint(chain.settings, "newest")).code).toBe(0);
  {
    await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path, given });
    expect(await watch.until("chain-verified")).toMatchObject({ reason: "first", outcome: "clean" });
    await watch.until("rows-checked");
    await appendRows(chain.owner, 10, "later-");
    expect((await signer.checkpoint(chain.settings, "newest")).code).toBe(0);
    expect(await watch.until("chain-verified")).toMatchObject({
      reason: "checkpoint",
      rows: 40,
      outcome: "clean",
    });
    await watch.until("rows-checked");
  }
  {
    await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path, given });
    await watch.until("rows-checked");
    expect(watch.seen.filter((each) => each.type === "chain-verified")).toEqual([]);
  }
  await tamper(chain.admin, `update audit_events set actor = 'x' where seq = 20; ${rehash}`);
  rmSync(join(folder.path, "watch"), { recursive: true });
  await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path, given });
  expect(await watch.until("chain-verified")).toMatchObject({ reason: "first", outcome: "broken" });
  expect(toldFindings(watch.seen)).toEqual(["rewritten@0"]);
});

test("what a standby has not replayed yet is not compared; one of another cluster has positions of its own", () => {
  const identity = { systemIdentifier: "1", timeline: 1, databaseOid: "5", lsn: "0/9000000" };
  const checkpoint = { identity } as KnownCheckpoint;
  const anchors = { checkpoints: [checkpoint], states: new Map() };
  const compared = (systemIdentifier: string | null, lsnBefore: string | null, isStandby = true): number =>
    comparable(anchors, { isStandby, lsnBefore, identity: { chainId: null, systemIdentifier, timeline: 1 } })
      .checkpoints.length;
  expect(compared("1", "0/8000000")).toBe(0);
  expect(compared("1", "0/9000000")).toBe(1);
  expect(compared("1", "0/8000000", false)).toBe(1);
  expect(compared("2", "0/8000000")).toBe(1);
  expect(compared(null, "0/8000000")).toBe(0);
});

test("a pruning beyond what was verified hides nothing: a checkpoint vouches for it, or it is a finding", async () => {
  using folder = temporaryFolder();
  await using chain = await chainDatabase(cluster);
  const signer = await signerIn(folder.path, "eve");
  const given = { checkpoints: [join(folder.path, "newest")], publicKeys: [`${signer.key}.pub`] };
  await appendRows(chain.owner, 30);
  expect((await signer.checkpoint(chain.settings, "newest")).code).toBe(0);
  {
    await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
    await watch.until("rows-checked");
    await tamper(chain.admin, `update audit_events set actor = 'x' where seq = 20; ${rehash}`);
    await appendRows(chain.owner, 10, "later-");
    await pruneChain(chain.owner, 35);
    await watch.until("finding-made");
    expect(toldFindings(watch.seen)).toEqual(["rewritten@35"]);
  }
  // One that begins with a checkpoint of what was there before knows no better.
  await using stale = watching({ dbUrl: dsnOf(chain.settings), folder: join(folder.path, "stale"), given });
  expect(await stale.verdict().catch((error: unknown) => error)).toMatchObject({ code: "no-checkpoint" });
  // Had nothing been changed: the chain that was pruned by right while nobody watched.
  rmSync(join(folder.path, "newest"));
  rmSync(signer.state, { recursive: true });
  expect((await signer.checkpoint(chain.settings, "newest")).code).toBe(0);
  await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path, given });
  expect(await watch.until("chain-verified")).toMatchObject({ outcome: "clean" });
  expect(watch.seen.filter((each) => each.type === "noted")).toMatchObject([
    { message: expect.stringContaining("a checkpoint vouches") },
  ]);
});
