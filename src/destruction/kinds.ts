/**
 * What counts as a destruction: one list for the scanner and for the proxy (formats.md, "Kinds of destruction"). The
 * names are those that a policy speaks of.
 */
export const destructionKinds = [
  "database",
  "role",
  "owned",
  "schema",
  "catalog",
  "tablespace",
  "subscription",
  "slot",
  "extension",
  "table",
  "column",
  "type",
  "truncate",
  "unbounded-delete",
  "functional",
  "disarming",
  "opaque",
  "acl-user",
  "flush",
  "keys",
  "mongo-database",
  "mongo-user",
  "collection",
  "stream",
  "server",
] as const;

export type DestructionKind = (typeof destructionKinds)[number];

/** What `scan` counts as a finding when no policy names kinds. */
export const scannedByDefault: ReadonlySet<DestructionKind> = new Set([
  "database",
  "role",
  "owned",
  "schema",
  "catalog",
  "acl-user",
  "flush",
  "mongo-database",
  "mongo-user",
  "stream",
  "server",
]);
