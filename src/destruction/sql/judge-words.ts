import { showName } from "../found.ts";
import type { Found } from "../found.ts";
import { judgeDropWords } from "./judge-drop-words.ts";
import { isCatalog, isGrantTable } from "./catalogs.ts";
import { judgeAlterWords } from "./judge-alter-words.ts";
import { judgeProcedure } from "./judge-procedure.ts";
import { readName } from "./read-name.ts";
import { isTail, wordsAt } from "./statement-tail.ts";
import type { Token } from "./token.ts";

/**
 * What a statement that is not in PostgreSQL's grammar destroys, told from its words: `tokens` begin with it. Null when they have not the form
 * of one, to the last word of it: an English sentence has not.
 */
export function judgeWords(tokens: readonly Token[]): Found | null {
  switch (tokens[0]?.word) {
    case "DROP":
      return judgeDropWords(tokens);
    case "DROP_REPLICATION_SLOT":
      return named(tokens, 1, { kind: "slot", what: "DROP_REPLICATION_SLOT" });
    case "TRUNCATE": {
      const at = ["TABLE", "DATABASE"].includes(tokens[1]?.word ?? "") ? 2 : 1;
      return named(tokens, wordsAt(tokens, at, "IF", "EXISTS") ? at + 2 : at, {
        kind: "truncate",
        what: "TRUNCATE",
      });
    }
    case "DELETE":
      return judgeDelete(tokens);
    case "CREATE":
      return judgeReplacement(tokens);
    case "ALTER":
    case "RENAME":
      return judgeAlterWords(tokens);
    case "EXEC":
    case "EXECUTE":
      return judgeProcedure(tokens);
    default:
      return null;
  }
}

/** One name at a place, and nothing else behind it than what a statement may end with. */
function named(tokens: readonly Token[], at: number, found: Omit<Found, "names">): Found | null {
  const name = readName(tokens, at);
  return name !== null && isTail(tokens, name.next) ? { ...found, names: [showName(name.text)] } : null;
}

/** Rows of a system catalog, whatever the condition; all rows of another table. */
function judgeDelete(tokens: readonly Token[]): Found | null {
  const name = tokens[1]?.word === "FROM" ? readName(tokens, 2) : null;
  if (name === null) return null;
  const parts = name.text.split(".");
  const [schema, relation] = [parts.at(-2) ?? "", parts.at(-1) ?? ""];
  if (isCatalog(schema, relation) || isGrantTable(schema, relation))
    return { kind: "catalog", what: `DELETE FROM ${relation}`, names: [showName(name.text)] };
  return named(tokens, 2, { kind: "unbounded-delete", what: "DELETE without WHERE" });
}

/** MariaDB and Snowflake drop what is there before: `CREATE OR REPLACE DATABASE shop`. */
function judgeReplacement(tokens: readonly Token[]): Found | null {
  if (!wordsAt(tokens, 1, "OR", "REPLACE")) return null;
  const object = tokens[3]?.word;
  const name = readName(tokens, 4);
  if (name === null || (object !== "DATABASE" && object !== "SCHEMA")) return null;
  const kind = object === "DATABASE" ? "database" : "schema";
  return { kind, what: `CREATE OR REPLACE ${object}`, names: [showName(name.text)] };
}
