/** The aspects of a database, disjoint: every fact of a fingerprint belongs to exactly one. */
export const comparatorNames = [
  "schemas",
  "tables",
  "columns",
  "defaults",
  "not-null",
  "content",
  "sequences",
  "indexes",
  "constraints",
  "foreign-keys",
  "triggers",
  "trigger-state",
  "rules",
  "policies",
  "owners",
  "grants",
  "default-privileges",
  "views",
  "materialized-views",
  "functions",
  "types",
  "extensions",
  "comments",
  "large-objects",
  "statistics",
  "event-triggers",
  "database-settings",
  "other-objects",
] as const;

export type ComparatorName = (typeof comparatorNames)[number];

/** Where the difference arose: while dumping, in the archive at rest, or while restoring. */
export type Stage = "dump" | "storage" | "restore";

/** One thing that two databases do not share. `detail` holds counts, keys, digests and schema text, never values of rows. */
export interface Difference {
  /** For people: `index public.invoice_pkey`. */
  readonly object: string;
  /** The comparator that found it. */
  readonly kind: ComparatorName;
  readonly change: "missing" | "extra" | "changed";
  readonly stage: Stage;
  /** The fact of the object that differs; absent where the object is missing or extra, or its data differ. */
  readonly fact?: string;
  readonly detail: string;
}
