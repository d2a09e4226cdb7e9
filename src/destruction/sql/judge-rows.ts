import type { ParseNode } from "../../postgres/parse-sql.ts";
import { hole } from "../destruction.ts";
import { isAlways } from "./is-always.ts";
import { isCatalog, isGrantTable } from "./catalogs.ts";
import type { Found } from "../found.ts";
import { childOf, childrenOf, relationName, textIn } from "./tree.ts";

const verbs: Readonly<Record<string, string>> = {
  DeleteStmt: "DELETE FROM",
  InsertStmt: "INSERT INTO",
  UpdateStmt: "UPDATE",
  MergeStmt: "MERGE INTO",
};

/** What a statement that writes rows destroys: those of a system catalog, or all of a table. Null when neither. */
export function judgeRows(type: string, node: ParseNode): Found | null {
  const verb = verbs[type];
  const relation = childOf(node, "relation");
  if (verb === undefined || relation === null) return null;
  const schema = textIn(relation, "schemaname");
  const name = textIn(relation, "relname");
  const names = [relationName(relation)];
  if (isCatalog(schema, name)) return { kind: "catalog", what: `${verb} ${name}`, names };
  if (type === "DeleteStmt") {
    if (isGrantTable(schema, name)) return { kind: "catalog", what: `${verb} ${schema}.${name}`, names };
    // A hole behind the table may be the condition: the grammar takes it for an alias.
    const alias = textIn(childOf(relation, "alias"), "aliasname");
    const isUnbounded = !alias.includes(hole) && isAlways(childOf(node, "whereClause"));
    return isUnbounded ? { kind: "unbounded-delete", what: "DELETE without WHERE", names } : null;
  }
  const isUnbounded = type === "MergeStmt" && childrenOf(node, "mergeWhenClauses").some(deletesAll);
  return isUnbounded ? { kind: "unbounded-delete", what: "MERGE … THEN DELETE", names } : null;
}

/** Whether a clause of MERGE deletes every row that it meets. */
function deletesAll(clause: ParseNode): boolean {
  const when = childOf(clause, "MergeWhenClause");
  return (
    when !== null && textIn(when, "commandType") === "CMD_DELETE" && isAlways(childOf(when, "condition"))
  );
}
