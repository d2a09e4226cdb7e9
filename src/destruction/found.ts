import type { Destruction } from "./destruction.ts";
import { hole } from "./destruction.ts";

/** A destruction of which only what it does is known yet, not where it stands nor how sure that is. */
export type Found = Pick<Destruction, "kind" | "what" | "names">;

/** A hole, and printf's placeholders in a text that is not finished. */
const holes = new RegExp(`(?:${hole}|%(?:\\[\\d+\\]|\\d+\\$)?[sqvILw])+`, "gu");

/** A name as people see it: what a program puts in is `…`. */
export function showName(name: string): string {
  return name.replaceAll(holes, "…");
}
