import { isNode } from "../../postgres/parse-sql.ts";
import type { ParseNode } from "../../postgres/parse-sql.ts";
import { showName } from "../found.ts";

/** Reading PostgreSQL's parse tree: a field that holds its zero (0, false, an empty text) is absent from it. */

export function childOf(node: ParseNode, key: string): ParseNode | null {
  const child = node[key];
  return isNode(child) ? child : null;
}

export function childrenOf(node: ParseNode, key: string): readonly ParseNode[] {
  const children = node[key];
  return Array.isArray(children) ? children.filter(isNode) : [];
}

export function textIn(node: ParseNode | null, key: string): string {
  const text = node?.[key];
  return typeof text === "string" ? text : "";
}

/** The text of a `String` node, or of a constant that is one; null for all else. */
export function constantText(node: ParseNode | null): string | null {
  if (node === null) return null;
  const string = childOf(node, "String");
  if (string !== null) return textIn(string, "sval");
  const constant = childOf(node, "A_Const");
  const value = constant === null ? null : childOf(constant, "sval");
  if (value !== null) return textIn(value, "sval");
  const cast = childOf(node, "TypeCast");
  return cast === null ? null : constantText(childOf(cast, "arg"));
}

/** A relation's name with its schema's, as a `RangeVar` has them. */
export function relationName(relation: ParseNode | null): string {
  const schema = textIn(relation, "schemaname");
  const name = textIn(relation, "relname");
  return showName(schema === "" ? name : `${schema}.${name}`);
}

/** The name of an object to be dropped, whichever node holds it. */
export function objectName(node: ParseNode): string {
  const inner = childOf(node, "TypeName") ?? childOf(node, "List");
  if (inner === null) return showName(textIn(childOf(node, "String"), "sval"));
  const parts = childrenOf(inner, "names").concat(childrenOf(inner, "items"));
  return parts.map(objectName).join(".");
}

const specialRoles: Readonly<Record<string, string>> = {
  ROLESPEC_CURRENT_ROLE: "CURRENT_ROLE",
  ROLESPEC_CURRENT_USER: "CURRENT_USER",
  ROLESPEC_SESSION_USER: "SESSION_USER",
  ROLESPEC_PUBLIC: "PUBLIC",
};

export function roleName(spec: ParseNode | null): string {
  return specialRoles[textIn(spec, "roletype")] ?? showName(textIn(spec, "rolename"));
}

export function roleNames(node: ParseNode): readonly string[] {
  return childrenOf(node, "roles").map((role) => roleName(childOf(role, "RoleSpec")));
}

/** The names of an `option [= value]` list with its values. */
export function options(
  node: ParseNode,
): readonly { readonly name: string; readonly value: ParseNode | null }[] {
  return childrenOf(node, "options")
    .map((option) => childOf(option, "DefElem"))
    .filter((option) => option !== null)
    .map((option) => ({ name: textIn(option, "defname"), value: childOf(option, "arg") }));
}

/** Whether the value of an option says no: `false`, `off`, `0`. */
export function isOff(value: ParseNode | null): boolean {
  if (value === null) return false;
  const boolean = childOf(value, "Boolean");
  if (boolean !== null) return boolean["boolval"] !== true;
  const integer = childOf(value, "Integer");
  if (integer !== null) return (integer["ival"] ?? 0) === 0;
  return ["off", "false", "no", "0", "f", "n"].includes((constantText(value) ?? "").toLowerCase());
}
