/** How an archive was written: `pg_dump --format`. */
export type ArchiveFormat = "custom" | "directory" | "tar" | "plain";

export type ArchiveSection = "none" | "pre-data" | "data" | "post-data";

/** One entry of an archive's table of contents; of a plain script, one of pg_dump's header comments. */
export interface ArchiveEntry {
  readonly dumpId: number;
  /** Where the object was in the source's catalog; zeros when it has no place there or the script does not say. */
  readonly tableOid: number;
  readonly oid: number;
  /** What pg_dump calls the kind of object: `TABLE`, `TABLE DATA`, `ACL`, `SEQUENCE SET` … */
  readonly desc: string;
  /** The object's name as pg_dump labels it, unquoted: `orders`, `f(integer)`, `TABLE orders` … */
  readonly tag: string;
  readonly namespace: string | null;
  /** "" when the object has no owner of its own. */
  readonly owner: string;
  readonly section: ArchiveSection;
  readonly defn: string;
  readonly dropStmt: string;
  readonly copyStmt: string;
  readonly dependencies: readonly number[];
  /** Whether the archive holds data (rows, large objects) for this entry. */
  readonly hasData: boolean;
  /** Of directory and tar archives: the file or member that holds the data. */
  readonly fileName: string | null;
}

/** An archive whose structure was read from its first to its last byte, with no server and no tool. */
export interface Archive {
  readonly path: string;
  readonly format: ArchiveFormat;
  /** `none`, `gzip`, `lz4`, `zstd`; what compresses the data inside (custom, directory) or the file itself (plain). */
  readonly compression: string;
  /** Whether the file as a whole is gzipped (`.sql.gz`, a gzipped tar …). */
  readonly gzipped: boolean;
  /** `1.14` …; null for plain scripts. */
  readonly archiveVersion: string | null;
  /** When pg_dump was started; of a plain script without such a comment, when the file was last written. */
  readonly createdAt: Date | null;
  /** The wall clock in an archive's head as it stands there: the same in every copy, another in every dump. null for plain scripts. */
  readonly stamp: string | null;
  readonly databaseName: string | null;
  readonly serverVersion: string | null;
  readonly dumpVersion: string | null;
  /** As PostgreSQL names it (`UTF8`); null when the archive does not say. */
  readonly encoding: string | null;
  readonly entries: readonly ArchiveEntry[];
  /** Whether custody dumped it, with `TimeZone` UTC and `bytea_output` hex: then no field needs normalising. */
  readonly isPinned: boolean;
  /** Of the file; of a directory, the sum of its files. */
  readonly bytes: number;
  /** Of the file, in hex; of a directory, over the lines `<sha256>  <name>\n` of its files, sorted by name. */
  readonly sha256: string;
}

/** The archive versions that this reader knows: 9.0 up to 18. */
export const oldestArchiveVersion = 12;
export const newestArchiveVersion = 16;

/** The oldest major version whose pg_restore reads the archive (source: `K_VERS_*` in pg_backup_archiver.h). */
export function oldestToolMajor(archive: Archive): number {
  switch (archive.archiveVersion) {
    case "1.16":
      return 17;
    case "1.15":
      return 16;
    default:
      return 12;
  }
}

/** `TABLE DATA public.orders (entry 3345)`: how messages name an entry. */
export function entryLabel(entry: Pick<ArchiveEntry, "desc" | "tag" | "namespace" | "dumpId">): string {
  return `${kindAndName(entry)} (entry ${entry.dumpId})`;
}

/** What a tag begins with when it names the kind of object that an entry is about: `TABLE orders` of a comment. */
const kindInTag =
  /^(OPERATOR (?:CLASS|FAMILY)|TEXT SEARCH [A-Z]+|FOREIGN TABLE|MATERIALIZED VIEW|[A-Z]+) (.*)$/s;

/** `TABLE DATA public.orders`, `COMMENT TABLE public.orders`, `USER MAPPING app SERVER fs`: no word of it twice. */
export function kindAndName({
  desc,
  tag,
  namespace,
}: Pick<ArchiveEntry, "desc" | "tag" | "namespace">): string {
  if (tag.startsWith(`${desc} `)) return tag;
  if (namespace === null) return `${desc} ${tag}`;
  const isAbout = desc === "COMMENT" || desc === "ACL" || desc === "SECURITY LABEL";
  const [, kind, name] = (isAbout ? kindInTag.exec(tag) : null) ?? [];
  return kind === undefined ? `${desc} ${namespace}.${tag}` : `${desc} ${kind} ${namespace}.${name}`;
}
