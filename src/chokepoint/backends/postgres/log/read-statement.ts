import { isNode } from "../../../../postgres/parse-sql.ts";
import type { ParseNode, SqlParser } from "../../../../postgres/parse-sql.ts";
import { splitStatements } from "../../../../destruction/sql/split-statements.ts";
import { textOf } from "../../../../destruction/sql/token.ts";
import { childOf, childrenOf, textIn } from "../../../../destruction/sql/tree.ts";

/** What a logged statement did to a database or a role, by the names alone: never the statement, which may hold a password. */
export interface LoggedAct {
  readonly part: "database" | "role";
  readonly name: string;
  /** Null: it was dropped. */
  readonly renamedTo: string | null;
}

/** Most logged statements are looked at no further. */
const mayAct = /drop|rename|execute/i;
/** A prepared statement may be called anything, `: ` included. */
const mostReadings = 64;

/**
 * What the server's own record of a statement did. The record begins with words in the server's language: `statement: …`, `execute <unnamed>: …`;
 * what an SQL `EXECUTE` ran stands in the detail.
 */
export function readLogged(message: string, detail: string, parse: SqlParser): readonly LoggedAct[] {
  if (!mayAct.test(message)) return [];
  for (const known of ["statement: ", "execute <unnamed>: "])
    if (message.startsWith(known)) return readStatement(message.slice(known.length), detail, parse);
  const acts: LoggedAct[] = [];
  let at = message.indexOf(": ");
  for (let reading = 0; at >= 0 && reading < mostReadings; reading += 1) {
    if (parse(message.slice(at + 2)) !== null)
      acts.push(...readStatement(message.slice(at + 2), detail, parse));
    at = message.indexOf(": ", at + 2);
  }
  return acts;
}

function readStatement(sql: string, detail: string, parse: SqlParser): readonly LoggedAct[] {
  return parseEach(sql, parse).flatMap((tree) => {
    const prepared = isNode(tree["ExecuteStmt"]) ? detail.indexOf(": ") : -1;
    if (prepared < 0) return actsOf(tree);
    return (parse(detail.slice(prepared + 2)) ?? []).flatMap(actsOf);
  });
}

/** A text that the grammar does not take as a whole, because it is too long or holds what a later release has no more, statement by statement. */
function parseEach(sql: string, parse: SqlParser): readonly ParseNode[] {
  const trees = parse(sql);
  if (trees !== null) return trees;
  return [...splitStatements(sql, "postgres")].flatMap(({ tokens }) => parse(textOf(tokens)) ?? []);
}

/** `PREPARE` is what the detail of an `EXECUTE` begins with; what the wire's Parse prepared stands there bare. */
function actsOf(tree: ParseNode): readonly LoggedAct[] {
  const database = childOf(tree, "DropdbStmt");
  if (database !== null) return [{ part: "database", name: textIn(database, "dbname"), renamedTo: null }];
  const roles = childOf(tree, "DropRoleStmt");
  if (roles !== null) {
    const names = childrenOf(roles, "roles").map((role) => textIn(childOf(role, "RoleSpec"), "rolename"));
    return names.map((name) => ({ part: "role", name, renamedTo: null }));
  }
  const rename = childOf(tree, "RenameStmt");
  const part = rename === null ? undefined : renamed[textIn(rename, "renameType")];
  if (rename === null || part === undefined) return [];
  return [{ part, name: textIn(rename, "subname"), renamedTo: textIn(rename, "newname") }];
}

const renamed: Readonly<Record<string, LoggedAct["part"]>> = {
  OBJECT_DATABASE: "database",
  OBJECT_ROLE: "role",
};
