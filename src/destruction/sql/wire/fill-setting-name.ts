import type { ParseNode } from "../../../postgres/parse-sql.ts";
import { childOf, childrenOf, constantText, textIn } from "../tree.ts";
import { readCall } from "./judge-wire-calls.ts";

/** What pg_dump sets, where the server has it (CVE-2024-7348), and what it sets it to. */
const setting = "restrict_nonsystem_relation_kind";
const values: ReadonlySet<string | null | undefined> = new Set(["view, foreign-table", "view"]);

/**
 * `SELECT set_config(name, 'view', false) FROM pg_settings WHERE name = '…'`, as every pg_dump begins, with the name of the setting in
 * place of the column; all other trees as they are. Of these values alone: a `pg_settings` and a `=` of somebody's own could make the column
 * any other setting, and none that is followed, or that disarms, takes them.
 */
export function fillSettingName(tree: ParseNode): ParseNode {
  const select = childOf(tree, "SelectStmt");
  const [target, ...others] = select === null ? [] : childrenOf(select, "targetList");
  const result = target === undefined ? null : childOf(target, "ResTarget");
  const node = result === null ? null : childOf(childOf(result, "val") ?? {}, "FuncCall");
  if (select === null || result === null || node === null || others.length > 0) return tree;
  const { name, args } = readCall(node);
  if (name !== "set_config" || !values.has(args[1]) || !isOfSettings(select)) return tree;
  const named = { A_Const: { sval: { sval: setting } } };
  const called = { ...node, args: [named, ...childrenOf(node, "args").slice(1)] };
  return {
    SelectStmt: { ...select, targetList: [{ ResTarget: { ...result, val: { FuncCall: called } } }] },
  };
}

function isOfSettings(select: ParseNode): boolean {
  const [from, ...others] = childrenOf(select, "fromClause");
  const relation = from === undefined ? null : childOf(from, "RangeVar");
  const where = childOf(childOf(select, "whereClause") ?? {}, "A_Expr");
  return (
    others.length === 0 &&
    textIn(relation, "relname") === "pg_settings" &&
    where !== null &&
    constantText(childrenOf(where, "name")[0] ?? null) === "=" &&
    constantText(childOf(where, "rexpr")) === setting
  );
}
