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

/**
 * `MIGRATE host port key|"" db timeout [COPY] [REPLACE] [AUTH password] [AUTH2 user password] [KEYS key …]`: without COPY they are gone from here, with
 * REPLACE what has their names there, which may be another database of this server.
 */
export function judgeMigrate([, , key = "", , , ...options]: readonly string[]): Found | null {
  let at = 0;
  const given = new Set<string>();
  for (let word = ""; at < options.length && word !== "KEYS"; at += 1) {
    word = options[at]?.toUpperCase() ?? "";
    given.add(word);
    // A password is no option, whatever it is.
    at += word === "AUTH" ? 1 : word === "AUTH2" ? 2 : 0;
  }
  if (given.has("COPY") && !given.has("REPLACE")) return null;
  return { kind: "keys", what: "MIGRATE", names: key === "" ? some(options.slice(at)) : [key] };
}

/** `FT.DROPINDEX index [DD]`, `FT.DROP index [KEEPDOCS]` of Redis' search: with the index whatever it indexes. */
export function judgeDropIndex(what: string, [index = "", option = ""]: readonly string[]): Found | null {
  const isKept = what.includes("DROPINDEX")
    ? option.toUpperCase() !== "DD"
    : option.toUpperCase() === "KEEPDOCS";
  return isKept ? null : { kind: "flush", what, names: [index] };
}

function some(keys: readonly string[]): readonly string[] {
  return keys.length > named ? [...keys.slice(0, named), "…"] : keys;
}
