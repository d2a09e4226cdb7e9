import { judgeWords } from "../judge-words.ts";
import { isListed } from "./collect-statements.ts";
import type { WireStatement } from "./collect-statements.ts";
import { holdsDoubt } from "./is-doubtful.ts";
import type { SqlReader } from "./judgement.ts";
import { headOf, nothing, unknown } from "./statement-judgement.ts";
import type { StatementJudgement } from "./statement-judgement.ts";

/** What makes more of a CREATE than an object that holds data. */
const loudObjects = /\b(?:FUNCTION|PROCEDURE|RULE|EXECUTE|EXTENSION|LANGUAGE)\b/;

/** What a statement destroys that is longer than the grammar is asked about: by its first tokens where they are certain, else it is opaque. */
export function judgeLong(statement: WireStatement, reader: SqlReader): StatementJudgement {
  const { tokens, seen } = statement;
  const all = unknown(headOf(tokens));
  if (seen.holdsSemicolon) return all;
  const head = tokens.map(({ word }) => word).join(" ");
  switch (tokens[0]?.word) {
    case "DROP":
    case "TRUNCATE": {
      const end = tokens.findLastIndex(({ text, type }) => type === "symbol" && text === ",");
      const found = end < 0 ? null : judgeWords(tokens.slice(0, end));
      return found === null ? all : { ...nothing, found: [{ ...found, names: [...found.names, "…"] }] };
    }
    case "DELETE":
      return isListedDelete(statement) ? nothing : all;
    case "CREATE": {
      const isQuiet = !loudObjects.test(head) && !holdsDoubt(seen, reader);
      return isQuiet && !seen.words.has("execute") ? nothing : all;
    }
    default:
      return all;
  }
}

/** `DELETE FROM t WHERE id IN (1, 2, …)`: of a table that is no catalog, by a list of constants to its end. */
function isListedDelete({ tokens, seen }: WireStatement): boolean {
  const where = tokens.findIndex(({ word }) => word === "WHERE");
  const open = tokens.findIndex(({ text, type }) => type === "symbol" && text === "(");
  if (where < 0 || open !== where + 3 || tokens[where + 2]?.word !== "IN") return false;
  const [table, column] = [tokens.slice(2, where), tokens[where + 1]];
  const isTable =
    table.length > 0 && table.every(({ type, text }) => type === "word" || type === "name" || text === ".");
  const isColumn = column?.type === "word" || column?.type === "name";
  return isTable && isColumn && !seen.namesCatalog && seen.isListBehind && tokens.slice(open).every(isListed);
}
