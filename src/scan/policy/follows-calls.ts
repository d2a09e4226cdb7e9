import type { ScanPolicy } from "./read-policy.ts";

/** Whether a policy names functions, so that who calls what matters; else whatever destroys is a finding. */
export function followsCalls({
  chokepoint,
  sanctioned,
}: Pick<ScanPolicy, "chokepoint" | "sanctioned">): boolean {
  return chokepoint.length > 0 || sanctioned.length > 0;
}
