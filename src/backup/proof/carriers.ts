import type { ArchiveEntry } from "../archive/archive.ts";
import type { Difference } from "../compare/difference.ts";
import { namesOf, partOf } from "../restate/names.ts";
import type { CatalogObject, ObjectKind } from "../fingerprint.ts";
import type { ArchivedEntries } from "./archived-entries.ts";
import { aclWords, calledBy, commentWords, descs, partsOfTables, tagOf } from "./entry-names.ts";

/**
 * The entries of an archive that bring what a comparator looks at in an object: none means that the archive does not hold
 * it, null that the table of contents does not tell. `ancestors` gives the tables that a table inherits from, nearest first.
 */
export function carriersOf(
  { kind: comparator, fact }: Pick<Difference, "kind" | "fact">,
  object: CatalogObject,
  entries: ArchivedEntries,
  ancestors: (table: string) => readonly string[],
): readonly ArchiveEntry[] | null {
  switch (comparator) {
    case "grants":
      return carriersOfGrants(object, entries);
    case "comments":
      return carriersOfComment(object, entries);
    case "owners":
      return ownersOf(object, entries);
    case "default-privileges":
      return carriersOfDefaults(object.identity, entries);
    case "policies":
      return object.kind === "table" ? inTable("ROW SECURITY", object, entries) : ownEntries(object, entries);
    case "triggers":
    case "trigger-state":
    case "constraints":
      return onTableOrAbove(object, entries, ancestors);
    case "columns":
    case "defaults":
    case "not-null":
      return carriersOfColumn(object, entries);
    case "content":
    case "large-objects":
    case "database-settings":
      return null;
    default:
      return carriersOfFact(object, fact, entries) ?? ownEntries(object, entries);
  }
}

/** Facts that have an entry of their own beside their object's; null for the others. */
function carriersOfFact(
  object: CatalogObject,
  fact: string | undefined,
  entries: ArchivedEntries,
): readonly ArchiveEntry[] | null {
  const { kind, facts } = object;
  if (kind === "materialized-view" && fact === "populated")
    return inTable("MATERIALIZED VIEW DATA", object, entries);
  if (kind === "sequence" && fact === "owned by" && facts[fact]?.endsWith(" as identity") !== true)
    return inTable("SEQUENCE OWNED BY", object, entries);
  if (kind === "table" && fact === "partition bound") return inTable("TABLE ATTACH", object, entries);
  if (kind === "index" && fact === "part of") return inTable("INDEX ATTACH", object, entries);
  if (kind !== "table" || (fact !== "clustered on" && fact !== "replica identity")) return null;
  const [namespace, index] = namesOf(facts[fact] ?? "");
  if (namespace === undefined || index === undefined) return null;
  const table = namesOf(object.identity).at(-1) ?? "";
  return [
    ...entries.find(["INDEX"], namespace, index),
    ...entries.find(["CONSTRAINT"], namespace, `${table} ${index}`),
  ];
}

function inTable(
  desc: string,
  { identity }: CatalogObject,
  entries: ArchivedEntries,
): readonly ArchiveEntry[] {
  const [namespace = null, name = ""] = namesOf(identity);
  return entries.find([desc], namespace, name);
}

function ownEntries(object: CatalogObject, entries: ArchivedEntries): readonly ArchiveEntry[] | null {
  const kinds = descs[object.kind];
  if (kinds === undefined) return null;
  const found = entries.find(kinds, calledBy(object).namespace, tagOf(object));
  // Every database has a schema public: an entry tells only what is unusual about it.
  return found.length === 0 && object.kind === "schema" && object.identity === "public" ? null : found;
}

/** A CHECK stands in its table's entry or in one of its own; those of partitions come with what they inherit from. */
function onTableOrAbove(
  object: CatalogObject,
  entries: ArchivedEntries,
  ancestors: (table: string) => readonly string[],
): readonly ArchiveEntry[] | null {
  if (!partsOfTables.has(object.kind)) return ownEntries(object, entries);
  const { part, whole } = partOf(object.identity);
  const name = namesOf(part)[0] ?? "";
  const kinds =
    object.kind === "constraint" ? ["CONSTRAINT", "CHECK CONSTRAINT"] : (descs[object.kind] ?? []);
  return [whole, ...ancestors(whole)].flatMap((table) => {
    const [namespace = null, tableName = ""] = namesOf(table);
    const inline =
      object.kind === "constraint" ? entries.find(["TABLE", "FOREIGN TABLE"], namespace, tableName) : [];
    return [
      ...entries.find(kinds, namespace, `${tableName} ${name}`),
      ...inline.filter(({ defn }) => defn.includes(`CONSTRAINT ${part} `)),
    ];
  });
}

