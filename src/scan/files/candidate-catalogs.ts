import { systemCatalogs } from "../../destruction/sql/catalogs.ts";
import type { CandidateWord } from "./candidate-word.ts";

const catalogNames = `pg_(?:catalog|shadow|roles|user|group|${[...systemCatalogs].join("|")})`;
/** What writes to a catalog stands before its name; a name alone in a literal may be put behind it. */
const writtenCatalog = new RegExp(
  `(?:update|delete|insert|merge|truncate|copy|alter)\\b[^;]*${catalogNames}\\b|["'\`](?:pg_catalog\\.)?(?!pg_catalog\\b)${catalogNames}["'\`]`,
  "i",
);
/** What a write to a catalog of PostgreSQL, MySQL or SQLite cannot do without. */
export const catalogs: readonly CandidateWord[] = [
  ...new Set(["pg_g", ...Array.from(systemCatalogs, (name) => `pg_${name.slice(0, 1)}`)]),
]
  .map((word): CandidateWord => ({ word, around: writtenCatalog }))
  .concat(
    { word: "sqlite_", around: /sqlite_(?:master|schema)/i },
    { word: "mysql", around: /mysql\W{1,3}(?:user|db|\w+_priv|role)/i },
    { word: "allow_system_table_mods" },
  );
