import type { Drop, JsonObject } from "../drop.ts";
import { permitFor, recordStep, TakenOver, tryStep } from "../record-step.ts";
import { readPlan } from "./run.ts";
import type { Run } from "./run.ts";

/** `completed` → `purge_started`: the end of the retention, or somebody's early purge that was approved. */
export async function beginPurge(drop: Drop, run: Run, why: "retention" | "early"): Promise<Drop> {
  return await recordStep(
    drop,
    {
      to: "purge_started",
      change: { claim: "keep", ...(why === "early" ? { tombstoneUntil: run.ports.now() } : {}) },
      event: { action: "drop.purge_started", details: { why } },
    },
    run.ports,
  );
}

/**
 * `purge_started` → `purged`: the real destruction, of what the identity says alone. What is gone already is passed over. What stands
 * before its fence again, a part of it even, may be in use, however it came back (by hand, by a restore or a failover): `unproved`.
 */
export async function purgeDrop(drop: Drop, run: Run): Promise<Drop> {
  const { ports, target } = run;
  const plan = await readPlan(drop, ports);
  const held = await run.hold();
  if (target.backend.hasFence) {
    const { standing, witness } = await held.standing(plan);
    if (standing === "intact" || standing === "fencing") return await keepReturned(drop, witness, run);
  }
  const { witness } = await ports.breakers.run(drop.request.target, () =>
    held.destroyResource(permitFor(drop), plan),
  );
  const isTombstoneOver = drop.tombstoneUntil !== null && drop.tombstoneUntil <= ports.now();
  if (isTombstoneOver && drop.tombstone !== null) await ports.tombstones.remove(drop.tombstone.folder);
  return await recordStep(
    drop,
    {
      to: "purged",
      change: {
        error: null,
        purgeAt: null,
        claim: "release",
        ...(isTombstoneOver ? { tombstone: null, tombstoneUntil: null } : {}),
      },
      event: {
        action: "drop.purged",
        details: { destroyed: true, tombstone: isTombstoneOver ? "removed" : "kept", witness },
      },
    },
    ports,
  );
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

/** The tombstone of what was purged or undone, at the end of its own time. The state stays. */
export async function removeTombstone(drop: Drop, run: Run): Promise<Drop> {
  const { ports } = run;
  if (drop.tombstone !== null) await ports.tombstones.remove(drop.tombstone.folder);
  const result = await tryStep(
    {
      dropId: drop.dropId,
      epoch: drop.epoch,
      from: [drop.state],
      to: null,
      change: { tombstone: null, tombstoneUntil: null, claim: "release" },
      events: [{ action: "drop.purged", details: { destroyed: false, tombstone: "removed" } }],
      actor: drop.caller,
    },
    ports,
  );
  if (!result.moved) throw new TakenOver(result.drop);
  return result.drop;
}
