import type { Destruction } from "../destruction.ts";
import { hole } from "../destruction.ts";
import { showName } from "../found.ts";
import type { Found } from "../found.ts";
import { disablesUser, onlyTakesAway } from "./disables-user.ts";
import { judgeConfig } from "./judge-config.ts";
import { judgeDelete, judgeDropIndex, judgeMigrate, judgeRestore } from "./judge-keys.ts";
import { judgeLua } from "./judge-lua.ts";
import {
  judgeCluster,
  judgeDebug,
  judgeFunction,
  judgeModule,
  judgeScript,
  judgeShutdown,
} from "./judge-server.ts";

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
  return {
    ...found,
    what: showName(found.what),
    names: found.names.map(showName),
    at: 0,
    certainty: name.includes(hole) ? "likely" : "certain",
  };
}

/** What one command destroys, by its name in capitals and the words behind it; nothing in them is a hole but where a program puts one in. */
export function judgeCommand(name: string, rest: readonly string[]): Found | null {
  const [first = ""] = rest;
  const sub = first.toUpperCase();
  switch (name) {
    case "FLUSHALL":
    case "FLUSHDB":
    case `FLUSH${hole}`:
      return flush(name);
    case "SWAPDB":
      return flush(name, rest);
    case "ACL":
      return judgeAcl(sub, rest.slice(1));
    case "CONFIG":
      return sub === "SET" ? judgeConfig(rest.slice(1)) : null;
    case "REPLICAOF":
    case "SLAVEOF":
      return judgeReplication(name, rest);
    case "DEBUG":
      return judgeDebug(sub, rest.slice(1));
    case "FUNCTION":
      return judgeFunction(sub, rest.slice(1));
    case "CLUSTER":
      return judgeCluster(sub);
    case "MODULE":
      return judgeModule(sub);
    case "SCRIPT":
      return judgeScript(sub, rest.slice(1));
    case "SHUTDOWN":
      return judgeShutdown(rest);
    case "FAILOVER":
      return sub === "ABORT" ? null : { kind: "functional", what: name, names: [] };
    case "DEL":
    case "UNLINK":
      return judgeDelete(name, rest);
    case "RESTORE":
    case "RESTORE-ASKING":
      return judgeRestore(name, rest);
    case "FT.DROP":
    case "FT.DROPINDEX":
    case "FT._DROPIFX":
    case "FT._DROPINDEXIFX":
      return judgeDropIndex(name, rest);
    case "MIGRATE":
      return judgeMigrate(rest);
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
  return { kind: "flush", what, names };
}

function opaque(what: string): Found {
  return { kind: "opaque", what, names: [] };
}

function judgeAcl(sub: string, rest: readonly string[]): Found | null {
  switch (sub) {
    case "DELUSER":
      return { kind: "acl-user", what: "ACL DELUSER", names: rest };
    case "LOAD":
      return { kind: "acl-user", what: "ACL LOAD", names: [] };
    case "SETUSER": {
      const [user = "", ...rules] = rest;
      if (disablesUser(rules)) return { kind: "acl-user", what: "ACL SETUSER", names: [user] };
      return onlyTakesAway(rules) ? { kind: "functional", what: "ACL SETUSER", names: [user] } : null;
    }
    default:
      return null;
  }
}

/** To become a replica is to lose all data for the master's; `NO ONE` ends that. */
function judgeReplication(name: string, words: readonly string[]): Found | null {
  const [host = "", port = ""] = words;
  if (words.length === 0 || (host.toUpperCase() === "NO" && port.toUpperCase() === "ONE")) return null;
  return flush(name, [`${host}:${port}`]);
}
