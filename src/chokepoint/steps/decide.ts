import { setTimeout as delay } from "node:timers/promises";
import { InterruptedError, OpsError } from "../../errors.ts";
import { throwIfInterrupted } from "../../run/interrupt.ts";
import { BreakerOpenError } from "../breakers.ts";
import { judgeRequest } from "../decide/judge.ts";
import { refuse, undecided } from "../decide/refusal.ts";
import type { DecidedPlan, Drop, Identity, Outcome, Refusal } from "../drop.ts";
import { recordStep, TakenOver, tryStep } from "../record-step.ts";
import { requireInChain, startedFacts } from "../require-in-chain.ts";
import { requireSameClock } from "../require-same-clock.ts";
import { sealPlan } from "../seal-plan.ts";
import { TargetRefused } from "../target-refusal.ts";
import { isLess, termsOf } from "../terms.ts";
import { expireDrop, isApprovalOver } from "./expire.ts";
import type { Run } from "./run.ts";

/**
 * `requested` or `approved` → `refused`, `noop`, `held` or `started`. Everything is asked again for what was approved, and the
 * approval is for the very resource that it was given for. `drop.started` is committed when this returns a started drop, and not
 * one byte that changes anything was sent.
 */
export async function decide(drop: Drop, run: Run): Promise<Drop> {
  // Another drop of this very resource: what is left of it when that one is done is what is to be decided on.
  for (const pauseMs of [25, 50, 100, 200, 400, 800, 1600, 3200, 6400]) {
    const decided = await tryDecide(drop, run);
    if (decided !== "in-use") return decided;
    await delay(pauseMs, undefined, { signal: run.signal }).catch(() => undefined);
    throwIfInterrupted(run.signal);
  }
  const reason = "another drop of this resource has been at work for long: see custody drop list";
  return await refuseDrop(drop, undecided("target", reason), run);
}

async function tryDecide(drop: Drop, run: Run): Promise<Drop | "in-use"> {
  const { ports, target, signal } = run;
  const isApproved = drop.state === "approved";
  const late = await checkTimes(drop, run);
  if (late !== null) return late;
  const judgement = await judgeRequest(
    {
      request: drop.request,
      caller: drop.caller,
      target,
      signal,
      bound: isApproved ? drop.identity : null,
      all: false,
    },
    ports,
  );
  const [refusal] = judgement.refusals;
  if (refusal !== undefined) return await refuseDrop(drop, refusal, run);
  const { inspection } = judgement;
  if (inspection === null) throw new Error("nothing said no, and the target was not asked");
  if (inspection.identity.parts.length === 0) return await end(drop, "noop", "noop", {}, run);
  if (judgement.approval === "hold" && !isApproved)
    return await holdDrop(drop, inspection.identity, "policy", run);
  return await start(drop, inspection.identity, run);
}

/** What another instance left, or people approved, is what the chain has; it is decided by clocks that agree, and in time. */
async function checkTimes(drop: Drop, run: Run): Promise<Drop | null> {
  const { ports, target } = run;
  const isApproved = drop.state === "approved";
  // Every takeover and every approval raises the epoch: the first one's row was written by this instance just now.
  const recorded = drop.epoch > 1 ? await requireInChain(drop, ports) : null;
  try {
    await requireSameClock(ports);
  } catch (error) {
    // What people approved waits; what was only asked for can be asked again.
    if (isApproved || !(error instanceof OpsError) || error.code !== "clocks-differ") throw error;
    return await refuseDrop(drop, undecided("ledger", error.message), run);
  }
  if (!isApproved) return null;
  if (isApprovalOver(recorded?.approvedAt ?? null, run)) return await expireDrop(drop, ports);
  const terms = drop.hold?.terms ?? null;
  if (terms === null || !isLess(termsOf(target.policy), terms)) return null;
  const reason = "the policy leaves less of a way back than when it was approved: ask for it anew";
  return await refuseDrop(drop, refuse("policy", reason), run);
}

async function start(drop: Drop, identity: Identity, run: Run): Promise<Drop | "in-use"> {
  const { ports, target, resource } = run;
  let plan: DecidedPlan;
  try {
    plan = sealPlan(await (await run.hold()).planFence(resource, identity), termsOf(target.policy));
  } catch (error) {
    await run.letGo();
    if (error instanceof OpsError && error.code === "state-in-use") return "in-use";
    return await refuseDrop(drop, refusalOf(error, target.policy.name), run);
  }
  const isApproved = drop.state === "approved";
  const result = await tryStep(
    {
      dropId: drop.dropId,
      epoch: drop.epoch,
      from: [drop.state],
      to: "started",
      change: { plan, identity, startedAt: ports.now(), claim: "keep" },
      events: [{ action: "drop.started", details: { fence_names: plan.fenceNames, ...startedFacts(plan) } }],
      actor: drop.caller,
      guard: {
        identity: identity.parts.map(({ part, id }) => `${identity.systemIdentifier}/${part}:${id}`),
        // What a person approved was looked at: the breaker is for what nobody looks at.
        ...(isApproved ? {} : { volume: target.policy.breaker.volume }),
      },
    },
    ports,
  );
  if (result.moved) return result.drop;
  switch (result.why) {
    case "stale":
      throw new TakenOver(result.drop);
    case "volume":
      return await holdDrop(drop, identity, "volume", run);
    case "identity":
      return await end(drop, "noop", "noop", { already: result.other }, run);
  }
}

/** What kept the target from being held or the fence from being planned: nothing was done. */
function refusalOf(error: unknown, target: string): Refusal {
  if (error instanceof TargetRefused) {
    const { code, message, isPassing } = error.refusal;
    return { site: "server", reason: message, sqlstate: code, isPassing, outcome: "refused" };
  }
  if (error instanceof BreakerOpenError)
    return { site: "breaker", reason: error.message, isPassing: true, outcome: "breaker_open" };
  if (error instanceof InterruptedError || !(error instanceof OpsError)) throw error;
  return undecided("target", `the target ${target} cannot be held: ${error.message}`);
}

async function refuseDrop(drop: Drop, refusal: Refusal, run: Run): Promise<Drop> {
  const { site, reason, sqlstate, isPassing } = refusal;
  const details = { site, reason, passing: isPassing, ...(sqlstate === undefined ? {} : { sqlstate }) };
  return await end(drop, "refused", refusal.outcome, details, run, refusal);
}

async function end(
  drop: Drop,
  to: "refused" | "noop",
  outcome: Outcome,
  details: Readonly<Record<string, string | boolean>>,
  { ports }: Run,
  refusal: Refusal | null = null,
): Promise<Drop> {
  return await recordStep(
    drop,
    {
      to,
      change: { outcome, refusal, finishedAt: ports.now(), claim: "release" },
      event: { action: `drop.${to}`, details: { outcome, ...details } },
      actor: drop.caller,
    },
    ports,
  );
}

async function holdDrop(drop: Drop, identity: Identity, why: "policy" | "volume", run: Run): Promise<Drop> {
  const { ports, target } = run;
  const { approvers, expiresMs } = target.policy.approval;
  const expiresAt = new Date(ports.now().getTime() + expiresMs);
  return await recordStep(
    drop,
    {
      to: "held",
      change: {
        hold: { why, approvers, expiresAt, terms: termsOf(target.policy) },
        identity,
        approvals: [],
        claim: "release",
      },
      event: { action: "drop.held", details: { why, approvers, expires_at: expiresAt.toISOString() } },
      actor: drop.caller,
    },
    ports,
  );
}
