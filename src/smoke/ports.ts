import type { DsseEnvelope } from "../audit/dsse.ts";
import type { SigningKey } from "../audit/note/signing-key.ts";
import type { ChainMark } from "../audit/verify-chain.ts";
import type { Archive, ArchiveFormat } from "../backup/archive/archive.ts";
import type { CatalogObject, Contents, Fingerprint, TableContent } from "../backup/fingerprint.ts";
import type { TableToRead } from "../backup/list-tables.ts";
import type { Manifest } from "../backup/manifest.ts";
import type { ConnectionSettings } from "../postgres/settings.ts";
import type { Comparison } from "./judge.ts";

/** How far a long step has come; `total` is absent when it is not known. */
export type Watch = (done: number, total?: number) => void;

/** What the chain of a database looked like, recomputed outside the database. */
export interface ChainReading {
  readonly schema: string;
  readonly profile: string;
  readonly rowCount: number;
  readonly headHash: string;
  readonly firstBreakId: string;
  readonly firstBreakPos: number;
  readonly walked: number;
  /** One line for each finding. */
  readonly findings: readonly string[];
  readonly newestEventAt: Date | null;
  /** Where to begin when only the newest rows are read again; null where all of them have to be. */
  readonly mark: ChainMark | null;
}

/** What identifies a database and the server that it is on. */
export interface DatabaseFacts {
  /** Without secrets. */
  readonly address: string;
  readonly database: string;
  readonly serverVersion: string;
  readonly major: number;
  readonly isStandby: boolean;
  /** The exported snapshot; null where the database is not read in one. */
  readonly snapshot: string | null;
  /** null when the role may not ask. */
  readonly systemIdentifier: string | null;
  readonly sizeBytes: number;
}

export type ColumnOrder = Pick<TableContent, "table" | "columns">;

/** A database read in one snapshot, by sessions that are READ ONLY. */
export interface DatabaseReader extends AsyncDisposable {
  readonly facts: DatabaseFacts;
  readonly settings: ConnectionSettings;
  /** Also locks every table in ACCESS SHARE mode, and throws `permission-denied` naming all that may not be read. */
  readCatalog(): Promise<readonly CatalogObject[]>;
  /**
   * `before`: in which order the columns of each table were read on the other side; a restore may change it. `encoding`: that of the
   * other side's text, null for the database's own.
   */
  readContents(before: readonly ColumnOrder[], encoding: string | null, watch: Watch): Promise<Contents>;
  /** How far a pg_dump of this database has come: bytes of rows, of about so many. */
  dumpProgress(): Promise<{ readonly done: number; readonly total: number }>;
  /** null: the database has no chain. */
  readChain(watch: Watch): Promise<ChainReading | null>;
}

