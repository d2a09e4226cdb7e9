import type { ObjectKind } from "../fingerprint.ts";
import type { ComparatorName } from "./difference.ts";

/** Who reports that an object is missing or extra, and every fact of it that is not named below. null: listed, never compared. */
export const comparatorByKind: Readonly<Record<ObjectKind, ComparatorName | null>> = {
  database: "database-settings",
  schema: "schemas",
  extension: "extensions",
  language: "other-objects",
  type: "types",
  "domain-constraint": "types",
  table: "tables",
  "foreign-table": "tables",
  column: "columns",
  index: "indexes",
  constraint: "constraints",
  "foreign-key": "foreign-keys",
  trigger: "triggers",
  rule: "rules",
  policy: "policies",
  view: "views",
  "materialized-view": "materialized-views",
  sequence: "sequences",
  statistics: "statistics",
  function: "functions",
  operator: "other-objects",
  "operator-class": "other-objects",
  "operator-family": "other-objects",
  "access-method": "other-objects",
  cast: "other-objects",
  collation: "other-objects",
  conversion: "other-objects",
  transform: "other-objects",
  "text-search-configuration": "other-objects",
  "text-search-dictionary": "other-objects",
  "text-search-parser": "other-objects",
  "text-search-template": "other-objects",
  "foreign-data-wrapper": "other-objects",
  server: "other-objects",
  "event-trigger": "event-triggers",
  "default-privileges": "default-privileges",
  // A restored database must not reach production: smoke leaves these out on purpose.
  "user-mapping": null,
  publication: null,
  subscription: null,
  "large-object": "large-objects",
  "system-object": "grants",
  "security-label": "other-objects",
};

const byFact: Readonly<Record<string, ComparatorName | null>> = {
  owner: "owners",
  grants: "grants",
  comment: "comments",
  "row security": "policies",
  default: "defaults",
  generated: "defaults",
  "column order": "columns",
  "not null": "not-null",
  enabled: "trigger-state",
  // Known for what it explains (see tolerance.ts), not compared.
  "default owner": null,
};

/** Facts of these kinds never go by their name. */
const whole: ReadonlySet<ObjectKind> = new Set([
  "database",
  "default-privileges",
  "event-trigger",
  "system-object",
]);

/** The one comparator that an object's being there belongs to. Whether a large object is there, its bytes say. */
export function comparatorOfObject(kind: ObjectKind): ComparatorName | null {
  return kind === "large-object" ? null : comparatorByKind[kind];
}

/** The one comparator that a fact belongs to. */
export function comparatorOfFact(kind: ObjectKind, fact: string): ComparatorName | null {
  const own = comparatorByKind[kind];
  // An event trigger's owner must be a superuser, and which one a server has is not the database's.
  if (kind === "event-trigger" && fact === "owner") return null;
  if (own === null || whole.has(kind)) return own;
  if (kind === "type" && (fact === "default" || fact === "not null")) return own;
  // CREATE EXTENSION takes the version that is there; a dump holds none.
  if (kind === "extension" && fact === "version") return null;
  const named = byFact[fact];
  return named === undefined ? own : named;
}