const relations = ["TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "TYPE"];

function carriersOfColumn(object: CatalogObject, entries: ArchivedEntries): readonly ArchiveEntry[] | null {
  if (object.kind !== "column") return ownEntries(object, entries);
  const [namespace = null, table = "", column = ""] = namesOf(object.identity);
  return [
    ...entries.find(["DEFAULT"], namespace, `${table} ${column}`),
    ...entries.find(relations, namespace, table),
  ];
}

/** Those entries that name an owner: `--no-owner` leaves it out of a script. */
function ownersOf(object: CatalogObject, entries: ArchivedEntries): readonly ArchiveEntry[] | null {
  const own =
    object.kind === "large-object"
      ? [...entries.find(["BLOB"], null, object.identity), ...entries.ofKind("BLOB METADATA")]
      : ownEntries(object, entries);
  return own?.filter(({ owner }) => owner !== "") ?? null;
}

function carriersOfGrants(object: CatalogObject, entries: ArchivedEntries): readonly ArchiveEntry[] | null {
  if (entries.ofKind("ACL").length === 0) return [];
  if (object.kind === "system-object") return carriersOfSystemGrants(object.identity, entries);
  return labelled("ACL", aclWords[object.kind] ?? descs[object.kind], object, entries);
}

const systemWords: readonly (readonly [start: string, kind: ObjectKind])[] = [
  ["relation ", "table"],
  ["sequence ", "sequence"],
  ["function ", "function"],
  ["type ", "type"],
  ["column ", "column"],
  ["schema ", "schema"],
  ["language ", "language"],
  ["foreign-data-wrapper ", "foreign-data-wrapper"],
  ["server ", "server"],
];

function carriersOfSystemGrants(identity: string, entries: ArchivedEntries): readonly ArchiveEntry[] | null {
  const found = systemWords.find(([start]) => identity.startsWith(start));
  if (found === undefined) return null;
  const [start, kind] = found;
  return carriersOfGrants({ kind, identity: identity.slice(start.length), facts: {} }, entries);
}

function carriersOfComment(object: CatalogObject, entries: ArchivedEntries): readonly ArchiveEntry[] | null {
  if (entries.ofKind("COMMENT").length === 0) return [];
  return labelled("COMMENT", commentWords[object.kind] ?? descs[object.kind], object, entries);
}

/** Entries about an object, whose tags are a word for its kind and its name. */
function labelled(
  desc: string,
  words: readonly string[] | undefined,
  object: CatalogObject,
  entries: ArchivedEntries,
): readonly ArchiveEntry[] | null {
  if (object.kind === "column") {
    const [namespace = null, table = "", column = ""] = namesOf(object.identity);
    return entries.find([desc], namespace, `COLUMN ${table}.${column}`);
  }
  if (words === undefined || object.kind.startsWith("operator")) return null;
  // Since 17 large objects with the same privileges share an entry.
  if (
    entries.ofKind(desc).some(({ tag }) => object.kind === "large-object" && tag.startsWith("LARGE OBJECTS "))
  )
    return null;
  const { namespace, name, table, args } = calledBy(object);
  return words.flatMap((word) => {
    if (args !== null)
      return entries
        .findHead([desc], namespace, `${word} ${name}`)
        .filter(({ tag }) => hasArguments(tag, args));
    if (object.kind === "cast" || object.kind === "transform")
      return entries.find([desc], null, tagOf(object));
    return entries.find(
      [desc],
      namespace,
      table === null ? `${word} ${name}` : `${word} ${name} ON ${table}`,
    );
  });
}

/** Whether `f(a integer, b text)` has the arguments `(integer, text)`. */
function hasArguments(tag: string, args: string): boolean {
  const given = tag.slice(tag.indexOf("(") + 1, -1).split(", ");
  const wanted = args.slice(1, -1).split(", ");
  return given.length === wanted.length && wanted.every((type, at) => given[at]?.endsWith(type));
}

/** `of app_owner in app on tables` */
function carriersOfDefaults(identity: string, entries: ArchivedEntries): readonly ArchiveEntry[] {
  const [, role = "", schema, kind = ""] = /^of (.*?)(?: in (.*))? on ([a-z ]+)$/s.exec(identity) ?? [];
  const namespace = schema === undefined ? null : (namesOf(schema)[0] ?? null);
  return entries
    .find(["DEFAULT ACL"], namespace, `DEFAULT PRIVILEGES FOR ${kind.toUpperCase()}`)
    .filter(({ owner }) => owner === role || owner === "");
}
