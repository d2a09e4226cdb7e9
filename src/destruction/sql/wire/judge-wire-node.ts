import type { ParseNode } from "../../../postgres/parse-sql.ts";
import type { Found } from "../../found.ts";
import { isCatalog } from "../catalogs.ts";
import { childOf, childrenOf, objectName, relationName, roleNames, textIn } from "../tree.ts";
import { preloads, roleSettings } from "./watched-settings.ts";

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
    case "AlterEventTrigStmt":
      // Enabled for replicas alone is disabled.
      return ["D", "R"].includes(textIn(node, "tgenabled")) ? eventTrigger("ALTER", node) : null;
    case "AlterRoleSetStmt":
    case "AlterDatabaseSetStmt":
      return judgeLoginSetting(type, node);
    case "AlterSystemStmt":
      return judgeSystemSetting(node);
    case "UpdateStmt":
    case "InsertStmt":
    case "DeleteStmt":
    case "MergeStmt":
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
  if (preloads.has(name) || kind === "VAR_RESET_ALL")
    return { kind: "disarming", what: `ALTER SYSTEM … ${name || "ALL"}`, names: [] };
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
