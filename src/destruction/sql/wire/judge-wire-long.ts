import { judgeWords } from "../judge-words.ts";
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
  const head = tokens.map(({ word }) => word).join(" ");
  switch (tokens[0]?.word) {
    case "DROP":
    case "TRUNCATE": {
      const end = tokens.findLastIndex(({ text, type }) => type === "symbol" && text === ",");
      const found = end < 0 ? null : judgeWords(tokens.slice(0, end));
      return found === null ? all : { ...nothing, found: [{ ...found, names: [...found.names, "…"] }] };
    }
    case "CREATE":
    case "COPY": {
      const isQuiet = !loudObjects.test(head) && !holdsDoubt(seen, reader);
      return isQuiet && !seen.words.has("program") && !seen.words.has("execute") ? nothing : all;
    }
    default:
      return all;
  }
}
