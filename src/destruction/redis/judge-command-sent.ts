import type { Destruction } from "../destruction.ts";
import type { Found } from "../found.ts";
import { isRedisCommand } from "./commands.ts";
import { judgeCommand } from "./judge-redis.ts";

/** A command as a client sent it: the words are what the server will read. */
export interface SentCommand {
  /** The first word, in capitals. */
  readonly name: string;
  readonly rest: readonly string[];
  /** There are more words than these. */
  readonly isCut: boolean;
}

/**
 * What a command on the wire destroys: what `judgeRedis` says of it in a source, and what only the wire must doubt, for there nobody reads on. Null when
 * nothing.
 */
export function judgeCommandSent(command: SentCommand): Destruction | null {
  const found = judgeKnown(command);
  return found && { ...found, at: 0, certainty: "certain" };
}

function judgeKnown({ name, rest, isCut }: SentCommand): Found | null {
  if (!isRedisCommand(name)) return opaque(`unknown command ${name.slice(0, 64)}`);
  const found = judgeCommand(name, rest) ?? judgeEviction(name, rest) ?? judgeDebugging(name, rest);
  return found === null && isCut ? opaque(`${name} … of very many words`) : found;
}

function opaque(what: string): Found {
  return { kind: "opaque", what, names: [] };
}

/** What DEBUG shows, or does to the speed of things; of the rest (an allocator's own settings, for one) much ends the process, and with it what no file holds. */
const shows: ReadonlySet<string> = new Set(
  `CLIENT-EVICTION DIGEST DIGEST-VALUE ERROR HELP HTSTATS HTSTATS-KEY JMAP LEAK LISTPACK LOG OBJECT PAUSE-CRON PROTOCOL QUICKLIST
  RELOAD REPLYBUFFER SDSLEN SET-ACTIVE-EXPIRE SLEEP STRINGMATCH-LEN STRUCTSIZE`.split(/\s+/u),
);

function judgeDebugging(name: string, [sub = ""]: readonly string[]): Found | null {
  return name === "DEBUG" && !shows.has(sub.toUpperCase()) ? opaque("DEBUG") : null;
}

/** Any limit may be below what the server holds, and then keys go as the policy says: with allkeys-… any key. */
function judgeEviction(name: string, [sub = "", ...pairs]: readonly string[]): Found | null {
  if (name !== "CONFIG" || sub.toUpperCase() !== "SET") return null;
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const parameter = pairs[at]?.toLowerCase();
    const value = pairs[at + 1] ?? "";
    const evicts =
      (parameter === "maxmemory" && !/^0+[a-z]*$/iu.test(value)) ||
      (parameter === "maxmemory-policy" && /^allkeys-/iu.test(value));
    if (evicts)
      return { kind: "functional", what: `CONFIG SET ${parameter} ${value.slice(0, 64)}`, names: [] };
  }
  return null;
}
