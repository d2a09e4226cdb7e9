import type { Session } from "../../postgres/connect.ts";
import { sqlParser } from "../../postgres/parse-sql.ts";
import type { Failure } from "./classify.ts";
import { firstWords } from "./deferred.ts";
import { tryStatement } from "./run-statement.ts";

/**
 * Event triggers need a superuser, and then run with the rights of whoever changes the schema. So they come last, each
 * parsed first; from here on the superuser must change nothing in this database (event triggers do not fire for
 * statements about event triggers, nor for reading).
 */
export async function createEventTriggers(
  admin: Session,
  statements: readonly string[],
  /** Those on login too: in a database that takes the place of the one that had them. */
  mayBeOnLogin: boolean,
): Promise<readonly Failure[]> {
  const parse = await sqlParser();
  const failures: Failure[] = [];
  for (const statement of statements) {
    if (/\bowner\s+to\b/i.test(statement) && /^alter/i.test(statement)) continue;
    const [only, ...more] = parse(statement) ?? [];
    const isPlain = more.length === 0 && only !== undefined && isAboutEventTrigger(only, mayBeOnLogin);
    const failure = isPlain
      ? await tryStatement(admin, statement)
      : { sqlstate: "42601", message: "not the statement that pg_dump writes" };
    if (failure !== null)
      failures.push({ object: firstWords(statement), ...failure, statement, isDependent: false });
  }
  return failures;
}

function isAboutEventTrigger(node: object, mayBeOnLogin: boolean): boolean {
  if ("CreateEventTrigStmt" in node) {
    const event = node.CreateEventTrigStmt;
    if (typeof event !== "object" || event === null || !("eventname" in event)) return false;
    return mayBeOnLogin || event.eventname !== "login";
  }
  if ("AlterEventTrigStmt" in node) return true;
  const comment = "CommentStmt" in node ? node.CommentStmt : null;
  return (
    typeof comment === "object" &&
    comment !== null &&
    "objtype" in comment &&
    comment.objtype === "OBJECT_EVENT_TRIGGER"
  );
}
