import type { Refusal } from "../drop.ts";
import { describeResourceType } from "../resource.ts";
import type { ResourceType } from "../resource.ts";
import type { TargetPolicy } from "../target-policy.ts";
import { refuse } from "./refusal.ts";

/** What the policy says of a type of resource: the strictest word for any kind that its drop destroys. Pure. */
export function chooseApproval(type: ResourceType, { approval }: TargetPolicy): "allow" | "hold" | Refusal {
  const { kinds } = describeResourceType(type);
  const denied = kinds.filter((kind) => approval.deny.includes(kind));
  if (denied.length > 0)
    return refuse("policy", `the policy denies drops of kind ${denied.join(" and ")} here`);
  const isHeld = kinds.some((kind) => approval.hold.includes(kind));
  if (!isHeld && approval.default === "deny")
    return refuse("policy", "the policy denies every drop that it does not allow");
  return isHeld || approval.default === "hold" ? "hold" : "allow";
}
