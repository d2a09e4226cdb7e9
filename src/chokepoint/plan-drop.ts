import type { DropPlan } from "./api.ts";
import { judgeRequest } from "./decide/judge.ts";
import type { Caller, DropRequest } from "./drop.ts";
import type { ChokepointPorts, Target } from "./ports.ts";
import { showSpan } from "./show-span.ts";

/** What a request would do now: everything is asked, nothing is recorded, nothing is changed. */
export async function planDrop(
  request: DropRequest,
  caller: Caller,
  target: Target,
  ports: ChokepointPorts,
  signal: AbortSignal,
): Promise<DropPlan> {
  const { refusals, inspection, approval } = await judgeRequest(
    { request, caller, target, signal, bound: null, all: true },
    ports,
  );
  const { approvers } = target.policy.approval;
  const why = refusals.length > 0 ? null : await whyHeld(caller, target, approval, ports);
  return {
    refusals,
    wouldHold: why === null ? null : { why, approvers },
    inspection,
    steps: listSteps(target, why !== null || approval === "hold"),
  };
}

async function whyHeld(
  caller: Caller,
  { policy }: Target,
  approval: "allow" | "hold",
  ports: ChokepointPorts,
): Promise<string | null> {
  if (approval === "hold") return `the policy of ${policy.name} holds it`;
  const { drops, perMs } = policy.breaker.volume;
  const since = new Date(ports.now().getTime() - perMs);
  const started = await ports.ledger.startedSince(policy.name, caller.name, since);
  return started < drops
    ? null
    : `the volume breaker of ${policy.name} holds it: ${started} drops were started within ${showSpan(perMs)}, ${drops} go through`;
}

function listSteps({ policy, backend }: Target, isHeld: boolean): readonly string[] {
  const { mode, retentionMs, keepMs, recipients, dir } = policy.tombstone;
  const held = isHeld ? [`wait for ${people(policy.approval.approvers)}`] : [];
  const recorded = [...held, "record drop.started in the ledger"];
  if (mode === "off") return [...recorded, "destroy it: there is no way back"];
  const kept = [
    `dump it into ${dir}`,
    "restore the dump somewhere harmless and compare",
    ...(recipients.length > 0
      ? [`encrypt the dump to ${recipients.length} recipient${recipients.length === 1 ? "" : "s"}`]
      : []),
  ];
  const destroy = backend.hasFence ? `destroy it for good after ${showSpan(retentionMs)}` : "destroy it";
  const fence = backend.hasFence ? ["fence it: out of reach, its names free", "answer"] : ["answer"];
  const tombstone = mode === "required" ? kept : [];
  const forget = mode === "required" ? [`remove the tombstone after ${showSpan(keepMs)}`] : [];
  return [...recorded, ...fence, ...tombstone, destroy, ...forget];
}

function people(count: number): string {
  return count === 1 ? "the approval of another person" : `the approval of ${count} other people`;
}
