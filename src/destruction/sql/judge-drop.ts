import type { ParseNode } from "../../postgres/parse-sql.ts";
import type { DestructionKind } from "../kinds.ts";
import { showName } from "../found.ts";
import type { Found } from "../found.ts";
import { childOf, childrenOf, objectName, relationName, roleNames, textIn } from "./tree.ts";

/** What `DROP <object>` destroys; what is not here (an index, a function, a user mapping) holds nobody's data. */
const dropped: Readonly<Record<string, readonly [kind: DestructionKind, what: string]>> = {
  OBJECT_SCHEMA: ["schema", "DROP SCHEMA"],
  OBJECT_EXTENSION: ["extension", "DROP EXTENSION"],
  OBJECT_TABLE: ["table", "DROP TABLE"],
  OBJECT_VIEW: ["table", "DROP VIEW"],
  OBJECT_MATVIEW: ["table", "DROP MATERIALIZED VIEW"],
  OBJECT_FOREIGN_TABLE: ["table", "DROP FOREIGN TABLE"],
  OBJECT_SEQUENCE: ["table", "DROP SEQUENCE"],
  OBJECT_TYPE: ["type", "DROP TYPE"],
  OBJECT_DOMAIN: ["type", "DROP DOMAIN"],
};

/** What one node of PostgreSQL's parse tree drops; null when it is no drop of anything that counts. */
export function judgeDrop(type: string, node: ParseNode): Found | null {
  switch (type) {
    case "DropdbStmt":
      return { kind: "database", what: "DROP DATABASE", names: [showName(textIn(node, "dbname"))] };
    case "DropRoleStmt":
      return { kind: "role", what: "DROP ROLE", names: roleNames(node) };
    case "DropOwnedStmt":
      return { kind: "owned", what: "DROP OWNED", names: roleNames(node) };
    case "DropTableSpaceStmt":
      return {
        kind: "tablespace",
        what: "DROP TABLESPACE",
        names: [showName(textIn(node, "tablespacename"))],
      };
    case "DropSubscriptionStmt":
      return {
        kind: "subscription",
        what: "DROP SUBSCRIPTION",
        names: [showName(textIn(node, "subname"))],
      };
    case "TruncateStmt":
      return {
        kind: "truncate",
        what: "TRUNCATE",
        names: childrenOf(node, "relations").map((relation) => relationName(childOf(relation, "RangeVar"))),
      };
    case "DropStmt": {
      const found = dropped[textIn(node, "removeType")];
      if (found === undefined) return null;
      return { kind: found[0], what: found[1], names: childrenOf(node, "objects").map(objectName) };
    }
    case "AlterTableStmt":
      return judgeColumns(node);
    default:
      return null;
  }
}

function judgeColumns(node: ParseNode): Found | null {
  const columns = childrenOf(node, "cmds")
    .map((command) => childOf(command, "AlterTableCmd"))
    .filter((command) => textIn(command, "subtype") === "AT_DropColumn")
    .map((command) => showName(textIn(command, "name")));
  if (columns.length === 0) return null;
  const table = relationName(childOf(node, "relation"));
  return { kind: "column", what: "DROP COLUMN", names: columns.map((column) => `${table}.${column}`) };
}
