import type { Found } from "../found.ts";

const flush = (what: string): Found => ({ kind: "flush", what, names: [] });
const functional = (what: string): Found => ({ kind: "functional", what, names: [] });

/** What ends the process: what memory holds and no file does is lost. */
const crashes: ReadonlySet<string> = new Set([
  "ASSERT",
  "CRASH-AND-RECOVER",
  "LOADAOF",
  "OOM",
  "PANIC",
  "RESTART",
  "SEGFAULT",
]);

export function judgeDebug(sub: string, rest: readonly string[]): Found | null {
  if (sub === "FLUSHALL" || crashes.has(sub)) return flush(`DEBUG ${sub}`);
  // It hands a command on to replicas and to the log of them, unseen.
  if (sub === "REPLICATE") return flush("DEBUG REPLICATE");
  return sub === "RELOAD" && has(rest, "NOSAVE") ? flush("DEBUG RELOAD NOSAVE") : null;
}

/** Without NOSAVE the server saves first where it saves at all, and its keys are out of reach. */
export function judgeShutdown(words: readonly string[]): Found | null {
  if (has(words, "NOSAVE")) return flush("SHUTDOWN NOSAVE");
  return has(words, "ABORT") ? null : functional("SHUTDOWN");
}

export function judgeCluster(sub: string): Found | null {
  switch (sub) {
    case "RESET":
      return flush("CLUSTER RESET");
    case "DELSLOTS":
    case "DELSLOTSRANGE":
    case "FAILOVER":
    case "FLUSHSLOTS":
    case "FORGET":
    case "MEET":
    case "REPLICATE":
    case "SETSLOT":
      return functional(`CLUSTER ${sub}`);
    default:
      return null;
  }
}

export function judgeFunction(sub: string, rest: readonly string[]): Found | null {
  if (sub === "FLUSH") return flush("FUNCTION FLUSH");
  if (sub === "DELETE") return { kind: "functional", what: "FUNCTION DELETE", names: rest.slice(0, 1) };
  return sub === "RESTORE" && has(rest, "FLUSH") ? flush("FUNCTION RESTORE FLUSH") : null;
}

/** A debugger runs commands that come in a protocol of its own; with SYNC they last. */
export function judgeScript(sub: string, [mode = ""]: readonly string[]): Found | null {
  const isOn = sub === "DEBUG" && mode.toUpperCase() !== "NO";
  return isOn ? { kind: "opaque", what: "SCRIPT DEBUG", names: [] } : null;
}

/** Code of anybody's, in the server's own process. */
export function judgeModule(sub: string): Found | null {
  return sub === "LOAD" || sub === "LOADEX" || sub === "UNLOAD"
    ? { kind: "opaque", what: `MODULE ${sub}`, names: [] }
    : null;
}

export function has(words: readonly string[], word: string): boolean {
  return words.some((each) => each.toUpperCase() === word);
}
