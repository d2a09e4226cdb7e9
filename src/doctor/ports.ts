/** A folder of PostgreSQL programs of one version. */
export interface FoundInstallation {
  readonly binDir: string;
  readonly version: string;
  readonly major: number;
  readonly origin: string;
  readonly tools: readonly string[];
}

/** A server of this machine that answers. */
export interface FoundServer {
  /** A socket's path, or `127.0.0.1:5432`. */
  readonly address: string;
  readonly port: number;
  readonly offersTls: boolean;
}

/** Who restores here, and with what. */
export interface ScratchTrial {
  readonly version: string;
  readonly tools: string;
  /** The system user that the throwaway server ran as. */
  readonly user: string;
  readonly isIsolated: boolean;
  readonly startMs: number;
  /** Free bytes where throwaway servers keep their data. */
  readonly freeBytes: number;
  readonly folder: string;
}

/** A transaction that somebody prepared and nobody ended. */
export interface PreparedTransaction {
  readonly name: string;
  readonly owner: string;
  readonly database: string;
  readonly ageSeconds: number;
  /** It holds a lock on the head of an audit chain: nobody can append. */
  readonly blocksChain: boolean;
}

/** What a role sees of a database. */
export interface DatabaseExamination {
  /** Without secrets. */
  readonly address: string;
  readonly serverVersion: string;
  readonly major: number;
  readonly encoding: string;
  readonly sizeBytes: number;
  readonly isStandby: boolean;
  readonly isEncrypted: boolean;
  readonly role: string;
  readonly isSuperuser: boolean;
  readonly readsAllData: boolean;
  readonly canReplicate: boolean;
  readonly canCreateDatabases: boolean;
  readonly tables: number;
  /** Tables and sequences that a dump would fail at, quoted and qualified; sorted. */
  readonly unreadable: readonly string[];
  /** Large objects that a dump would fail at, by oid. */
  readonly unreadableObjects: readonly number[];
  /** Tables of which row-level security hides rows from the role. */
  readonly hidden: readonly string[];
  readonly preparedTransactions: readonly PreparedTransaction[];
  /** What the user should know about how the settings came about. */
  readonly notes: readonly string[];
}

export interface DoctorPorts {
  findInstallations(): Promise<readonly FoundInstallation[]>;
  findServers(): Promise<readonly FoundServer[]>;
  /** Starts and stops the throwaway server that `smoke` would use. Throws `OpsError`, naming what is missing. */
  tryScratch(source: { readonly major: number } | null): Promise<ScratchTrial>;
  /** Throws `OpsError` when the database cannot be reached. */
  examineDatabase(dbUrl: string): Promise<DatabaseExamination>;
}
