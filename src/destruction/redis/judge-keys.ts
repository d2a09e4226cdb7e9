import type { Found } from "../found.ts";
import { manyKeys } from "./commands.ts";
import { has } from "./judge-server.ts";

/** Of many keys so many are named. */
const named = 10;

/** A command that deletes, with very many keys. */
export function judgeDelete(what: string, keys: readonly string[]): Found | null {
  return keys.length < manyKeys ? null : { kind: "keys", what, names: some(keys) };
}

/** `RESTORE key ttl value REPLACE`: what the key held is gone. */
export function judgeRestore(what: string, [key = "", , , ...options]: readonly string[]): Found | null {
  return has(options, "REPLACE") ? { kind: "keys", what: `${what} … REPLACE`, names: [key] } : null;
}

/** `MIGRATE host port key|"" db timeout [COPY] … [KEYS key …]`: without COPY they are gone from here. */
export function judgeMigrate([, , key = "", , , ...options]: readonly string[]): Found | null {
  const at = options.findIndex((option) => option.toUpperCase() === "KEYS");
  const before = at < 0 || key !== "" ? options : options.slice(0, at);
  if (has(before, "COPY")) return null;
  return { kind: "keys", what: "MIGRATE", names: key === "" ? some(options.slice(at + 1)) : [key] };
}

function some(keys: readonly string[]): readonly string[] {
  return keys.length > named ? [...keys.slice(0, named), "…"] : keys;
}
