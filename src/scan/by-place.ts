import type { Place } from "./finding.ts";

/** The order in which findings are told: by path, then down the file. */
export function byPlace(a: Place, b: Place): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line || a.column - b.column;
}
