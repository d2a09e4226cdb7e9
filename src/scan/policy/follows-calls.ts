import type { ScanPolicy } from "./read-policy.ts";

/** Whether a policy names functions, so that who calls what matters; else whatever destroys is a finding. */
export function followsCalls({
  chokepoint,
  sanctioned,
  destroys,
}: Pick<ScanPolicy, "chokepoint" | "sanctioned" | "destroys">): boolean {
  return chokepoint.length > 0 || sanctioned.length > 0 || Object.keys(destroys).length > 0;
}
