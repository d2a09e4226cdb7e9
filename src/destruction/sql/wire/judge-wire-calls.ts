import type { ParseNode } from "../../../postgres/parse-sql.ts";
import { hole } from "../../destruction.ts";
import { showName } from "../../found.ts";
import type { Found } from "../../found.ts";
import { remoteCalls } from "../judge-calls.ts";
import { childrenOf, constantText } from "../tree.ts";
import { builtInFunctions } from "./built-in-functions.ts";
import { harmfulBuiltIns } from "./harmful-built-ins.ts";
import type { SqlReader } from "./judgement.ts";

/** Functions that run a text of SQL besides dblink's and its kin, by the name: queries all of them, that may call what destroys. */
const queryCalls: ReadonlySet<string> = new Set([
  ...remoteCalls,
  "dblink_connect_u",
  "query_to_xmlschema",
  "query_to_xml_and_xmlschema",
  "cursor_to_xml",
  "ts_stat",
  "ts_rewrite",
  "connectby",
  "xpath_table",
]);

/** Functions that write to the server's files, or to its pages, past everything that guards them. */
const fileCalls: ReadonlySet<string> = new Set([
  "lo_export",
  "lo_import",
  "pg_file_write",
  "pg_file_rename",
  "pg_file_unlink",
  "pg_background_launch",
  "heap_force_kill",
  "heap_force_freeze",
  "pg_truncate_visibility_map",
]);

/** Whether a call by this name has to be looked at, whoever calls. */
export function isWatchedCall(name: string): boolean {
  return (
    isStrange(name) ||
    name === "set_config" ||
    name === "lo_unlink" ||
    name === "pg_drop_replication_slot" ||
    name.startsWith("dblink") ||
    name.startsWith("crosstab") ||
    name.startsWith("binary_upgrade_") ||
    queryCalls.has(name) ||
    fileCalls.has(name)
  );
}

/** A Turkish server whose encoding is of one byte folds `İ` to `i`; and what cannot be decoded may be one. */
export function isStrange(name: string): boolean {
  return /[\u0130\uFFFD]/.test(name);
}

/** Whether a function of this name is one of pg_catalog's, and no other. */
export function isKnownFunction(name: string, { knownFunctions }: SqlReader): boolean {
  return (knownFunctions ?? builtInFunctions).has(name);
}

export interface Call {
  readonly schema: string;
  readonly name: string;
  /** Constants as text, empty for those that are none; null for what is no constant. */
  readonly args: readonly (string | null)[];
  readonly nodes: readonly ParseNode[];
}

/** A `FuncCall` node, or the call of a `CallStmt`. */
export function readCall(node: ParseNode): Call {
  const parts = childrenOf(node, "funcname").map((part) => constantText(part) ?? "");
  const nodes = childrenOf(node, "args");
  return {
    schema: parts.at(-2) ?? "",
    name: parts.at(-1) ?? "",
    args: nodes.map((arg) => constantText(arg) ?? ("A_Const" in arg ? "" : null)),
    nodes,
  };
}

/** Texts of SQL that a call runs; null for one that is not known. */
export function textsOf({ schema, name, args }: Call): readonly (string | null)[] {
  const isScheduled = name.startsWith("schedule");
  // With three arguments it runs nothing.
  if (name === "ts_rewrite" && args.length === 3) return [];
  if (isScheduled ? schema !== "cron" : !queryCalls.has(name) && !name.startsWith("crosstab")) return [];
  return args;
}

/** What a call destroys, or hides, besides what `judgeTree` finds; null when nothing. */
export function judgeCall(call: Call, reader: SqlReader): Found | null {
  const { schema, name, args, nodes } = call;
  if (isStrange(name) || fileCalls.has(name) || name.startsWith("binary_upgrade_"))
    return opaque(`${name}()`);
  if (name === "set_config" && typeof args[0] !== "string") return opaque("set_config(…)");
  if (name === "lo_unlink") {
    // Of one object, or of all that a query finds.
    const isOne =
      typeof args[0] === "string" || nodes.some((node) => "A_Const" in node || "ParamRef" in node);
    return isOne ? null : { kind: "unbounded-delete", what: "lo_unlink()", names: [] };
  }
  if (!reader.isAdmin || schema === "information_schema") return null;
  if (schema === "pg_catalog") return harmfulBuiltIns.has(name) ? opaque(`pg_catalog.${name}()`) : null;
  if (schema === "" && isKnownFunction(name, reader)) return null;
  return opaque(`${showName(schema === "" ? name : `${schema}.${name}`)}()`);
}

function opaque(what: string): Found {
  return { kind: "opaque", what: what.replaceAll(hole, "…"), names: [] };
}
