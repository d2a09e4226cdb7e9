import { namesOf, partOf } from "../restate/names.ts";
import type { CatalogObject, ObjectKind } from "../fingerprint.ts";

/** What pg_dump calls a kind of object, in an entry of its own. */
export const descs: Readonly<Partial<Record<ObjectKind, readonly string[]>>> = {
  schema: ["SCHEMA"],
  extension: ["EXTENSION"],
  language: ["PROCEDURAL LANGUAGE"],
  type: ["TYPE", "DOMAIN", "SHELL TYPE"],
  table: ["TABLE"],
  "foreign-table": ["FOREIGN TABLE"],
  index: ["INDEX"],
  "foreign-key": ["FK CONSTRAINT"],
  trigger: ["TRIGGER"],
  rule: ["RULE"],
  policy: ["POLICY"],
  view: ["VIEW"],
  "materialized-view": ["MATERIALIZED VIEW"],
  sequence: ["SEQUENCE"],
  statistics: ["STATISTICS"],
  function: ["FUNCTION", "PROCEDURE", "AGGREGATE"],
  operator: ["OPERATOR"],
  "operator-class": ["OPERATOR CLASS"],
  "operator-family": ["OPERATOR FAMILY"],
  "access-method": ["ACCESS METHOD"],
  cast: ["CAST"],
  collation: ["COLLATION"],
  conversion: ["CONVERSION"],
  transform: ["TRANSFORM"],
  "text-search-configuration": ["TEXT SEARCH CONFIGURATION"],
  "text-search-dictionary": ["TEXT SEARCH DICTIONARY"],
  "text-search-parser": ["TEXT SEARCH PARSER"],
  "text-search-template": ["TEXT SEARCH TEMPLATE"],
  "foreign-data-wrapper": ["FOREIGN DATA WRAPPER"],
  server: ["SERVER"],
  "event-trigger": ["EVENT TRIGGER"],
};

/** The words before the name in an entry about privileges, where they are not those of `descs`. */
export const aclWords: Readonly<Partial<Record<ObjectKind, readonly string[]>>> = {
  "foreign-table": ["TABLE"],
  view: ["TABLE"],
  "materialized-view": ["TABLE"],
  language: ["LANGUAGE"],
  server: ["FOREIGN SERVER"],
  "large-object": ["LARGE OBJECT"],
};

export const commentWords: Readonly<Partial<Record<ObjectKind, readonly string[]>>> = {
  constraint: ["CONSTRAINT"],
  "foreign-key": ["CONSTRAINT"],
  language: ["LANGUAGE"],
  "large-object": ["LARGE OBJECT"],
};

/** Kinds of objects that lie in no schema. */
const schemaless: ReadonlySet<ObjectKind> = new Set([
  "schema",
  "extension",
  "language",
  "access-method",
  "foreign-data-wrapper",
  "server",
  "event-trigger",
  "large-object",
]);

/** Kinds whose identity is `name on schema.table`, and whose tag is `table name`. */
export const partsOfTables: ReadonlySet<ObjectKind> = new Set([
  "constraint",
  "foreign-key",
  "trigger",
  "rule",
  "policy",
]);

/** What an object is called: its schema, its own name, the table that it is on, the types of its arguments. */
export interface Called {
  readonly namespace: string | null;
  readonly name: string;
  readonly table: string | null;
  readonly args: string | null;
}

/** The tag of the entry that makes an object. */
export function tagOf(object: CatalogObject): string {
  const { name, table, args } = calledBy(object);
  if (object.kind === "cast") return `CAST (${object.identity.replace(" as ", " AS ")})`;
  if (object.kind === "transform")
    return `TRANSFORM ${object.identity.replace("for ", "FOR ").replace(" language ", " LANGUAGE ")}`;
  if (table !== null) return `${table} ${name}`;
  return object.kind === "function" ? `${name}${args ?? ""}` : name;
}

/** Takes an identity apart. */
export function calledBy({ kind, identity }: CatalogObject): Called {
  if (partsOfTables.has(kind)) {
    const { part, whole } = partOf(identity);
    const [namespace = null, table = ""] = namesOf(whole);
    return { namespace, name: namesOf(part)[0] ?? "", table, args: null };
  }
  const names = namesOf(identity);
  if (kind === "cast" || kind === "transform" || names.length === 0)
    return { namespace: null, name: identity, table: null, args: null };
  if (schemaless.has(kind)) return { namespace: null, name: names[0] ?? "", table: null, args: null };
  const start = identity.indexOf("(", identity.indexOf(names.at(-1) ?? ""));
  const args = kind === "function" && start >= 0 ? identity.slice(start) : null;
  return { namespace: names[0] ?? "", name: names[1] ?? "", table: null, args };
}
