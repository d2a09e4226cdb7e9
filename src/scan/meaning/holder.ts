import type { Context } from "../site.ts";
import type { HarmlessContext } from "./role.ts";

/** What stands around a text, and what it does with it. */
export interface Holder {
  readonly context: Exclude<Context, "executed">;
  readonly isHarmless: boolean;
  /** The call or the name that says so; empty where none does. */
  readonly name: string;
}

export function harmless(context: HarmlessContext, name: string): Holder {
  return { context, isHarmless: true, name };
}

export function neutral(context: "passed" | "stored" | "returned", name: string): Holder {
  return { context, isHarmless: false, name };
}

/** What tells a mock which calls to expect. */
const mocking: ReadonlySet<string> = new Set(
  "when whenever given verify doreturn dothrow every coevery mock stub inorder expectcall calling allow receive setup setupsequence verifyall received".split(
    " ",
  ),
);

/** Whether what is handed to a call of this name is only what a mock expects. */
export function isMocking(name: string): boolean {
  return mocking.has(name.toLowerCase());
}

/** Whether a call under this holder is only what a mock expects. */
export function isMocked({ isHarmless, name }: Holder): boolean {
  return isHarmless && isMocking(name);
}
