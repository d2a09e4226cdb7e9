import type { DestructionKind } from "../kinds.ts";
import type { Token } from "./token.ts";

/** Words and texts of which every destruction of some kinds has one. */
export interface Suspicion {
  readonly words: RegExp;
  /** The same in a string, which may be run, in a statement that takes strings for more than data. */
  readonly texts: RegExp;
}

const destroying =
  "DROP\\w*|TRUNCATE|DELETE|MERGE|RENAME|REPLACE|DO|EXEC|EXECUTE|PREPARE|PG_DROP_\\w*|DBLINK\\w*|SCHEDULE\\w*|SP_\\w*|OPENQUERY|EXEC_DDL_STATEMENT|QUERY_TO_XML|SQLITE_\\w*";
const hiding = "ALTER|COPY|LANGUAGE|SET_CONFIG|SESSION_REPLICATION_ROLE|EVENT_TRIGGERS|LOG_STATEMENT|PGAUDIT";
const suspect = (words: string, texts: RegExp): Suspicion => ({
  words: new RegExp(`^\\uE000*(?:${words})\\uE000*$`, "u"),
  texts,
});
const narrow = suspect(
  destroying,
  /drop|truncate|delete|exec|dblink|(?:update|insert|merge)[^;]{0,1000}pg_/i,
);
const wide = suspect(
  `${destroying}|${hiding}`,
  /drop|truncate|delete|alter|exec|dblink|pg_|set_config|session_replication/i,
);

/** What those look like who ask for these kinds alone; null for all. */
export function suspicionOf(kinds: ReadonlySet<DestructionKind> | null): Suspicion {
  const isNarrow =
    kinds !== null && !kinds.has("functional") && !kinds.has("disarming") && !kinds.has("opaque");
  return isNarrow ? narrow : wide;
}

const dataWords: ReadonlySet<string> = new Set(["INSERT", "UPDATE", "COMMENT", "VALUES", "REPLACE"]);

/** A catalog is destroyed by what writes to it. */
const writes = /^(?:INSERT|UPDATE)$/;
const catalog = /^\uE000*PG_/iu;

/** Whether a statement may destroy: most do not, and are looked at no further. */
export function isSuspicious(tokens: readonly Token[], { words, texts }: Suspicion): boolean {
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
