import { harmfulBuiltIns } from "./harmful-built-ins.ts";
import { isWatchedCall } from "./judge-wire-calls.ts";

/** Watched as well, and judged by their arguments wherever they are called: nothing is left to be said against the name. */
const judgedByArguments: ReadonlySet<string> = new Set([
  "set_config",
  "lo_unlink",
  "pg_drop_replication_slot",
]);

/**
 * Whether a function that a server came with may be called under this name by a role that could drop what others own: it only computes, reads
 * or writes rows that it is given. pg_terminate_backend and pg_cancel_backend may: they end sessions, and no data. So may those that read
 * files.
 */
export function isHarmlessBuiltIn(name: string): boolean {
  if (judgedByArguments.has(name)) return true;
  return !isWatchedCall(name) && !name.startsWith("pg_file_") && !harmfulBuiltIns.has(name);
}
