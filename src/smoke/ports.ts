import type { DsseEnvelope } from "../audit/dsse.ts";
import type { SigningKey } from "../audit/note/signing-key.ts";
import type { ChainMark } from "../audit/verify-chain.ts";
import type { Archive, ArchiveFormat } from "../backup/archive/archive.ts";
import type { CatalogObject, Contents, Fingerprint, TableContent } from "../backup/fingerprint.ts";
import type { Manifest } from "../backup/manifest.ts";
import type {
  ArchivedRows,
  ArchiveReading,
  ChainReading,
  DatabaseFacts,
  DatabaseReader,
  RestoreFacts,
  Watch,
} from "../backup/proof/readings.ts";
import type { Comparison } from "../backup/proof/judge.ts";

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

export interface WorkloadRequest {
  readonly migrationsDir: string | null;
  readonly rows: number;
}

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
