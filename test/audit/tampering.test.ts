import { expect, test } from "bun:test";
import fc from "fast-check";
import { judgeCheckpoints } from "../../src/audit/checkpoints/judge-checkpoints.ts";
import type { KnownCheckpoint } from "../../src/audit/checkpoints/known-checkpoint.ts";
import type { ChainVerification } from "../../src/audit/verify-chain.ts";
import { rootAt } from "../../src/audit/waypoints.ts";
import { startTestCluster } from "../support/cluster.ts";
import { prepareBoth } from "../support/either-chain.ts";
import type { EitherChain } from "../support/either-chain.ts";
import { verifyTwice } from "../support/rows.ts";
import { certctlSubject, custodySubject, edits, size, statementsOf } from "../support/tampering.ts";
import type { Edit, Subject } from "../support/tampering.ts";

const cluster = await startTestCluster(15);
await prepareBoth(cluster);
const cases = process.env["CUSTODY_TEST_FULL"] === "1" ? 10_000 : 300;
interface Case {
  readonly edit: Edit;
  /** Whether the owner hashes again whatever comes after it, head included. */
  readonly isMended: boolean;
  /** Size of a checkpoint that is older than the edit; null without one. */
  readonly anchor: number | null;
}

const tampering: fc.Arbitrary<Case> = fc.record({
  edit: fc.oneof(...edits),
  isMended: fc.boolean(),
  anchor: fc.option(fc.nat(size)),
});

interface Original {
  readonly leaves: readonly string[];
  readonly checkpoints: readonly KnownCheckpoint[];
}

/** What was seen, and what became of all that is stored and of what the profile protects. */
interface Seen {
  readonly live: ChainVerification;
  readonly leaves: readonly string[];
  readonly isChanged: boolean;
  readonly isProtectedChanged: boolean;
}

async function seenAfter(
  chain: EitherChain,
  subject: Subject,
  { edit, isMended, anchor }: Case,
): Promise<Seen> {
  const { sql } = chain.admin;
  const image = async (): Promise<{ all: string; protected: string }> => {
    const heads = "(select string_agg(h::text, ' ' order by h.id) from audit_chain_head h)";
    const [found] = await sql.unsafe<{ all: string; protected: string }[]>(
      `select concat(md5(string_agg(e::text, ' ' order by e::text)), ${heads}) as all,
              concat(md5(string_agg(${subject.protectedText}, ' ' order by ${subject.protectedText})), ${heads}) as protected
         from audit_events e`,
    );
    return found!;
  };
  await sql.unsafe("begin; set local session_replication_role = replica; set local search_path = public");
  try {
    await sql.unsafe(subject.kind.remember).simple();
    const before = await image();
    await sql.unsafe(statementsOf(edit, subject)).simple();
    if (isMended) await sql.unsafe(subject.kind.mend).simple();
    const after = await image();
    const { live, leaves } = await verifyTwice(chain.admin, anchor === null ? [] : [anchor]);
    return {
      live,
      leaves,
      isChanged: before.all !== after.all,
      isProtectedChanged: before.protected !== after.protected,
    };
  } finally {
    await sql.unsafe("rollback");
  }
}

/** The chain as it was before any edit, and a checkpoint of every size. */
async function originalOf({ admin }: EitherChain): Promise<Original> {
  await admin.sql.unsafe("begin isolation level repeatable read read only");
  const { live, leaves } = await verifyTwice(admin, [...Array(size + 1).keys()]);
  await admin.sql.unsafe("rollback");
  expect(live).toMatchObject({ findings: [], rowCount: size });
  const checkpoints = [...live.waypoints.values()].map((mark): KnownCheckpoint => ({
    path: `checkpoint ${mark.size}`,
    note: "",
    head: { origin: "example.com/x", size: mark.size, root: rootAt(mark), extensions: [] },
    textSha256: "",
    signedBy: [],
    cosignedBy: [],
    identity: null,
  }));
  return { leaves, checkpoints };
}

/**
 * An edit is found by the chain itself, or by the checkpoint exactly where it changed one of the rows that the checkpoint
 * vouches for; what neither finds is newer than the checkpoint and hashed again, or nothing that the profile protects.
 */
function judge({ anchor, isMended }: Case, original: Original, seen: Seen): "found" | "outside" | "nothing" {
  const { live, leaves } = seen;
  const isFound = live.findingsTotal > 0;
  const changedAt = original.leaves.findIndex((leaf, index) => leaves[index] !== leaf);
  const first = changedAt === -1 ? original.leaves.length : changedAt;
  const known = anchor === null ? [] : [original.checkpoints[anchor]!];
  const { findings } = judgeCheckpoints(known, live, {
    serverChange: () => "same",
    isForeign: () => false,
    isSuperseded: () => false,
  });
  const isBelow = anchor !== null && first < anchor;
  const expected = !isBelow ? [] : leaves.length < anchor ? ["truncated"] : ["rewritten"];
  expect(findings.map((each): string => each.class)).toEqual(expected);
  if (!seen.isChanged || !seen.isProtectedChanged) expect([isFound, isBelow]).toEqual([false, false]);
  if (!seen.isChanged) return "nothing";
  if (isFound || isBelow) return "found";
  const isHashedAgain = isMended && (changedAt !== -1 || leaves.length > original.leaves.length);
  expect(isHashedAgain || !seen.isProtectedChanged).toBe(true);
  return "outside";
}

async function findsEveryEdit(subject: Subject): Promise<void> {
  await using chain = await subject.kind.create(cluster);
  await subject.kind.append(chain.admin, size - 1);
  await chain.admin.sql.unsafe(
    `insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id) values ('e${size}', 'a|b', 'c', 'd', 'e', 'f')`,
  );
  const original = await originalOf(chain);
  const told = { found: 0, outside: 0, nothing: 0 };
  await fc.assert(
    fc.asyncProperty(tampering, async (each) => {
      // The mended chain gets its order from the hashes that its rows had.
      const isLost = each.edit.kind === "column" && statementsOf(each.edit, subject).includes('"row_hash" =');
      const done = { ...each, isMended: each.isMended && !isLost };
      told[judge(done, original, await seenAfter(chain, subject, done))] += 1;
    }),
    { numRuns: cases },
  );
  process.stdout.write(`${subject.kind.profile}: ${cases} cases, ${JSON.stringify(told)}\n`);
  expect(told.found).toBeGreaterThan(cases / 2);
}

test.each([custodySubject, certctlSubject])(
  "any single edit with the triggers off, mended by the owner or not, with a checkpoint or without, is found in a chain of $kind.profile's, or outside of what is protected",
  async (subject) => findsEveryEdit(subject),
  3_600_000,
);
