import type { Token } from "./token.ts";

/** Behind these a statement begins in every procedural dialect. */
const openers: ReadonlySet<string> = new Set(["BEGIN", "ATOMIC", "TRY", "CATCH", "TRAN", "TRANSACTION"]);
/** Behind these one begins inside of a body; elsewhere they are English, or belong to an expression. */
const bodyOpeners: ReadonlySet<string> = new Set(["THEN", "ELSE", "LOOP", "DO"]);
/** What has its body behind AS or IS. */
const definitions: ReadonlySet<string> = new Set(["CREATE", "ALTER", "PROCEDURE", "FUNCTION", "PACKAGE"]);
/** Where one of these begins a line, or stands behind a condition, SQL Server needs no semicolon before it. */
const starters: ReadonlySet<string> = new Set(
  "ALTER CREATE DECLARE DELETE DROP END EXEC EXECUTE GRANT IF INSERT PRINT REVOKE SELECT SET TRUNCATE UPDATE USE WHILE".split(
    " ",
  ),
);
const conditionEnds: ReadonlySet<string> = new Set(["NULL", "IMMEDIATE", "END", "SINGLE_USER"]);
const executors: ReadonlySet<string> = new Set(["DROP", "EXEC", "EXECUTE", "TRUNCATE", "ALTER", "DELETE"]);

/** Cuts what stands between two semicolons where a block, or a batch of SQL Server's, begins another statement. */
export function splitBlocks(tokens: readonly Token[], isBody: boolean): readonly (readonly Token[])[] {
  const pieces: (readonly Token[])[] = [];
  let from = 0;
  const cut = (at: number): void => {
    if (at > from) pieces.push(tokens.slice(from, at));
    from = at;
  };
  const isBatch = starters.has(tokens[0]?.word ?? "") || openers.has(tokens[0]?.word ?? "");
  const isDefinition = isBody && definitions.has(tokens[0]?.word ?? "");
  let depth = 0;
  tokens.forEach((token, index) => {
    const previous = tokens[index - 1];
    if (token.type === "symbol" && token.text === "(") depth += 1;
    if (token.type === "symbol" && token.text === ")") depth -= 1;
    if (previous === undefined || token.type !== "word") return;
    const isBehindAs = isDefinition && depth <= 0 && (previous.word === "AS" || previous.word === "IS");
    if (openers.has(previous.word) || isBehindAs || (isBody && bodyOpeners.has(previous.word))) cut(index);
    else if (openers.has(token.word) && isBody) cut(index);
    else if (isBatch && depth <= 0 && starters.has(token.word)) {
      const isAfterValue = tokens[0]?.word === "IF" && previous.type !== "symbol" && previous.type !== "word";
      const isAfterCondition =
        isAfterValue ||
        previous.text === ")" ||
        conditionEnds.has(previous.word) ||
        tokens[index - 2]?.word === "USE";
      if (token.startsLine || (isAfterCondition && executors.has(token.word))) cut(index);
    }
  });
  cut(tokens.length);
  return pieces;
}
