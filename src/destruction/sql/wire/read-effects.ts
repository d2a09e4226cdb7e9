import { findNodes } from "../../../postgres/parse-sql.ts";
import type { ParseNode } from "../../../postgres/parse-sql.ts";
import { childOf, childrenOf, constantText, isOff, options, textIn } from "../tree.ts";
import { readCall } from "./judge-wire-calls.ts";
import { lexingSettings } from "./watched-settings.ts";
import type { RoleKind, SqlEffect } from "./judgement.ts";
import { restoreName } from "./read-tokens.ts";

const changesLexing: SqlEffect = { type: "changes-lexing" };

/** What a statement does to its session, from its tree; nothing of what a definition holds. PREPARE is its caller's. */
export function readEffects(tree: ParseNode): readonly SqlEffect[] {
  const effects: SqlEffect[] = [];
  const [type = ""] = Object.keys(tree);
  const node = childOf(tree, type);
  if (node === null) return effects;
  switch (type) {
    case "VariableSetStmt":
      return readSet(node);
    case "DiscardStmt":
      return textIn(node, "target") === "DISCARD_ALL" ? [{ type: "discard-all" }, changesLexing] : effects;
    case "DeallocateStmt":
      return [
        {
          type: "deallocate",
          name: node["isall"] === true ? null : restoreName(textIn(node, "name")),
        },
      ];
    case "CreateFunctionStmt":
    case "RuleStmt":
    case "ViewStmt":
      return effects;
    default:
      walk(tree, effects);
      return effects;
  }
}

function walk(tree: ParseNode, effects: SqlEffect[]): void {
  for (const type in tree) {
    const value = tree[type];
    if (typeof value !== "object" || value === null) continue;
    const nodes: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const node of nodes) if (isObject(node)) readNode(type, node, effects);
  }
}

function isObject(value: unknown): value is ParseNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readNode(type: string, node: ParseNode, effects: SqlEffect[]): void {
  if (
    type === "ExplainStmt" &&
    !options(node).some(({ name, value }) => name === "analyze" && !isOff(value))
  ) {
    for (const executed of findNodes(node, "ExecuteStmt"))
      effects.push({ type: "plan", name: restoreName(textIn(executed, "name")) });
    return;
  }
  if (type === "ExecuteStmt") effects.push({ type: "execute", name: restoreName(textIn(node, "name")) });
  if (type === "CallStmt") effects.push({ type: "commit-within" });
  if (type === "FuncCall") effects.push(...readSetConfig(node));
  if (type === "UpdateStmt" && textIn(childOf(node, "relation"), "relname") === "pg_settings")
    effects.push(changesLexing);
  walk(node, effects);
}

function readSet(node: ParseNode): readonly SqlEffect[] {
  const kind = textIn(node, "kind");
  if (kind === "VAR_RESET_ALL") return [changesLexing];
  const name = textIn(node, "name").toLowerCase();
  const args = childrenOf(node, "args");
  const value = args.length === 1 ? constantText(args[0] ?? null) : null;
  return readSetting(name, value, node["is_local"] === true, kind !== "VAR_SET_VALUE");
}

/** `set_config('role', 'dba', false)`: any of its arguments may be unknown. */
function readSetConfig(node: ParseNode): readonly SqlEffect[] {
  const { name, args } = readCall(node);
  if (name !== "set_config") return [];
  const [setting, value] = args;
  // For the whole session, unless it is known to be for the transaction alone: both are followed as if it lasted.
  if (typeof setting !== "string") return [...readSetting("role", null, false, false), changesLexing];
  return readSetting(setting.toLowerCase(), value ?? null, false, false);
}

function readSetting(
  name: string,
  value: string | null,
  isLocal: boolean,
  isReset: boolean,
): readonly SqlEffect[] {
  if (lexingSettings.has(name)) return [changesLexing];
  const kind: RoleKind | null =
    name === "role" ? "role" : name === "session_authorization" ? "session-authorization" : null;
  if (kind === null) return [];
  if (isReset || (value === "none" && kind === "role")) return [{ type: "reset-role", kind }];
  return [{ type: "set-role", role: value === null ? null : restoreName(value), kind, isLocal }];
}
