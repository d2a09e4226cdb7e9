import type { Token } from "./token.ts";

/** Words of which every destruction has one. */
const words =
  /^\uE000*(?:DROP\w*|TRUNCATE|DELETE|MERGE|ALTER|RENAME|REPLACE|DO|COPY|EXEC|EXECUTE|PREPARE|LANGUAGE|PG_DROP_\w*|DBLINK\w*|SET_CONFIG|SCHEDULE\w*|SP_\w*|OPENQUERY|EXEC_DDL_STATEMENT|SESSION_REPLICATION_ROLE|EVENT_TRIGGERS|LOG_STATEMENT|PGAUDIT|QUERY_TO_XML|SQLITE_\w*)\uE000*$/u;
/** The same in a string, which may be run, in a statement that takes strings for more than data. */
const texts = /drop|truncate|delete|alter|exec|dblink|pg_|set_config|session_replication/i;
const dataWords: ReadonlySet<string> = new Set(["INSERT", "UPDATE", "COMMENT", "VALUES", "REPLACE"]);

/** A catalog is destroyed by what writes to it. */
const writes = /^(?:INSERT|UPDATE)$/;
const catalog = /^\uE000*PG_/iu;

/** Whether a statement may destroy: most do not, and are looked at no further. */
export function isSuspicious(tokens: readonly Token[]): boolean {
  if (tokens.some(({ word }) => writes.test(word)) && tokens.some(({ text }) => catalog.test(text)))
    return true;
  const holdsData = dataWords.has(tokens[0]?.word ?? "");
  return tokens.some(({ type, word, text }) => {
    if (type === "string") return !holdsData && texts.test(text);
    if (type === "name")
      return words.test(text.toUpperCase()) || (!holdsData && text.includes(" ") && texts.test(text));
    return type === "word" && words.test(word);
  });
}
