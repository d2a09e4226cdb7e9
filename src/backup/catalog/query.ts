import type { ObjectKind } from "../fingerprint.ts";

/** What a query may depend on. */
export interface CatalogServer {
  readonly major: number;
}

/** One statement over the catalogs, for the versions 14 to 18. Its rows are `CatalogRow`. */
export type CatalogQuery = (server: CatalogServer) => string;

/** The value of a fact as SQL gives it: false and null mean that it does not apply. */
export type FactValue = string | number | boolean | readonly string[] | null;

export interface CatalogRow {
  readonly kind: ObjectKind;
  readonly identity: string;
  /** `objectKey` of what it is a part of. */
  readonly parent: string | null;
  readonly facts: Readonly<Record<string, FactValue>>;
  /** The owner to whom default privileges belong; null when the object has no privileges. */
  readonly acl_owner: string | null;
  /** Kind of object as `acldefault` names it. */
  readonly acl_kind: AclKind | null;
  /** The acl's items as text; null stands for the defaults of its kind. */
  readonly acl: readonly string[] | null;
  /** What an extension or initdb gave: then only what differs from it is a fact. */
  readonly acl_before?: readonly string[] | null;
}

/** c column, r table, s sequence, d database, f function, l language, L large object, n schema, F wrapper, S server, T type. */
export type AclKind = "c" | "r" | "s" | "d" | "f" | "l" | "L" | "n" | "F" | "S" | "T";
