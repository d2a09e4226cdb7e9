import type { DestructionKind } from "../kinds.ts";
import { showName } from "../found.ts";
import type { Found } from "../found.ts";
import { readName } from "./read-name.ts";
import type { Token } from "./token.ts";

/** What `DROP <words>` destroys in one dialect or another. Null: it looks like one that counts, and is none. */
const objects: ReadonlyMap<string, readonly [kind: DestructionKind, what: string] | null> = new Map([
  ["DATABASE", ["database", "DROP DATABASE"]],
  ["PLUGGABLE DATABASE", ["database", "DROP PLUGGABLE DATABASE"]],
  ["KEYSPACE", ["database", "DROP KEYSPACE"]],
  ["CATALOG", ["database", "DROP CATALOG"]],
  ["DATABASE LINK", null],
  ["DATABASE SCOPED", null],
  ["DATABASE AUDIT", null],
  ["DATABASE ENCRYPTION", null],
  ["DATABASE ROLE", ["role", "DROP DATABASE ROLE"]],
  ["SCHEMA", ["schema", "DROP SCHEMA"]],
  ["USER", ["role", "DROP USER"]],
  ["ROLE", ["role", "DROP ROLE"]],
  ["GROUP", ["role", "DROP GROUP"]],
  ["LOGIN", ["role", "DROP LOGIN"]],
  ["SERVER ROLE", ["role", "DROP SERVER ROLE"]],
  ["APPLICATION ROLE", ["role", "DROP APPLICATION ROLE"]],
  ["USER MAPPING", null],
  ["ROLE MAPPING", null],
  ["OWNED BY", ["owned", "DROP OWNED"]],
  ["TABLESPACE", ["tablespace", "DROP TABLESPACE"]],
  ["SUBSCRIPTION", ["subscription", "DROP SUBSCRIPTION"]],
  ["EXTENSION", ["extension", "DROP EXTENSION"]],
  ["TABLE", ["table", "DROP TABLE"]],
  ["FOREIGN TABLE", ["table", "DROP FOREIGN TABLE"]],
  ["EXTERNAL TABLE", ["table", "DROP EXTERNAL TABLE"]],
  ["VIEW", ["table", "DROP VIEW"]],
  ["MATERIALIZED VIEW", ["table", "DROP MATERIALIZED VIEW"]],
  ["SEQUENCE", ["table", "DROP SEQUENCE"]],
  ["TYPE", ["type", "DROP TYPE"]],
  ["DOMAIN", ["type", "DROP DOMAIN"]],
]);

/** What may follow the names, by its first word: a clause of some dialect, or the next statement of one that needs no semicolon. */
const clauses: ReadonlySet<string> = new Set(
  "CASCADE RESTRICT SYNC PERMANENTLY FORCE INCLUDING KEEP DESTROY DUMP PURGE".split(" "),
);
const starters: ReadonlySet<string> = new Set(
  (
    "ALTER BEGIN CALL COMMIT CREATE DECLARE DELETE DROP ELSE END EXEC EXECUTE FLUSH GRANT IF INSERT PRINT RAISERROR RETURN REVOKE " +
    "ROLLBACK SELECT SET THROW TRUNCATE UPDATE USE WAITFOR WHILE"
  ).split(" "),
);

/**
 * What a statement that is not in PostgreSQL's grammar drops, told from its words: `tokens` begin with it. Null when they have not the form of
 * one, to the last word of it: an English sentence has not.
 */
export function judgeWords(tokens: readonly Token[]): Found | null {
  if (tokens[0]?.word !== "DROP") return null;
  const object = readObject(tokens);
  if (object === null) return null;
  const { kind, what } = object;
  let { next } = object;
  if (isIfExists(tokens, next)) next += 2;
  const names: string[] = [];
  let isBackticked = false;
  for (;;) {
    const name = readName(tokens, next);
    if (name === null) return null;
    names.push(showName(name.text));
    isBackticked ||= name.isBackticked;
    next = name.next;
    if (tokens[next]?.text !== ",") break;
    next += 1;
  }
  if (!isTail(tokens, next)) return null;
  // MySQL's schemas are its databases.
  return kind === "schema" && isBackticked ? { kind: "database", what, names } : { kind, what, names };
}

function readObject(
  tokens: readonly Token[],
): { readonly kind: DestructionKind; readonly what: string; readonly next: number } | null {
  const [first, second] = [tokens[1]?.word ?? "", tokens[2]?.word ?? ""];
  const pair = objects.get(`${first} ${second}`);
  if (pair === null) return null;
  const single = objects.get(first);
  const [found, next] = pair === undefined ? [single, 2] : [pair, 3];
  if (found === undefined || found === null) return null;
  return { kind: found[0], what: found[1], next };
}

function isIfExists(tokens: readonly Token[], at: number): boolean {
  return tokens[at]?.word === "IF" && tokens[at + 1]?.word === "EXISTS";
}

function isTail(tokens: readonly Token[], at: number): boolean {
  const [first, second] = [tokens[at], tokens[at + 1]];
  if (first === undefined) return true;
  if (isIfExists(tokens, at)) return tokens[at + 2] === undefined || isTail(tokens, at + 2);
  if (clauses.has(first.word) || starters.has(first.word)) return true;
  if (first.word === "ON") return second?.word === "CLUSTER";
  if (first.word === "WITH") return second?.text === "(" || second?.word === "FORCE";
  if (first.word === "NO") return second?.word === "DELAY";
  return first.word.startsWith("\uE000") && tokens.length === at + 1;
}
