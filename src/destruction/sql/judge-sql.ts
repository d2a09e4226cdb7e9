import type { SqlParser } from "../../postgres/parse-sql.ts";
import type { Destruction } from "../destruction.ts";
import type { DestructionKind } from "../kinds.ts";
import { suspicionOf } from "./is-suspicious.ts";
import { judgeAnswers, judgeText } from "./judge-text.ts";

/** No destruction is written without one of these: most texts are looked at no further. */
const mayDestroy =
  /drop|truncate|delete|merge|alter|rename|replace|exec|prepare|\bdo\b|pg_|session_replication|event_triggers|log_statement|set_config|dblink|program|language|schedule/i;

/**
 * What a text of SQL destroys, statement by statement, each judged on its own: by PostgreSQL's grammar (`certain`), and where that does not
 * take it by its words, as other dialects write them (`likely`). What stands in strings, comments and quoted names is nothing, unless it is
 * run: DO and function bodies are opened, `EXECUTE`, `EXEC('…')` and their like judged by the text that they run, and a query by what it
 * writes when psql's `\gexec` runs that. Text that is no SQL destroys nothing. Holes (`destruction.ts`) may stand anywhere. Takes time
 * linear in the text; never throws. `kinds`: only these are asked for, and others may be left out; null for all.
 */
export function judgeSql(
  text: string,
  parse: SqlParser,
  kinds: ReadonlySet<DestructionKind> | null = null,
): readonly Destruction[] {
  if (!mayDestroy.test(text)) return [];
  return judgeText(text, { parse, suspicion: suspicionOf(kinds) }, false, 0);
}

/**
 * What the answers of a text's queries destroy when they are run, one statement a field: `SELECT 'DROP DATABASE ' || datname FROM …`, where
 * a shell pipes what the client prints into a client. The text itself is not judged.
 */
export function judgeSqlOutput(text: string, parse: SqlParser): readonly Destruction[] {
  return mayDestroy.test(text) ? judgeAnswers(text, { parse, suspicion: suspicionOf(null) }) : [];
}
