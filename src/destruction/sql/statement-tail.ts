import { hole } from "../destruction.ts";
import type { Token } from "./token.ts";

/** What may follow the names, by its first word: a clause of some dialect, or the next statement of one that needs no semicolon. */
const clauses: ReadonlySet<string> = new Set(
  "CASCADE RESTRICT SYNC ASYNC PERMANENTLY FORCE INCLUDING KEEP DESTROY DUMP PURGE REUSE".split(" "),
);
const starters: ReadonlySet<string> = new Set(
  (
    "ALTER BEGIN CALL COMMIT CREATE DECLARE DELETE DROP ELSE END EXEC EXECUTE FLUSH GRANT IF INSERT PRINT RAISERROR RETURN REVOKE " +
    "ROLLBACK SELECT SET THROW TRUNCATE UPDATE USE WAITFOR WHILE"
  ).split(" "),
);

const openName = new RegExp(`^${hole}+$`, "u");

/** Whether a token is nothing but a hole: any text may stand there. */
export function isHole(token: Token | undefined): boolean {
  return token !== undefined && openName.test(token.text);
}

/** Whether these words follow one another at a place. */
export function wordsAt(tokens: readonly Token[], at: number, ...words: readonly string[]): boolean {
  return words.every((word, index) => tokens[at + index]?.word === word);
}

/** Whether what stands behind the names of a statement may stand there: nothing, a clause, the next statement, a hole. */
export function isTail(tokens: readonly Token[], at: number): boolean {
  const [first, second] = [tokens[at], tokens[at + 1]];
  if (first === undefined) return true;
  if (wordsAt(tokens, at, "IF", "EXISTS")) return isTail(tokens, at + 2);
  if (clauses.has(first.word) || starters.has(first.word)) return true;
  if (first.word === "ON") return second?.word === "CLUSTER";
  if (first.word === "WITH") return second?.text === "(" || second?.word === "FORCE";
  if (first.word === "NO") return second?.word === "DELAY";
  return isHole(first) && isTail(tokens, at + 1);
}
