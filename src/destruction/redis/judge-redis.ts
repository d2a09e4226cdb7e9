import type { Destruction } from "../destruction.ts";
import { hole } from "../destruction.ts";
import { showName } from "../found.ts";
import type { Found } from "../found.ts";
import { disablesUser } from "./disables-user.ts";
import { judgeLua } from "./judge-lua.ts";

/**
 * What one command of Redis (or of Valkey, KeyDB, Dragonfly) destroys, from its words as the server sees them: capitals do not matter. A first
 * word that holds several, as redis-py takes it (`ACL DELUSER`), is taken apart. Null when nothing; what stands in the words only as data is
 * nothing.
 */
export function judgeRedis(words: readonly string[]): Destruction | null {
  const [first = "", ...others] = words;
  const [name = "", ...rest] = [...first.trim().split(/\s+/u), ...others];
  const found = judgeCommand(name.toUpperCase(), rest);
  if (found === null) return null;
  return { ...found, at: 0, certainty: name.includes(hole) ? "likely" : "certain" };
}

function judgeCommand(name: string, rest: readonly string[]): Found | null {
  const [first = "", second = ""] = rest;
  const sub = first.toUpperCase();
  switch (name) {
    case "FLUSHALL":
    case "FLUSHDB":
    case `FLUSH${hole}`:
      return flush(showName(name));
    case "SWAPDB":
      return flush(name, rest);
    case "ACL":
      return judgeAcl(sub, rest.slice(1));
    case "CONFIG":
      return sub === "SET" ? judgeConfig(rest.slice(1)) : null;
    case "REPLICAOF":
    case "SLAVEOF":
      return judgeReplication(name, first, second);
    case "DEBUG":
      return sub === "FLUSHALL" ? flush("DEBUG FLUSHALL") : null;
    case "FUNCTION":
      return sub === "FLUSH" ? flush("FUNCTION FLUSH") : null;
    case "CLUSTER":
      return sub === "RESET" ? flush("CLUSTER RESET") : null;
    case "EVAL":
      return judgeLua(first) ?? opaque(name);
    case "EVALSHA":
    case "FCALL":
      return opaque(name);
    default:
      return null;
  }
}

function flush(what: string, names: readonly string[] = []): Found {
  return { kind: "flush", what, names: names.map(showName) };
}

function opaque(what: string): Found {
  return { kind: "opaque", what, names: [] };
}

function judgeAcl(sub: string, rest: readonly string[]): Found | null {
  switch (sub) {
    case "DELUSER":
      return { kind: "acl-user", what: "ACL DELUSER", names: rest.map(showName) };
    case "LOAD":
      return { kind: "acl-user", what: "ACL LOAD", names: [] };
    case "SETUSER": {
      const [user = "", ...rules] = rest;
      return disablesUser(rules) ? { kind: "acl-user", what: "ACL SETUSER", names: [showName(user)] } : null;
    }
    default:
      return null;
  }
}

/** To become a replica is to lose all data for the master's; `NO ONE` ends that. */
function judgeReplication(name: string, host: string, port: string): Found | null {
  if (host === "" || (host.toUpperCase() === "NO" && port.toUpperCase() === "ONE")) return null;
  return flush(name, [`${host}:${port}`]);
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1024,
  m: 1e6,
  mb: 1 << 20,
  g: 1e9,
  gb: 1 << 30,
};

/** Below this no server holds anything: whoever sets it wants the keys evicted. An empty Redis takes about as much. */
const leastMemory = 1 << 20;

function judgeConfig(pairs: readonly string[]): Found | null {
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    if (pairs[at]?.toLowerCase() !== "maxmemory") continue;
    const [, digits, unit = ""] = /^(\d+)([a-z]*)$/i.exec(pairs[at + 1] ?? "") ?? [];
    const bytes = Number(digits) * (units[unit.toLowerCase()] ?? NaN);
    if (bytes > 0 && bytes < leastMemory) return flush(`CONFIG SET maxmemory ${pairs[at + 1]}`);
  }
  return null;
}
