import { quoteIdentifier, quoteLiteral } from "../../../postgres/identifiers.ts";

/** Settings whose values are lists of quoted names (`GUC_LIST_QUOTE`): as one literal they would become one name. */
const lists = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
]);

/** `SET name TO value` of an entry of `setconfig`, as pg_dump writes it; null for what is none. */
export function setClause(entry: string): string | null {
  const at = entry.indexOf("=");
  if (at <= 0) return null;
  const name = entry.slice(0, at);
  const value = entry.slice(at + 1);
  const said = lists.has(name.toLowerCase())
    ? splitList(value).map(quoteLiteral).join(", ")
    : quoteLiteral(value);
  // Names with dots are of extensions: each part is quoted by itself.
  return `set ${name.split(".").map(quoteIdentifier).join(".")} to ${said === "" ? "''" : said}`;
}

/** `"$user", public` → `$user` and `public`. Source: `SplitGUCList`. */
export function splitList(text: string): readonly string[] {
  return [...text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,"\s]+))\s*(?:,|$)/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? "",
  );
}
