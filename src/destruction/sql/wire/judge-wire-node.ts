import { findNodes } from "../../../postgres/parse-sql.ts";
import type { ParseNode } from "../../../postgres/parse-sql.ts";
import { showName } from "../../found.ts";
import type { Found } from "../../found.ts";
import { isCatalog } from "../catalogs.ts";
import { isAlways } from "../is-always.ts";
import { disarms } from "../judge-settings.ts";
import { childOf, childrenOf, constantText, objectName, relationName, roleNames, textIn } from "../tree.ts";
import { isStrange } from "./judge-wire-calls.ts";
import { lexingSettings, preloads, programs, roleSettings } from "./watched-settings.ts";

/** What one node destroys or hides on the wire that the judges of source text let be; null when nothing. */
export function judgeWireNode(type: string, node: ParseNode): Found | null {
  switch (type) {
    case "CopyStmt":
      return judgeCopy(node);
    case "LoadStmt":
      return { kind: "opaque", what: "LOAD", names: [textIn(node, "filename")] };
    case "ReassignOwnedStmt":
      return { kind: "owned", what: "REASSIGN OWNED", names: roleNames(node) };
    case "DropStmt":
      return judgeOtherDrop(node);
    case "AlterTableStmt":
      return judgeNewTypes(node);
    case "AlterEventTrigStmt":
      // Enabled for replicas alone is disabled.
      return ["D", "R"].includes(textIn(node, "tgenabled")) ? eventTrigger("ALTER", node) : null;
    case "AlterRoleSetStmt":
    case "AlterDatabaseSetStmt":
      return judgeLoginSetting(type, node);
    case "AlterSystemStmt":
      return judgeSystemSetting(node);
    case "VariableSetStmt":
      return judgeOtherSetting(node);
    case "DeleteStmt":
      return judgeSettingsView(node) ?? judgeRowlessDelete(node);
    case "MergeStmt":
      return judgeSettingsView(node) ?? judgeRowlessMerge(node);
    case "UpdateStmt":
    case "InsertStmt":
      return judgeSettingsView(node);
    default:
      return null;
  }
}

function judgeCopy(node: ParseNode): Found | null {
  const relation = childOf(node, "relation");
  const isFrom = node["is_from"] === true;
  if (isFrom && relation !== null && isCatalog(textIn(relation, "schemaname"), textIn(relation, "relname")))
    return { kind: "catalog", what: "COPY … FROM", names: [relationName(relation)] };
  if (isFrom || node["is_program"] === true || textIn(node, "filename") === "") return null;
  return { kind: "opaque", what: "COPY … TO a file of the server", names: [] };
}

/** What goes with objects that hold no data: an event trigger is a guard, and CASCADE takes columns, views and tables along. */
function judgeOtherDrop(node: ParseNode): Found | null {
  const removed = textIn(node, "removeType");
  if (removed === "OBJECT_EVENT_TRIGGER")
    return {
      kind: "disarming",
      what: "DROP EVENT TRIGGER",
      names: childrenOf(node, "objects").map(objectName),
    };
  if (textIn(node, "behavior") !== "DROP_CASCADE" || judgedElsewhere.has(removed)) return null;
  const object = removed.replace("OBJECT_", "").replaceAll("_", " ");
  return { kind: "type", what: `DROP ${object} … CASCADE`, names: [] };
}

/** By `judge-drop.ts`. */
const judgedElsewhere: ReadonlySet<string> = new Set(
  "SCHEMA EXTENSION TABLE VIEW MATVIEW FOREIGN_TABLE SEQUENCE TYPE DOMAIN"
    .split(" ")
    .map((object) => `OBJECT_${object}`),
);

/** `ALTER COLUMN c TYPE t USING 0`: a value that is made of no column takes the place of every one that was there. */
function judgeNewTypes(node: ParseNode): Found | null {
  const names: string[] = [];
  for (const each of childrenOf(node, "cmds")) {
    const command = childOf(each, "AlterTableCmd") ?? {};
    const column = childOf(childOf(command, "def") ?? {}, "ColumnDef") ?? {};
    const made = childOf(column, "raw_default");
    if (textIn(command, "subtype") !== "AT_AlterColumnType" || made === null) continue;
    if (!holdsNode(made, "ColumnRef")) names.push(showName(textIn(command, "name")));
  }
  if (names.length === 0) return null;
  const table = relationName(childOf(node, "relation"));
  return { kind: "column", what: "ALTER COLUMN … USING", names: names.map((name) => `${table}.${name}`) };
}

