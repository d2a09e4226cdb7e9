import type { Session } from "../../postgres/connect.ts";
import { isNode, sqlParser } from "../../postgres/parse-sql.ts";
import type { ParseNode } from "../../postgres/parse-sql.ts";
import type { Failure } from "./classify.ts";
import { firstWords } from "./deferred.ts";
import { tryStatement } from "./run-statement.ts";

/** What ties a database to others, as pg_dump writes it. */
const kinds: ReadonlySet<string> = new Set([
  "CreatePublicationStmt",
  "AlterPublicationStmt",
  "CreateSubscriptionStmt",
  "CreateUserMappingStmt",
  "AlterOwnerStmt",
  "CommentStmt",
  "SecLabelStmt",
]);

/**
 * Makes publications, subscriptions and user mappings, which need more rights than the restoring role has: only in a database that
 * takes the place of the one that had them. Subscriptions come as pg_dump writes them: disabled, and without connecting.
 */
export async function reconnect(admin: Session, statements: readonly string[]): Promise<readonly Failure[]> {
  const parse = await sqlParser();
  const failures: Failure[] = [];
  for (const statement of statements) {
    const [only, ...more] = parse(statement) ?? [];
    const isPlain = more.length === 0 && only !== undefined && isHarmless(only);
    const failure = isPlain
      ? await tryStatement(admin, statement)
      : { sqlstate: "42601", message: "not the statement that pg_dump writes" };
    if (failure !== null)
      failures.push({ object: firstWords(statement), ...failure, statement, isDependent: false });
  }
  return failures;
}

function isHarmless(node: ParseNode): boolean {
  const [kind, ...more] = Object.keys(node);
  if (kind === undefined || more.length > 0 || !kinds.has(kind)) return false;
  const subscription = node["CreateSubscriptionStmt"];
  return !isNode(subscription) || connectsNever(subscription);
}

function connectsNever(subscription: ParseNode): boolean {
  const options = Array.isArray(subscription["options"]) ? subscription["options"].filter(isNode) : [];
  return options.some(({ DefElem: option }) => {
    if (!isNode(option) || option["defname"] !== "connect") return false;
    const value = isNode(option["arg"]) ? option["arg"]["String"] : undefined;
    return isNode(value) && value["sval"] === "false";
  });
}
