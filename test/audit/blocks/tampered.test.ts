import { expect, test } from "bun:test";
import fc from "fast-check";
import { verifyBlock } from "../../../src/audit/blocks/verify-block.ts";
import { walkBlocks } from "../../../src/audit/blocks/walk-blocks.ts";
import type { JoinedBlocks } from "../../../src/audit/blocks/walk-blocks.ts";
import { findChain } from "../../../src/audit/find-chain.ts";
import type { ChainPlace } from "../../../src/audit/find-chain.ts";
import { genesisOf } from "../../../src/audit/read-base.ts";
import { verifyChain } from "../../../src/audit/verify-chain.ts";
import type { ChainVerification } from "../../../src/audit/verify-chain.ts";
import { rootAt } from "../../../src/audit/waypoints.ts";
import type { Session } from "../../../src/postgres/session.ts";
import { toHex } from "../../../src/run/sha256.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../../support/chain-database.ts";
import { custodyKind } from "../../support/either-chain.ts";
import { pruneChain } from "../../support/prune-chain.ts";
import { custodySubject, edits, size, statementsOf } from "../../support/tampering.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

/** Classes that reading the rows in blocks must not miss; all others are judged after it, of the same facts. */
const ofRows = new Set<string>([
  "altered",
  "details-altered",
  "missing",
  "gap",
  "duplicate-seq",
  "fork",
  "extra-genesis",
  "unlinked",
]);

/** As `verifyChain` reads a chain side by side, in blocks of a few rows; null where it reads in order instead. */
async function inBlocks(
  session: Session,
  place: ChainPlace,
  whole: ChainVerification,
  rowsPerBlock: number,
): Promise<JoinedBlocks | null> {
  const [rows] = await session.sql<{ last: string | null; loose: boolean }[]>`
    select max(seq)::text as last, bool_or(seq is null) as loose from public.audit_events`;
  const genesis = whole.chainId === null ? null : genesisOf(whole.chainId);
  if (rows === undefined || rows.last === null || rows.loose || genesis === null) return null;
  return walkBlocks(
    [
      {
        read: (block, options) => verifyBlock(session, place, block, options),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      },
    ],
    {
      base: whole.base,
      genesis,
      lastSeq: Number(rows.last),
      waypoints: [...Array(size + 3).keys()],
      rowsPerBlock,
      onProgress: () => undefined,
    },
  );
}

test("a chain that was tampered with is never clean in blocks, one that was not gives the same in blocks of any size, pruned or not", async () => {
  await using chain = await chainDatabase(cluster);
  await appendRows(chain.owner, size);
  const { sql } = chain.admin;
  const told = { same: 0, notClean: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.option(fc.oneof(...edits)),
      fc.boolean(),
      fc.nat(size - 1),
      fc.constantFrom(1, 2, 4, 8, 16),
      async (edit, isMended, pruned, rowsPerBlock) => {
        await sql.unsafe("begin");
        try {
          if (pruned > 0) await pruneChain(chain.admin, pruned);
          await sql.unsafe(
            "set constraints all immediate; set local session_replication_role = replica; set local search_path = public",
          );
          await sql.unsafe(custodyKind.remember).simple();
          if (edit !== null) await sql.unsafe(statementsOf(edit, custodySubject)).simple();
          if (isMended && pruned === 0) await sql.unsafe(custodyKind.mend).simple();
          const place = (await findChain(chain.admin))!;
          const waypoints = [...Array(size + 3).keys()];
          const whole = await verifyChain(chain.admin, place, { waypoints });
          const joined = await inBlocks(chain.admin, place, whole, rowsPerBlock);
          const isBroken = whole.findings.some((each) => ofRows.has(each.class));
          if (joined === null) {
            // Nothing is left to read, or somebody else is to say what is wrong.
            expect(isBroken || whole.verifierWalked === 0 || whole.chainId === null).toBe(true);
            told.notClean += 1;
            return;
          }
          expect(isBroken).toBe(false);
          expect([joined.walk.rows(), joined.walk.size()]).toEqual([whole.verifierWalked, whole.treeSize]);
          expect(toHex(rootAt(joined.end))).toBe(whole.rootHash);
          expect([...joined.marks].toSorted(([a], [b]) => a - b)).toEqual(
            [...whole.waypoints].toSorted(([a], [b]) => a - b),
          );
          told.same += 1;
        } finally {
          await sql.unsafe("rollback");
        }
      },
    ),
    { numRuns: process.env["CUSTODY_TEST_FULL"] === "1" ? 2000 : 150 },
  );
  expect(told.same).toBeGreaterThan(20);
  expect(told.notClean).toBeGreaterThan(20);
});
