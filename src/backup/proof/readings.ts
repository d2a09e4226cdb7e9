import type { ChainMark } from "../../audit/verify-chain.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import type { CatalogObject, Contents, TableContent } from "../fingerprint.ts";
import type { TableToRead } from "../list-tables.ts";

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

/** The rows of one table as the archive holds them, from the first on, every time that it is called. */
export type ArchivedRows = (table: TableToRead) => AsyncIterable<Uint8Array>;

export interface ArchiveReading {
  readonly contents: Contents;
  /** Tables whose rows the archive holds in a form that has no digest (INSERT statements). */
  readonly undigested: readonly string[];
  /** What is wrong with the archive itself, one line each. */
  readonly damage: readonly string[];
}
