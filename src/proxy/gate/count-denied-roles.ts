import type { ListenerSection } from "../../config/listener-schema.ts";
import { asksForRoles, readGatePolicy } from "./gate-policy.ts";

/**
 * For `custody_role_gate_denied_roles`: how many names the gates deny, each counted once for each gate. 0 where one of the gates lets
 * every role in, however many the others deny: the alarm is for that one. A gate that names only whom it lets in, or denies superusers, counts
 * as one.
 */
export function countDeniedRoles(listeners: readonly Pick<ListenerSection, "gate">[]): number {
  const counts = listeners.map((listener) => {
    const policy = readGatePolicy(listener);
    return asksForRoles(policy) ? Math.max(1, policy.deniedRoles.size) : 0;
  });
  return counts.includes(0) ? 0 : counts.reduce((sum, each) => sum + each, 0);
}
