import type { Caller, Drop, JsonObject, Refusal } from "../drop.ts";
import type { ChokepointPorts, Step, StepResult } from "../ports.ts";
import { tryStep } from "../record-step.ts";
import type { Conclusion } from "./conclude.ts";
import { refusedFacts } from "./statement-details.ts";

type Recorder = Pick<ChokepointPorts, "ledger" | "tell" | "now">;

/** What is not started by now never is. */
export async function cancelStatement(
  drop: Drop,
  why: string,
  actor: Caller,
  ports: Recorder,
): Promise<StepResult> {
  return await end(drop, "cancelled", { outcome: "refused" }, { outcome: "refused", why }, actor, ports);
}

export async function expireStatement(drop: Drop, actor: Caller, ports: Recorder): Promise<StepResult> {
  return await end(drop, "expired", { outcome: "refused" }, { outcome: "refused" }, actor, ports);
}

export async function refuseStatementStep(
  drop: Drop,
  refusal: Refusal,
  ports: Recorder,
): Promise<StepResult> {
  const change = { outcome: refusal.outcome, refusal };
  return await end(drop, "refused", change, refusedFacts(refusal), drop.caller, ports);
}

export async function finishStatement(
  drop: Drop,
  { to, outcome, error }: Conclusion,
  details: JsonObject,
  actor: Caller,
  ports: Recorder,
): Promise<StepResult> {
  const facts = { outcome, ...(error === null ? {} : { error }), ...details };
  return await end(drop, to, { outcome, error }, facts, actor, ports);
}

async function end(
  drop: Drop,
  to: Drop["state"],
  change: Step["change"],
  details: JsonObject,
  actor: Caller,
  ports: Recorder,
): Promise<StepResult> {
  return await tryStep(
    {
      dropId: drop.dropId,
      epoch: drop.epoch,
      from: [drop.state],
      to,
      change: { ...change, finishedAt: ports.now(), claim: "release" },
      events: [{ action: `drop.${to}`, details }],
      actor,
    },
    ports,
  );
}
