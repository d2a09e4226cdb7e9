import { describe, expect, test } from "bun:test";
import { findChain } from "../../../src/audit/find-chain.ts";
import { createPathRecorder } from "../../../src/audit/merkle/path-recorder.ts";
import { createMerkleFrontier } from "../../../src/audit/merkle/frontier.ts";
import { verifyInclusion } from "../../../src/audit/merkle/verify-inclusion.ts";
import type { ChainProfile } from "../../../src/audit/profile.ts";
import { verifyRows } from "../../../src/audit/rows/verify-rows.ts";
import type { VerifyRowsOptions } from "../../../src/audit/rows/verify-rows.ts";
import { InterruptedError, OpsError } from "../../../src/errors.ts";
import { connect } from "../../../src/postgres/connect.ts";
import type { Session } from "../../../src/postgres/session.ts";
import { sha256 } from "../../../src/run/sha256.ts";
import { appendCertctlRows, certctlSchema } from "../../support/certctl-chain.ts";
import { appendRows, chainDatabase, prepareChains } from "../../support/chain-database.ts";
import type { ChainDatabase } from "../../support/chain-database.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { pruneChain } from "../../support/prune-chain.ts";
import { linesOf, verifyTwice } from "../../support/rows.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

async function inSnapshot<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.sql.unsafe("begin isolation level repeatable read read only");
  try {
    return await work();
  } finally {
    await session.sql.unsafe("rollback");
  }
}

const profileOf = async (session: Session): Promise<ChainProfile> => (await findChain(session))!.definition;

function classes(result: { readonly findings: readonly { class: string; position: number }[] }): string[] {
  return result.findings.map((each) => `${each.class}@${each.position}`);
}

/** A chain of which the first two rows were pruned, and one of the rest redacted. */
async function prunedChain(chain: ChainDatabase): Promise<void> {
  await appendRows(chain.owner, 6);
  await chain.sql`select audit_events_redact('e1', 'subject asked')`;
  await chain.sql`select audit_events_redact('e4', 'subject asked')`;
  await pruneChain(chain.owner, 2);
}

describe("verifying the rows of a file", () => {
  test("finds of a chain of links what the live verification finds", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema);
    await appendCertctlRows(session, 30);
    const { offline } = await inSnapshot(session, () => verifyTwice(session, [0, 7, 30, 31]));
    expect(offline).toMatchObject({ findings: [], rowCount: 30 });
    expect([...offline.waypoints.keys()]).toEqual([0, 7, 30]);
  });

  test("goes on from what was pruned, and judges the pruning and the redactions", async () => {
    await using chain = await chainDatabase(cluster);
    await prunedChain(chain);
    const profile = await profileOf(chain.owner);
    const { live, offline, lines } = await inSnapshot(chain.owner, () => verifyTwice(chain.owner, [1, 2, 5]));
    expect([live.findings, offline.rowCount, offline.verifierWalked]).toEqual([[], 9, 7]);
    expect([...offline.waypoints.keys()]).toEqual([2, 5]);

    const { base, chainId } = live;
    const check = async (kept: readonly string[], options: VerifyRowsOptions): Promise<string[]> =>
      classes(await verifyRows(profile, "rows", () => linesOf(kept), options));
    const without = (action: string): string[] =>
      lines.filter((line) => !line.includes(`"action":"${action}"`));
    expect(await check(lines, { chainId })).toContain("missing@0");
    expect(await check(lines, { base: base && { ...base, frontier: [new Uint8Array(32)] } })).toContain(
      "missing@2",
    );
    expect(await check(without("audit.pruned"), { base })).toContain("missing@2");
    expect(await check(without("audit.redacted"), { base })).toContain("redaction-unrecorded@3");
    // Of an archive that ends before them nothing is said.
    expect(await check(lines.slice(0, 4), { base, isWhole: false })).toEqual([]);
    expect(await check(lines.slice(0, 4), { base })).toEqual(["missing@2", "redaction-unrecorded@3"]);
  });

  test("a new event may have the id of one that was redacted and pruned, and be redacted itself", async () => {
    await using chain = await chainDatabase(cluster);
    await prunedChain(chain);
    await appendRows(chain.owner, 1);
    const again = await inSnapshot(chain.owner, () => verifyTwice(chain.owner));
    expect([again.live.findings, again.offline.findings]).toEqual([[], []]);
    await chain.sql`select audit_events_redact('e1', 'subject asked again')`;
    const { live, offline } = await inSnapshot(chain.owner, () => verifyTwice(chain.owner));
    expect([live.findings, offline.findings, live.rowCount]).toEqual([[], [], 11]);
  });

  test("shows leaves and rows, from which a proof is made", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 20);
    const profile = await profileOf(chain.owner);
    const { live, lines } = await inSnapshot(chain.owner, () => verifyTwice(chain.owner));
    const recorder = createPathRecorder(12);
    let leafHash = new Uint8Array(0);
    let rows = 0;
    const tree = createMerkleFrontier();
    const result = await verifyRows(profile, "rows", () => linesOf(lines), {
      chainId: live.chainId,
      onRow: () => void (rows += 1),
      onLeaf(leaf, index, growing) {
        recorder.push(leaf, growing);
        if (index === 12) leafHash = new Uint8Array(sha256(leaf));
        tree.push(leaf);
      },
    });
    expect([rows, result.rootHash]).toEqual([20, live.rootHash]);
    expect(verifyInclusion(12, 20, leafHash, recorder.inclusion(tree), tree.root())).toBe(true);
  });

  test("names the line that is no row, and ends when it is interrupted", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 1200);
    const profile = await profileOf(chain.owner);
    const { lines } = await inSnapshot(chain.owner, () => verifyTwice(chain.owner));
    const told = async (work: Promise<unknown>): Promise<unknown> =>
      await work.catch((error: unknown) => error);
    const wrong = lines.with(2, lines[2]!.replace('"actor":"ann"', '"actor": "ann"'));
    const error = await told(verifyRows(profile, "rows.jsonl", () => linesOf(wrong)));
    expect(error).toBeInstanceOf(OpsError);
    expect(error).toMatchObject({
      code: "unreadable-rows",
      message: expect.stringContaining("rows.jsonl, line 3"),
    });
    const controller = new AbortController();
    const seen: number[] = [];
    const interrupted = verifyRows(profile, "rows", () => linesOf(lines), {
      signal: controller.signal,
      onProgress(rows) {
        seen.push(rows);
        controller.abort();
      },
    });
    expect([await told(interrupted), seen]).toEqual([expect.any(InterruptedError), [1024]]);
  });
});
