import type { ParseNode } from "../../../postgres/parse-sql.ts";
import { showName } from "../../found.ts";
import type { Found } from "../../found.ts";
import { childOf, childrenOf, constantText, textIn } from "../tree.ts";
import { isKnownFunction } from "./judge-wire-calls.ts";
import type { SqlReader } from "./judgement.ts";

const functions: ReadonlySet<string> = new Set([
  "OBJECT_FUNCTION",
  "OBJECT_PROCEDURE",
  "OBJECT_ROUTINE",
  "OBJECT_AGGREGATE",
]);

/**
 * A function that is made, renamed or moved so that it bears the name of one that an admin's session may call unseen: from then on that name
 * says nothing any more, and what is known of the database is a minute old. Null: none is.
 */
export function findShadow(tree: ParseNode, reader: SqlReader): Found | null {
  if (!reader.isAdmin) return null;
  const name = newNameOf(tree);
  if (name === null || !isKnownFunction(name.toLowerCase(), reader)) return null;
  return { kind: "opaque", what: `a function that is called ${showName(name)}, too`, names: [] };
}

function newNameOf(tree: ParseNode): string | null {
  const made = childOf(tree, "CreateFunctionStmt");
  if (made !== null) return lastOf(childrenOf(made, "funcname"));
  const defined = childOf(tree, "DefineStmt");
  if (defined !== null && functions.has(textIn(defined, "kind")))
    return lastOf(childrenOf(defined, "defnames"));
  const renamed = childOf(tree, "RenameStmt");
  if (renamed !== null && functions.has(textIn(renamed, "renameType"))) return textIn(renamed, "newname");
  const moved = childOf(tree, "AlterObjectSchemaStmt");
  if (moved === null || !functions.has(textIn(moved, "objectType"))) return null;
  const object = childOf(childOf(moved, "object") ?? {}, "ObjectWithArgs");
  return object === null ? null : lastOf(childrenOf(object, "objname"));
}

function lastOf(parts: readonly ParseNode[]): string | null {
  return constantText(parts.at(-1) ?? null);
}
