import type { Drop } from "../drop.ts";
import type { ChokepointPorts } from "../ports.ts";
import { recordStep } from "../record-step.ts";

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
