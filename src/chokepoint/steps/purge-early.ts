import { OpsError } from "../../errors.ts";
import type { Drop } from "../drop.ts";
import { recordStep, TakenOver, tryStep } from "../record-step.ts";
import { isPurgeable } from "../is-purgeable.ts";
import { requireInChain } from "../require-in-chain.ts";
import { requireSameClock } from "../require-same-clock.ts";
import { expireDrop, isApprovalOver } from "./expire.ts";
import { purgeDrop } from "./purge.ts";
import { openRun } from "./run.ts";
import type { Run } from "./run.ts";

/**
 * A drop that destroys the fence and the tombstone of another before their time: always held, for somebody who had no part in the
 * other; once approved, the other goes `purge_started` → `purged`, and this one is completed.
 */
export async function purgeEarly(drop: Drop, run: Run): Promise<Drop> {
  const recorded = drop.epoch > 1 ? await requireInChain(drop, run.ports) : null;
  switch (drop.state) {
    case "requested":
      return await holdPurge(drop, run);
    case "approved":
      await requireSameClock(run.ports);
      if (isApprovalOver(recorded?.approvedAt ?? null, run)) return await expireDrop(drop, run.ports);
      return await recordStep(
        drop,
        {
          to: "started",
          change: { startedAt: run.ports.now(), claim: "keep" },
          event: { action: "drop.started", details: { purges: drop.purges } },
          actor: drop.caller,
        },
        run.ports,
      );
    default:
      return await purgeOther(drop, run);
  }
}

async function holdPurge(drop: Drop, { ports, target }: Run): Promise<Drop> {
  const { approvers, expiresMs } = target.policy.approval;
  const expiresAt = new Date(ports.now().getTime() + expiresMs);
  return await recordStep(
    drop,
    {
      to: "held",
      change: { hold: { why: "purge", approvers, expiresAt, terms: null }, approvals: [], claim: "release" },
      event: {
        action: "drop.held",
        details: { why: "purge", purges: drop.purges, approvers, expires_at: expiresAt.toISOString() },
      },
      actor: drop.caller,
    },
    ports,
  );
}

async function purgeOther(drop: Drop, run: Run): Promise<Drop> {
  const { ports } = run;
  const taken = await takeOther(drop, run);
  const other = taken?.state === "purge_started" ? await purgeTaken(taken, run) : taken;
  if (other === null || !isPurged(other)) {
    const error = `the drop that was to be purged is ${other?.state ?? "not there"}`;
    return await recordStep(
      drop,
      {
        to: "failed",
        change: { outcome: "error", error, finishedAt: ports.now(), claim: "release" },
        event: { action: "drop.failed", details: { outcome: "error", error, purges: drop.purges } },
        actor: drop.caller,
      },
      ports,
    );
  }
  return await recordStep(
    drop,
    {
      to: "completed",
      change: { outcome: "ok", error: null, finishedAt: ports.now(), claim: "release" },
      event: {
        action: "drop.completed",
        details: { outcome: "ok", destroyed: true, purges: drop.purges },
      },
      actor: drop.caller,
    },
    ports,
  );
}

async function purgeTaken(other: Drop, { ports, resource, target, signal }: Run): Promise<Drop> {
  await using purge = openRun(other, resource, target, ports, signal);
  return await purgeDrop(other, purge);
}

/** Nothing of it is left to purge: neither a fence nor a tombstone. */
function isPurged({ state, purgeAt, tombstone }: Drop): boolean {
  return (state === "purged" || state === "undone") && purgeAt === null && tombstone === null;
}

/** The other drop, at `purge_started` and held by us where it can be purged; else as it is. */
async function takeOther(drop: Drop, { ports }: Run): Promise<Drop | null> {
  const found = drop.purges === null ? null : await ports.ledger.find(drop.purges);
  if (found === null) return null;
  if (found.state === "purge_started") {
    const claimed = await ports.ledger.claim(found.dropId);
    if (claimed !== null) return claimed;
    throw new OpsError("state-in-use", `drop ${found.dropId} is being purged`, "wait for its end");
  }
  const isBack = found.state === "undone" && drop.request.intent.resourceStatus !== "undone";
  if (isBack || !isPurgeable(found)) return found;
  // What is appended now would make a forged row true.
  await requireInChain(found, ports);
  const result = await tryStep(
    {
      dropId: found.dropId,
      epoch: found.epoch,
      from: [found.state],
      to: "purge_started",
      change: { claim: "take" },
      events: [{ action: "drop.purge_started", details: { why: "early", by: drop.dropId } }],
      actor: drop.caller,
    },
    ports,
  );
  if (!result.moved) throw new TakenOver(result.drop);
  return result.drop;
}
