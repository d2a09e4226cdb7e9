import type { Drop, JsonObject, TombstoneFacts } from "../drop.ts";
import { permitFor, recordStep, TakenOver, tryStep } from "../record-step.ts";
import { contradiction, requireInChain } from "../require-in-chain.ts";
import type { Recorded } from "../require-in-chain.ts";
import { requireSameClock } from "../require-same-clock.ts";
import { orUnproved } from "./or-unproved.ts";
import { readPlan } from "./run.ts";
import type { Run } from "./run.ts";

/** `completed`, or `undone` with its fence left, → `purge_started`, at the end of the retention that the chain has. */
export async function beginPurge(drop: Drop, run: Run): Promise<Drop> {
  const { ports } = run;
  await requireSameClock(ports);
  const recorded = await requireInChain(drop, ports);
  requireOver(drop, recorded.purgeAt, ports.now());
  requireProof(drop, recorded);
  return await recordStep(
    drop,
    {
      to: "purge_started",
      change: { claim: "keep", attempts: 0 },
      event: { action: "drop.purge_started", details: { why: "retention" } },
    },
    ports,
  );
}

/**
 * `purge_started` → `purged`: the real destruction, of what the identity says alone. What is gone already is passed over. What stands
 * before its fence again, a part of it even, may be in use, however it came back (by hand, by a restore or a failover): `unproved`.
 * What custody itself brought back from its tombstone stays `undone`, without the fence that was left.
 */
export async function purgeDrop(drop: Drop, run: Run): Promise<Drop> {
  const { ports, target } = run;
  const plan = await readPlan(drop, ports);
  const recorded = await requireInChain(drop, ports);
  const held = await run.hold();
  const { isUndone } = recorded;
  // What came back is never judged by how it stands: only a fence that its undo told of is left to destroy.
  const isLeft = !isUndone || recorded.isFenceLeft;
  let witness: JsonObject = {};
  if (isLeft) requireProof(drop, recorded);
  if (target.backend.hasFence && isLeft) {
    const facts = await held.standing(plan);
    witness = facts.witness;
    if (!isUndone && (facts.standing === "intact" || facts.standing === "fencing"))
      return await keepReturned(drop, witness, run);
  }
  const isOver = isTombstoneOver(recorded, ports.now());
  const { tombstone } = drop;
  if (isLeft) {
    const isLast = !isUndone && !isOver && tombstone !== null;
    // From now on the tombstone is all that is left of it.
    const checked = isLast ? await checkTombstone(drop, tombstone, run) : drop;
    if (checked.state === "unproved") return checked;
    const permit = await permitFor(drop, ports);
    ({ witness } = await ports.breakers.run(drop.request.target, () => held.destroyResource(permit, plan)));
  }
  if (isOver && tombstone !== null) await ports.tombstones.remove(tombstone.folder);
  return await recordStep(
    drop,
    {
      to: isUndone ? "undone" : "purged",
      change: {
        error: null,
        purgeAt: null,
        claim: "release",
        ...(isOver ? { tombstone: null, tombstoneUntil: null } : {}),
      },
      event: {
        action: "drop.purged",
        details: { destroyed: isLeft, tombstone: isOver ? "removed" : "kept", undone: isUndone, witness },
      },
    },
    ports,
  );
}

async function checkTombstone(drop: Drop, tombstone: TombstoneFacts, run: Run): Promise<Drop> {
  return await orUnproved(drop, run, async () => {
    await run.ports.tombstones.check(tombstone);
    return drop;
  });
}

async function keepReturned(drop: Drop, witness: JsonObject, { ports }: Run): Promise<Drop> {
  const error = "it is not behind its fence any more, and custody did not undo it: nothing was destroyed";
  return await recordStep(
    drop,
    {
      to: "unproved",
      change: { error, purgeAt: null, claim: "release" },
      event: { action: "drop.unproved", details: { error, witness } },
    },
    ports,
  );
}

/**
 * The tombstone of what was purged or undone, at the end of its own time; the state stays. It may be the last that is left of a
 * customer's data: told in the ledger before it is gone, as any destruction.
 */
export async function removeTombstone(drop: Drop, run: Run): Promise<Drop> {
  const { ports } = run;
  await requireSameClock(ports);
  const recorded = await requireInChain(drop, ports);
  if (!isTombstoneOver(recorded, ports.now())) requireOver(drop, recorded.tombstoneUntil, ports.now());
  const stay = async (current: Drop, action: string, change: object, details: JsonObject): Promise<Drop> => {
    const result = await tryStep(
      {
        dropId: drop.dropId,
        epoch: current.epoch,
        from: [current.state],
        to: null,
        change,
        events: [{ action, details }],
        actor: drop.caller,
      },
      ports,
    );
    if (!result.moved) throw new TakenOver(result.drop);
    return result.drop;
  };
  const begun = await stay(drop, "drop.purge_started", { claim: "keep" }, { why: "tombstone" });
  if (drop.tombstone !== null) await ports.tombstones.remove(drop.tombstone.folder);
  return await stay(
    begun,
    "drop.purged",
    { tombstone: null, tombstoneUntil: null, claim: "release" },
    { destroyed: false, tombstone: "removed" },
  );
}

function isTombstoneOver({ tombstoneUntil, isEarly }: Recorded, now: Date): boolean {
  return isEarly || (tombstoneUntil !== null && tombstoneUntil <= now);
}

/** The row is due; so must the chain say. */
function requireOver(drop: Drop, at: Date | null, now: Date): void {
  if (at !== null && at <= now) return;
  throw contradiction(drop, `is due, and its chain says ${at === null ? "never" : at.toISOString()}`);
}

function requireProof(drop: Drop, { isProved }: Recorded): void {
  if (drop.plan?.terms.mode === "required" && !isProved)
    throw contradiction(drop, "is to be purged, and its chain has no proof of its tombstone");
}
