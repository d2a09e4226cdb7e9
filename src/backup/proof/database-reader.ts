import { findChain } from "../../audit/find-chain.ts";
import type { ChainWanted } from "../../audit/find-chain.ts";
import { readCatalog } from "../catalog/read-catalog.ts";
import { inColumnOrderOf, listTables } from "../list-tables.ts";
import type { TableToRead } from "../list-tables.ts";
import { readContents, serverEncoding } from "../read-contents.ts";
import { readLargeObjects, requireReadableLargeObjects } from "../read-large-objects.ts";
import { readSequences } from "../read-sequences.ts";
import { explainServerError } from "../../postgres/connect.ts";
import type { Session } from "../../postgres/connect.ts";
import type { ApplicationName } from "../../postgres/session-parameters.ts";
import { qualifiedName } from "../../postgres/identifiers.ts";
import { displayAddress } from "../../postgres/settings.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import type { DatabaseFacts, DatabaseReader } from "./readings.ts";
import { readChain } from "./read-chain.ts";
import { createDumpProgress } from "./dump-progress.ts";
import { openSnapshotSessions } from "./snapshot-sessions.ts";

export interface ReaderOptions {
  readonly jobs: number;
  readonly chain: ChainWanted;
  readonly signal: AbortSignal;
  readonly applicationName: ApplicationName;
  /** Tables of this schema alone are locked and read. */
  readonly schema?: string;
}

/** Opens a database to be read in one snapshot, by sessions that cannot write. */
export async function openDatabaseReader(
  settings: ConnectionSettings,
  options: ReaderOptions,
): Promise<DatabaseReader> {
  const sessions = await openSnapshotSessions(settings, options);
  const { keeper, readers, snapshot } = sessions;
  const facts = await readFacts(keeper, snapshot).catch(async (error: unknown) => {
    await sessions[Symbol.asyncDispose]();
    throw error;
  });
  const first = readers[0] ?? keeper;
  let rowBytes = 0;
  const dumpProgress = createDumpProgress(keeper, () => rowBytes);
  return {
    facts,
    settings: keeper.settings,
    async readCatalog() {
      const tables = await tablesOf(keeper, options);
      await lockTables(keeper, tables);
      await requireReadableLargeObjects(keeper);
      rowBytes = tables.reduce((sum, { bytes }) => sum + bytes, 0);
      return await readCatalog(keeper);
    },
    async readContents(before, wanted, watch) {
      const tables = await tablesOf(keeper, options);
      const encoding = wanted ?? (await serverEncoding(first));
      const contents = await readContents(readers, inColumnOrderOf(tables, before), {
        encoding,
        signal: options.signal,
        onProgress: ({ diskBytes, totalDiskBytes }) => watch(diskBytes, totalDiskBytes),
      });
      return {
        tables: contents,
        sequences: await readSequences(first),
        largeObjects: await readLargeObjects(first),
        encoding,
      };
    },
    dumpProgress,
    async readChain(watch) {
      const place = await findChain(first, options.chain);
      return place === null ? null : await readChain(first, place, { watch, signal: options.signal });
    },
    [Symbol.asyncDispose]: () => sessions[Symbol.asyncDispose](),
  };
}

async function tablesOf(session: Session, { schema }: ReaderOptions): Promise<readonly TableToRead[]> {
  const { tables } = await listTables(session);
  return schema === undefined ? tables : tables.filter((table) => table.schema === schema);
}

interface FactsRow {
  readonly database: string;
  readonly is_standby: boolean;
  readonly size: string;
  readonly system_identifier: string | null;
}

async function readFacts(session: Session, snapshot: string): Promise<DatabaseFacts> {
  const [row] = await session.sql.unsafe<FactsRow[]>(`
    SELECT pg_catalog.current_database() AS database, pg_catalog.pg_is_in_recovery() AS is_standby,
      pg_catalog.pg_database_size(pg_catalog.current_database()) AS size,
      CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
        THEN (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) END AS system_identifier`);
  return {
    address: displayAddress(session.settings),
    database: row?.database ?? session.settings.database,
    serverVersion: session.serverVersion,
    major: session.major,
    isStandby: row?.is_standby ?? false,
    snapshot,
    systemIdentifier: row?.system_identifier ?? null,
    sizeBytes: Number(row?.size ?? 0),
  };
}

const tablesPerStatement = 500;

/** Keeps every table from being dropped or rewritten until its rows are read: the snapshot does not. */
async function lockTables(
  session: Session,
  tables: readonly { readonly schema: string; readonly name: string }[],
): Promise<void> {
  for (let first = 0; first < tables.length; first += tablesPerStatement) {
    const names = tables
      .slice(first, first + tablesPerStatement)
      .map(({ schema, name }) => `ONLY ${qualifiedName(schema, name)}`);
    await session.sql
      .unsafe(`LOCK TABLE ${names.join(", ")} IN ACCESS SHARE MODE`)
      .catch((error: unknown) => {
        throw explainServerError(error, "locking the tables for reading");
      });
  }
}