function eventTrigger(verb: string, node: ParseNode): Found {
  return { kind: "disarming", what: `${verb} EVENT TRIGGER … DISABLE`, names: [textIn(node, "trigname")] };
}

/** A role that a session takes on when it begins, past the gate. */
function judgeLoginSetting(type: string, node: ParseNode): Found | null {
  const setting = childOf(node, "setstmt");
  const name = textIn(setting, "name").toLowerCase();
  if (!roleSettings.has(name) || textIn(setting, "kind") !== "VAR_SET_VALUE") return null;
  const verb = type === "AlterRoleSetStmt" ? "ALTER ROLE" : "ALTER DATABASE";
  return { kind: "disarming", what: `${verb} … SET ${name}`, names: [] };
}

function judgeSystemSetting(node: ParseNode): Found | null {
  const setting = childOf(node, "setstmt");
  const name = textIn(setting, "name").toLowerCase();
  const kind = textIn(setting, "kind");
  // How strings are read by all sessions, from a reload on: they are told of it after they have read one text so.
  if (preloads.has(name) || lexingSettings.has(name) || kind === "VAR_RESET_ALL")
    return { kind: "disarming", what: `ALTER SYSTEM … ${name || "ALL"}`, names: [] };
  if (programs.has(name)) return { kind: "opaque", what: `ALTER SYSTEM … ${name}`, names: [] };
  // Back to the default, which logs nothing.
  const isReset = kind === "VAR_RESET" || kind === "VAR_SET_DEFAULT";
  const isLog = name === "log_statement" || name === "pgaudit.log";
  return isReset && isLog ? { kind: "disarming", what: `ALTER SYSTEM RESET ${name}`, names: [] } : null;
}

/** An UPDATE of pg_settings is a SET of whatever it finds. */
function judgeSettingsView(node: ParseNode): Found | null {
  const relation = childOf(node, "relation");
  if (relation === null || textIn(relation, "relname") !== "pg_settings") return null;
  return { kind: "disarming", what: "UPDATE pg_settings", names: [] };
}

function judgeRowlessDelete(node: ParseNode): Found | null {
  const relation = childOf(node, "relation");
  if (relation === null || !isRowless(childOf(node, "whereClause"))) return null;
  // By `judge-rows.ts`.
  if (isCatalog(textIn(relation, "schemaname"), textIn(relation, "relname"))) return null;
  const names = [relationName(relation)];
  return { kind: "unbounded-delete", what: "DELETE without a column in its WHERE", names };
}

function judgeRowlessMerge(node: ParseNode): Found | null {
  const isUnbounded = childrenOf(node, "mergeWhenClauses").some((clause) => {
    const when = childOf(clause, "MergeWhenClause");
    return textIn(when, "commandType") === "CMD_DELETE" && isRowless(childOf(when ?? {}, "condition"));
  });
  if (!isUnbounded) return null;
  const names = [relationName(childOf(node, "relation"))];
  return { kind: "unbounded-delete", what: "MERGE … THEN DELETE", names };
}

/**
 * Whether a condition speaks of no column: it holds for every row or for none, whatever it says, since a query in it that names none either
 * asks about other rows than these. Not of those of which `judge-rows.ts` speaks.
 */
function isRowless(condition: ParseNode | null): boolean {
  if (isAlways(condition) || condition === null) return false;
  return !["ColumnRef", "CurrentOfExpr"].some((type) => holdsNode(condition, type));
}

function holdsNode(tree: ParseNode, type: string): boolean {
  for (const _ of findNodes(tree, type)) return true;
  return false;
}

/** pgaudit that logs neither all nor DDL; a name that another encoding may fold to that of a guard. */
function judgeOtherSetting(node: ParseNode): Found | null {
  const written = textIn(node, "name");
  const name = written.toLowerCase();
  if (isStrange(written)) return { kind: "opaque", what: "SET …", names: [] };
  if (name !== "pgaudit.log" || textIn(node, "kind") !== "VAR_SET_VALUE") return null;
  const values = childrenOf(node, "args").map((arg) => constantText(arg) ?? "");
  const classes = values.flatMap((value) => value.toLowerCase().split(/[\s,]+/));
  const isLogged = classes.some((one) => one === "all" || one === "ddl") && !classes.includes("-ddl");
  const isJudged = values.length === 1 && disarms(name, values[0] ?? "");
  return isLogged || isJudged ? null : { kind: "disarming", what: "SET pgaudit.log", names: [] };
}
