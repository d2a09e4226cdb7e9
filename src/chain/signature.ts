import { hostname, userInfo } from "node:os";

/** When and by whom an operator's note is signed, as far as the machine knows. */
export function signature(): { readonly at: string; readonly who: string } {
  return { at: new Date().toISOString(), who: `${userInfo().username}@${hostname()}` };
}
