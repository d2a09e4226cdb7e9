import { hostname } from "node:os";
import { systemUserName } from "../run/system-user.ts";

/** When and by whom an operator's note is signed, as far as the machine knows. */
export function signature(): { readonly at: string; readonly who: string } {
  return { at: new Date().toISOString(), who: `${systemUserName()}@${hostname()}` };
}
