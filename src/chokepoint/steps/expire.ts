import type { Drop } from "../drop.ts";
import type { ChokepointPorts } from "../ports.ts";
import { recordStep } from "../record-step.ts";
import type { Run } from "./run.ts";

/** `held` that nobody answered, or `approved` that could not be carried out for as long as a hold → `expired`. */
export async function expireDrop(drop: Drop, ports: ChokepointPorts): Promise<Drop> {
  return await recordStep(
    drop,
    {
      to: "expired",
      change: { outcome: "refused", finishedAt: ports.now(), claim: "release" },
      event: { action: "drop.expired", details: { outcome: "refused" } },
    },
    ports,
  );
}

/** An approval is good for as long as a hold is. */
export function isApprovalOver(approvedAt: Date | null, { ports, target }: Run): boolean {
  return (approvedAt?.getTime() ?? 0) + target.policy.approval.expiresMs <= ports.now().getTime();
}