/** Reads inside the one transaction in which faults are planted; disposing of it rolls everything back. */
export interface Saboteur extends AsyncDisposable {
  /** Runs the statements under a savepoint; false (and undone) when the server refused one, or an UPDATE or DELETE found no row. */
  attempt(statements: readonly string[]): Promise<boolean>;
  /** Back to before the last successful attempt. */
  undo(): Promise<void>;
  query(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  readCatalog(): Promise<readonly CatalogObject[]>;
  readTable(table: string, columns: readonly string[]): Promise<TableContent>;
  readSequences(): Promise<Contents["sequences"]>;
  readLargeObjects(): Promise<Contents["largeObjects"]>;
  /** Reads what comes after the mark; all of the chain when there is none. */
  readChain(since: ChainMark | null): Promise<ChainReading | null>;
}

export interface RestoreErrorFacts {
  readonly class: string;
  readonly entry: string;
  readonly message: string;
  readonly isBenign: boolean;
}

export interface RestoreFacts {
  readonly errors: readonly RestoreErrorFacts[];
  /** What was left out on purpose, as `objectKey` writes it: it would reach production, or run by itself. */
  readonly leftOut: readonly string[];
  readonly notes: readonly string[];
  readonly seconds: number;
}

export interface WorkloadRequest {
  readonly migrationsDir: string | null;
  readonly rows: number;
}

/** The rows of one table as the archive holds them, from the first on, every time that it is called. */
export type ArchivedRows = (table: TableToRead) => AsyncIterable<Uint8Array>;

/** A server to restore into: a throwaway cluster, or the one of `--scratch-url`. All that it made is gone when it is disposed of. */
export interface ScratchServer extends AsyncDisposable {
  readonly facts: Pick<DatabaseFacts, "address" | "serverVersion" | "major" | "systemIdentifier">;
  /** Such as `throwaway server, fsync off, 2 cores`. */
  readonly measuredOn: string;
  /** Creates a database with the workload in it; returns a URL-free way to read it. */
  createWorkload(request: WorkloadRequest, watch: Watch): Promise<string>;
  dropDatabase(database: string): Promise<void>;
  restore(
    archive: Archive,
    options: { readonly database: string; readonly schemaOnly: boolean },
    watch: Watch,
  ): Promise<RestoreFacts>;
  openReader(database: string): Promise<DatabaseReader>;
  /** Says the expected definitions in this server's words: two versions print one view differently. Rolled back. */
  restate(database: string, expected: Fingerprint, restored: Fingerprint): Promise<Fingerprint>;
  /** Names the rows in which a table of the restored database differs from those given: by key, in digests. */
  locate(database: string, table: string, rows: ArchivedRows): Promise<string | null>;
  /** `asSuperuser` for faults that only a superuser can plant; else the role that restored. */
  openSaboteur(database: string, asSuperuser: boolean): Promise<Saboteur>;
  /** Keeps what was restored when the server is disposed of, and says how to connect to it. */
  keep(database: string): string;
  newDatabaseName(): string;
}

export interface DumpRequest {
  readonly reader: DatabaseReader;
  readonly format: ArchiveFormat;
  readonly jobs: number;
}

export interface Archives {
  /** Dumps the reader's snapshot into the run's own folder. */
  dump(request: DumpRequest, watch: Watch): Promise<Archive>;
  open(path: string): Promise<Archive>;
  /** Whether the file still is what it was when it was written: its SHA-256 now. */
  digest(archive: Archive): Promise<string>;
  /** One pass over all data of the archive; `catalog` is that of the database restored from it. */
  readContents(archive: Archive, catalog: readonly CatalogObject[], watch: Watch): Promise<ArchiveReading>;
  readRows(archive: Archive, catalog: readonly CatalogObject[]): ArchivedRows;
}

export interface ArchiveReading {
  readonly contents: Contents;
  /** Tables whose rows the archive holds in a form that has no digest (INSERT statements). */
  readonly undigested: readonly string[];
  /** What is wrong with the archive itself, one line each. */
  readonly damage: readonly string[];
}

export interface ScratchRequest {
  readonly scratchUrl: string | null;
  /** The source, so that the server fits it and is not it; null in mode `self`. */
  readonly source: DatabaseFacts | null;
  readonly archive: Archive | null;
  readonly durable: boolean;
  readonly jobs: number;
  readonly allowSameServer: boolean;
  readonly asSuperuser: boolean;
  /** Whether `keep` may be called. */
  readonly mayKeep: boolean;
}

export interface Files {
  readManifest(path: string): Promise<Manifest>;
  writeManifest(path: string, manifest: Manifest): Promise<void>;
  readKey(path: string): Promise<SigningKey>;
  writeEvidence(path: string, envelope: DsseEnvelope): Promise<void>;
  /** Whether a file can be put there. Throws `file-unwritable`; nothing is changed. */
  requireWritable(path: string): Promise<void>;
  /** The same, and that nothing is there yet. */
  requireNew(path: string): Promise<void>;
}

export interface SmokePorts {
  readonly version: string;
  now(): Date;
  openSource(dbUrl: string): Promise<DatabaseReader>;
  openScratch(request: ScratchRequest): Promise<ScratchServer>;
  /** The archives of this run; what it dumped is removed when it is disposed of. */
  openArchives(): Promise<Archives & AsyncDisposable>;
  /** The comparison that the proof makes and that sabotage tests. */
  readonly comparison: Comparison;
  /** Program → version and folder, of all that has been used so far. */
  toolsUsed(): Readonly<Record<string, string>>;
  readonly files: Files;
}
