import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { planBlocks } from "../../../src/audit/blocks/block.ts";
import { joinMarks } from "../../../src/audit/blocks/join-marks.ts";
import { verifyBlock } from "../../../src/audit/blocks/verify-block.ts";
import { walkBlocks } from "../../../src/audit/blocks/walk-blocks.ts";
import type { JoinedBlocks } from "../../../src/audit/blocks/walk-blocks.ts";
import { findChain } from "../../../src/audit/find-chain.ts";
import { createMerkleFrontier, leafOf } from "../../../src/audit/merkle/frontier.ts";
import { genesisOf } from "../../../src/audit/read-base.ts";
import { rootAt } from "../../../src/audit/waypoints.ts";
import type { ChainMark } from "../../../src/audit/waypoints.ts";
import { sha256, toHex } from "../../../src/run/sha256.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../../support/chain-database.ts";
import type { ChainDatabase } from "../../support/chain-database.ts";
import { tamper, verifyIn } from "../../support/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

test("blocks lie where subtrees of the tree do", () => {
  expect(planBlocks(0, 0, 4)).toEqual([]);
  expect(planBlocks(0, 4, 4)).toEqual([{ start: 0, end: 4 }]);
  expect(planBlocks(0, 9, 4).map((each) => each.end)).toEqual([4, 8, 9]);
  expect(planBlocks(6, 17, 4).map((each) => each.start)).toEqual([6, 8, 12, 16]);
});

test("marks of a beginning and of a block after it join to that of both", () => {
  const markOf = (from: number, to: number): ChainMark => {
    const frontier = createMerkleFrontier();
    for (let index = from; index < to; index += 1) frontier.push(leafOf(sha256(Buffer.from(`${index}`))));
    return { size: to - from, rowHash: sha256(Buffer.from(`${to}`)), frontier: frontier.nodes() };
  };
  fc.assert(
    fc.property(fc.nat(20), fc.nat(16), (blocks, rows) => {
      const [start, end] = [blocks * 16, blocks * 16 + rows];
      expect(joinMarks(markOf(0, start), markOf(start, end))).toEqual(markOf(0, end));
    }),
  );
});

/** Reads the chain in blocks of four rows, by two readers of one session. */
async function inBlocks(
  chain: ChainDatabase,
  waypoints: readonly number[] = [],
): Promise<JoinedBlocks | null> {
  const { sql } = chain.owner;
  const place = await findChain(chain.owner);
  const [head] = await sql<{ id: string }[]>`select chain_id::text as id from audit_chain_head`;
  const [last] = await sql<{ seq: string }[]>`select max(seq)::text as seq from audit_events`;
  const genesis = genesisOf(head?.id ?? "");
  if (place === null || genesis === null) throw new Error("there is no chain");
  const reader = {
    read: (...[block, options]: Parameters<Parameters<typeof walkBlocks>[0][number]["read"]>) =>
      verifyBlock(chain.owner, place, block, options),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const ends = {
    base: null,
    genesis,
    lastSeq: Number(last?.seq),
    waypoints,
    rowsPerBlock: 4,
    onProgress: () => undefined,
  };
  return walkBlocks([reader], ends);
}

describe("a chain read in blocks", () => {
  test.each([1, 3, 4, 5, 8, 18])("of %i rows gives what reading it in order gives", async (size) => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, size);
    const waypoints = [...Array(size + 2).keys()];
    const whole = await verifyIn(chain.owner, { waypoints });
    const joined = await inBlocks(chain, waypoints);
    expect(joined?.walk.rows()).toBe(size);
    expect(toHex(joined?.walk.last()?.hash ?? new Uint8Array(0))).toBe(whole.chainHeadHash);
    expect(toHex(rootAt(joined?.end ?? { size: 0, rowHash: new Uint8Array(0), frontier: [] }))).toBe(
      whole.rootHash,
    );
    expect([...(joined?.marks ?? [])].toSorted(([a], [b]) => a - b).slice(1)).toEqual(
      [...whole.waypoints].slice(1),
    );
  });

  test.each([
    "update audit_events set actor = 'x' where seq = 1",
    "update audit_events set details = '{}' where seq = 7",
    "update audit_events set prev_hash = sha256('') where seq = 9",
    "update audit_events set row_hash = sha256('') where seq = 8",
    "delete from audit_events where seq = 1",
    "delete from audit_events where seq = 5",
    "delete from audit_events where seq between 5 and 8",
    "delete from audit_events where seq = 8",
    "update audit_events set seq = 0 where seq = 1",
    "update audit_events set seq = 30 where seq = 18",
    "update audit_events set seq = -1 where seq = 6",
    "insert into audit_events select 'x', actor, actor_type, action, resource_type, resource_id, details, timestamp, event_category, recorded_at, recorded_by, details_salt, details_hash, 0, prev_hash, row_hash from audit_events where seq = 1",
  ])("is not clean after: %s", async (statement) => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 18);
    expect(await inBlocks(chain)).not.toBe(null);
    await tamper(chain.admin, statement);
    expect(await inBlocks(chain)).toBe(null);
  });
});
