import type { Destruction } from "../../destruction.ts";
import { disarming, disarms } from "../judge-settings.ts";
import { preloads } from "./watched-settings.ts";

/** What a StartupMessage's parameters set before anything is asked. */
export interface StartupJudgement {
  readonly destructions: readonly Destruction[];
  /** Roles that the session takes on at once, besides the one that logs in. */
  readonly roles: readonly string[];
}

/** Parameters that are no settings. */
const ownParameters: ReadonlySet<string> = new Set(["user", "database", "replication", "options"]);

/**
 * What the parameters of a StartupMessage disarm, and whom they make of the session: each is a setting, and `options` holds command-line arguments
 * (`-c name=value`, `--name=value`), parted by blanks that a backslash escapes (`pg_split_opts` and `process_postgres_switches` of PostgreSQL). What
 * is no such argument is opaque.
 */
export function judgeStartupOptions(parameters: ReadonlyMap<string, string>): StartupJudgement {
  const destructions: Destruction[] = [];
  const roles: string[] = [];
  const set = (setting: string, value: string): void => {
    // A dash is an underscore in an argument.
    const name = setting.replaceAll("-", "_").toLowerCase();
    if (name === "role" || name === "session_authorization") roles.push(value);
    else if (disarms(name, value)) destructions.push({ ...disarming(name, value), ...certain });
    else if (preloads.has(name))
      destructions.push({ kind: "disarming", what: `SET ${name}`, names: [], ...certain });
  };
  for (const [name, value] of parameters)
    if (!ownParameters.has(name.toLowerCase()) && !name.startsWith("_pq_.")) set(name, value);
  const args = splitOptions(parameters.get("options") ?? "");
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    const isSetting = arg === "-c" || arg === "--";
    const text = isSetting ? args[(at += 1)] : /^(?:-c|--)([^]*)$/.exec(arg)?.[1];
    if (text === undefined) {
      if (!harmlessSwitch.test(arg)) destructions.push(strange(arg));
      else if (/^-[a-zA-Z]$/.test(arg) && takesValue.test(arg)) at += 1;
      continue;
    }
    const equals = text.indexOf("=");
    if (equals < 0) destructions.push(strange(arg));
    else set(text.slice(0, equals), text.slice(equals + 1));
  }
  return { destructions, roles };
}

const certain = { at: 0, certainty: "certain" } as const;

/**
 * Switches that only tune, or write more to the log; `-O` and `-P` open the system catalogs, and are not here. Behind `e` and `s`, which take no value, the
 * same argument may go on with any other switch (`-ecrole=dba`).
 */
const harmlessSwitch = /^-(?:[BdSWtf][^]*|[es]+)$/;
const takesValue = /^-[BdSWtf]$/;

function strange(arg: string): Destruction {
  return { kind: "opaque", what: `startup option ${arg.slice(0, 40)}`, names: [], ...certain };
}

/** The arguments in `options`: blanks part them, a backslash takes the character behind it as it is. */
function splitOptions(options: string): readonly string[] {
  const args: string[] = [];
  let arg: string | null = null;
  for (let at = 0; at < options.length; at += 1) {
    const character = options.charAt(at);
    if (/[ \t\n\r\f\v]/.test(character)) {
      if (arg !== null) args.push(arg);
      arg = null;
    } else if (character === "\\") {
      at += 1;
      arg = (arg ?? "") + options.charAt(at);
    } else arg = (arg ?? "") + character;
  }
  return arg === null ? args : [...args, arg];
}
