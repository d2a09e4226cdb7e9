import type { ParseNode } from "../../postgres/parse-sql.ts";
import { hole } from "../destruction.ts";
import { showName } from "../found.ts";
import type { Found } from "../found.ts";
import { childOf, childrenOf, constantText, isOff, options, roleName, textIn } from "./tree.ts";

/** The settings that guards stand on, with what turns them off. */
const guards: Readonly<Record<string, readonly string[]>> = {
  session_replication_role: ["replica"],
  event_triggers: ["off", "of", "false", "fals", "fal", "fa", "f", "no", "n", "0"],
  log_statement: ["none"],
  "pgaudit.log": ["none", ""],
};

/** Whether this value of this setting turns a guard off; one that is put in at run time may. */
export function disarms(setting: string, value: string): boolean {
  const off = guards[setting.toLowerCase()];
  return off !== undefined && (value.includes(hole) || off.includes(value.toLowerCase()));
}

export function disarming(setting: string, value: string): Found {
  return { kind: "disarming", what: `SET ${setting.toLowerCase()} = ${showName(value)}`, names: [] };
}

/** Which guard a SET turns off, for a session, a role, a database or the server; null when none. */
export function judgeSettings(type: string, node: ParseNode): Found | null {
  if (type !== "VariableSetStmt" && type !== "setstmt") return null;
  const name = textIn(node, "name");
  const [argument] = childrenOf(node, "args");
  const value = argument === undefined ? null : settingText(argument);
  return value !== null && disarms(name, value) ? disarming(name, value) : null;
}

function settingText(argument: ParseNode): string | null {
  const constant = childOf(argument, "A_Const");
  const integer = constant === null ? null : childOf(constant, "ival");
  if (integer !== null) return (integer["ival"] ?? 0) === 0 ? "0" : "1";
  return constantText(argument);
}

/** What makes a role or a database useless without dropping it; `now` in milliseconds decides what is past. */
export function judgeFunctional(type: string, node: ParseNode, now: number): Found | null {
  switch (type) {
    case "AlterRoleStmt": {
      const names = [roleName(childOf(node, "role"))];
      for (const { name, value } of options(node)) {
        const what = disablesRole(name, value, now);
        if (what !== null) return { kind: "functional", what: `ALTER ROLE … ${what}`, names };
      }
      return null;
    }
    case "AlterDatabaseStmt": {
      const names = [showName(textIn(node, "dbname"))];
      for (const { name, value } of options(node)) {
        if (name === "connection_limit" && isOff(value))
          return { kind: "functional", what: "ALTER DATABASE … CONNECTION LIMIT 0", names };
        if (name === "allow_connections" && isOff(value))
          return { kind: "functional", what: "ALTER DATABASE … ALLOW_CONNECTIONS false", names };
      }
      return null;
    }
    case "RenameStmt": {
      const names = [showName(textIn(node, "subname"))];
      const renamed = textIn(node, "renameType");
      if (renamed === "OBJECT_DATABASE")
        return { kind: "functional", what: "ALTER DATABASE … RENAME", names };
      if (renamed === "OBJECT_ROLE") return { kind: "functional", what: "ALTER ROLE … RENAME", names };
      return null;
    }
    default:
      return null;
  }
}

function disablesRole(option: string, value: ParseNode | null, now: number): string | null {
  switch (option) {
    case "canlogin":
      return isOff(value) ? "NOLOGIN" : null;
    case "password":
      // An empty one clears it.
      return value === null || constantText(value) === "" ? "PASSWORD NULL" : null;
    case "connectionlimit":
      return isOff(value) ? "CONNECTION LIMIT 0" : null;
    case "validUntil": {
      return isPast(constantText(value) ?? "", now) ? "VALID UNTIL the past" : null;
    }
    default:
      return null;
  }
}

/** Behind these nothing else is read, and none is past. */
const comingWords: ReadonlySet<string> = new Set(["infinity", "+infinity", "tomorrow"]);

/**
 * A date that only the server can read (`yesterday 04:05`, `J2451187`, `Jan 8, 99 BC`) may be past; one that is put in at run time is taken for
 * one to come.
 */
function isPast(until: string, now: number): boolean {
  const text = until.trim().toLowerCase();
  if (text.includes(hole) || comingWords.has(text)) return false;
  const date = Date.parse(text);
  // Of two digits the server's DateStyle says whether they are the year.
  return Number.isNaN(date) || date < now || /bc/.test(text) || !/\b\d{4}\b/.test(text);
}
