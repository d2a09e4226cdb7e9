import type { DropFact } from "../../chokepoint/ports.ts";
import type { ProxyEvent } from "../events.ts";

/** What a viewer is told of a drop that moved: no secret, and no row of a customer. */
export function factOf({ drop, event }: DropFact): Extract<ProxyEvent, { type: "drop-moved" }> {
  return {
    type: "drop-moved",
    drop_id: drop.dropId,
    event,
    target: drop.request.target,
    resource_type: drop.request.resourceType,
    provider_resource_id: drop.request.providerResourceId,
    caller: drop.caller.name,
    outcome: drop.outcome,
    reason: drop.refusal?.reason ?? drop.error,
  };
}
