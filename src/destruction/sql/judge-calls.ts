import type { ParseNode } from "../../postgres/parse-sql.ts";
import { hole } from "../destruction.ts";
import { showName } from "../found.ts";
import type { Found } from "../found.ts";
import { disarming, disarms } from "./judge-settings.ts";
import { childrenOf, constantText, options } from "./tree.ts";

/** Functions that run what they are given, out of sight of the grammar. */
export const remoteCalls: ReadonlySet<string> = new Set([
  "dblink",
  "dblink_exec",
  "dblink_open",
  "dblink_send_query",
  "query_to_xml",
  "schedule",
  "schedule_in_database",
]);

/** Languages whose bodies the server cannot keep to themselves, by name; the untrusted ones end with `u`. */
const untrusted = /^(?:c|internal|plperlu|pltclu|pl\w*(?:python|py)\w*u|plsh|pljavau|plru?)$/i;

/** Calls and statements that destroy by what they call, or hide what they do. Null when neither. */
export function judgeCalls(type: string, node: ParseNode): Found | null {
  switch (type) {
    case "FuncCall":
      return judgeFunction(node);
    case "CopyStmt":
      if (node["is_program"] !== true) return null;
      return { kind: "opaque", what: "COPY … PROGRAM", names: [] };
    case "DoStmt":
      return judgeLanguage("DO", childrenOf(node, "args"));
    case "CreateFunctionStmt":
      return judgeLanguage("CREATE FUNCTION", childrenOf(node, "options"));
    default:
      return null;
  }
}

function judgeLanguage(what: string, args: readonly ParseNode[]): Found | null {
  const language = options({ options: args }).find(({ name }) => name === "language");
  const name = constantText(language?.value ?? null) ?? "";
  return untrusted.test(name) ? { kind: "opaque", what: `${what} … LANGUAGE ${name}`, names: [] } : null;
}

function judgeFunction(node: ParseNode): Found | null {
  const parts = childrenOf(node, "funcname").map((part) => constantText(part) ?? "");
  const name = parts.at(-1) ?? "";
  const args = childrenOf(node, "args").map((arg) => constantText(arg));
  if (name === "pg_drop_replication_slot")
    return { kind: "slot", what: name, names: [showName(args[0] ?? hole)] };
  if (name === "set_config") {
    const [setting, value] = args;
    return typeof setting === "string" && disarms(setting, value ?? hole)
      ? disarming(setting, value ?? hole)
      : null;
  }
  if (!isRemote(parts)) return null;
  const [first] = args;
  // All that it runs is there to be read, and is judged on its own.
  if (first !== undefined && !args.includes(null)) return null;
  return { kind: "opaque", what: `${parts.join(".")}()`, names: [] };
}

function isRemote(parts: readonly string[]): boolean {
  const name = parts.at(-1) ?? "";
  if (name.startsWith("schedule")) return remoteCalls.has(name) && parts.at(-2) === "cron";
  return remoteCalls.has(name);
}
