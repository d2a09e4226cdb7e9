/** What kinds of objects a catalog holds; people read it before the identity: `index public.invoice_pkey`. */
export type ObjectKind =
  | "database"
  | "schema"
  | "extension"
  | "language"
  | "type"
  | "domain-constraint"
  | "table"
  | "foreign-table"
  | "column"
  | "index"
  | "constraint"
  | "foreign-key"
  | "trigger"
  | "rule"
  | "policy"
  | "view"
  | "materialized-view"
  | "sequence"
  | "statistics"
  | "function"
  | "operator"
  | "operator-class"
  | "operator-family"
  | "access-method"
  | "cast"
  | "collation"
  | "conversion"
  | "transform"
  | "text-search-configuration"
  | "text-search-dictionary"
  | "text-search-parser"
  | "text-search-template"
  | "foreign-data-wrapper"
  | "server"
  | "user-mapping"
  | "event-trigger"
  | "default-privileges"
  | "publication"
  | "subscription"
  | "large-object"
  | "system-object"
  | "security-label";

/**
 * One object of a database's catalog, without OIDs: `kind` and `identity` name the same object in every restore.
 * `facts` hold what must be equal (`owner`, `grants`, `definition`, …); a fact that does not apply is absent.
 */
export interface CatalogObject {
  readonly kind: ObjectKind;
  /** Qualified, names as `identityOf` writes them: `public.invoice`, `public."a.b""c"`, `public.f(integer, text)`. */
  readonly identity: string;
  /** The object that this one is a part of, as `objectKey` writes it; when that is missing, this one is not reported too. */
  readonly parent?: string;
  readonly facts: Readonly<Record<string, string>>;
}

/** One string for an object, unique in a fingerprint. */
export function objectKey(kind: ObjectKind, identity: string): string {
  return `${kind} ${identity}`;
}

/** The rows of one table, each table by itself (no children, no partitions of it). */
export interface TableContent {
  /** `identityOf(schema, table)`: the `identity` of its `CatalogObject`. */
  readonly table: string;
  /** Names in the order in which COPY wrote them; generated columns are left out. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** 64 hex digits: see `createContentDigest`. */
  readonly digest: string;
  /** Bytes of COPY text, newlines included. */
  readonly bytes: number;
}

export interface SequenceValue {
  /** `identityOf(schema, sequence)`. */
  readonly sequence: string;
  readonly lastValue: string;
  readonly isCalled: boolean;
}

export interface LargeObject {
  readonly oid: number;
  readonly bytes: number;
  /** SHA-256 of its bytes, in hex. */
  readonly digest: string;
}

/** The data of a database, or of an archive: all that needs no catalog to compare. */
export interface Contents {
  readonly tables: readonly TableContent[];
  readonly sequences: readonly SequenceValue[];
  readonly largeObjects: readonly LargeObject[];
  /** Client encoding of the COPY text behind the digests, such as `UTF8`; digests of two encodings do not compare. */
  readonly encoding: string;
}

/** What two databases must share to be equal. */
export interface Fingerprint extends Contents {
  /** Such as `15.18`. */
  readonly serverVersion: string;
  /** The database's own name: never compared. */
  readonly database: string;
  readonly objects: readonly CatalogObject[];
}

/**
 * A name as an identity shows it: quoted only where its characters ask for it. Not quoted because of a keyword, since
 * every version of PostgreSQL has others; so it is for people and for comparing, never for SQL.
 */
export function identityOf(...names: readonly string[]): string {
  return names
    .map((name) => (/^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`))
    .join(".");
}
