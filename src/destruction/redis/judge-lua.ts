import type { Found } from "../found.ts";

const block = /--\[\[[^]*?\]\]/g;
const line = /--[^\n]*/g;
const call = /\b(?:redis|server|valkey)\s*\.\s*p?call\s*\(\s*(['"])(\w+)\1(?:\s*,\s*(['"])(\w+)\3)?/g;

/** What a script that EVAL runs destroys, as far as it calls commands by constant names; null when nothing is seen. */
export function judgeLua(script: string): Found | null {
  // Behind the last end of a block none begins: the expression would look for its end in vain, again and again.
  const lastEnd = script.lastIndexOf("]]") + 1;
  const code = script.slice(0, lastEnd + 1).replaceAll(block, "") + script.slice(lastEnd + 1);
  const calls = [...code.replaceAll(line, "").matchAll(call)].map((found) => ({
    name: (found[2] ?? "").toUpperCase(),
    sub: (found[4] ?? "").toUpperCase(),
  }));
  const wipe = calls.find(({ name }) => name === "FLUSHALL" || name === "FLUSHDB" || name === "SWAPDB");
  if (wipe !== undefined) return { kind: "flush", what: `EVAL … ${wipe.name}`, names: [] };
  if (calls.some(({ name, sub }) => name === "ACL" && sub === "DELUSER"))
    return { kind: "acl-user", what: "EVAL … ACL DELUSER", names: [] };
  const lists = calls.some(({ name }) => name === "KEYS" || name === "SCAN");
  const deletes = calls.find(({ name }) => name === "DEL" || name === "UNLINK");
  return lists && deletes !== undefined ? { kind: "keys", what: `EVAL … ${deletes.name}`, names: [] } : null;
}
