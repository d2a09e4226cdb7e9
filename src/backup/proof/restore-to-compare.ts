import type { OpsError } from "../../errors.ts";
import { connect } from "../../postgres/connect.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import type { ApplicationName } from "../../postgres/session-parameters.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import { identityOf, objectKey } from "../fingerprint.ts";
import type { CatalogObject, Fingerprint } from "../fingerprint.ts";
import { pinnedSettings } from "../pinned-settings.ts";
import { restateDefinitions } from "../restate/restate-definitions.ts";
import { restoreArchive } from "../restore.ts";
import type { LeftBehind, LeftOut, RestoredDatabase, RestoreOptions } from "../restore.ts";
import { withoutStandIns } from "../restore/stand-ins.ts";
import type { StandIns } from "../restore/stand-ins.ts";
import { openDatabaseReader } from "./database-reader.ts";
import type { ReaderOptions } from "./database-reader.ts";
import { locateRows } from "./locate-rows.ts";
import type { ArchivedRows, DatabaseReader, RestoreFacts } from "./readings.ts";

/** A database that was restored to be compared with what it was made from. */
export interface ComparableRestore {
  readonly database: string;
  readonly facts: RestoreFacts;
  /** As `RestoredDatabase.settings`: how to connect as the role that restored. */
  readonly settings: ConnectionSettings;
  /** Reads it in one snapshot, with the names that roles have in the source. */
  openReader(): Promise<DatabaseReader>;
  /** The same catalog with the names that roles have in the source. */
  withOwnRoles(catalog: readonly CatalogObject[]): readonly CatalogObject[];
  /** In which its rows were read last; undefined before that. */
  encoding(): string | undefined;
  /** Says the expected definitions in this server's words: two versions print one view differently. Rolled back. */
  restate(expected: Fingerprint, restored: Fingerprint): Promise<Fingerprint>;
  /** Names the rows in which a table differs from those given: by key, in digests. */
  locate(table: string, rows: ArchivedRows): Promise<string | null>;
  /** Gives back what was made; returns what could not be, and never throws. */
  drop(): Promise<readonly LeftBehind[]>;
  /** As `RestoredDatabase.keep`. */
  keep(): Promise<readonly LeftBehind[]>;
  /** As `RestoredDatabase.oid`. */
  readonly oid: number | null;
}

export interface CompareOptions extends RestoreOptions {
  readonly signal: AbortSignal;
  readonly reader: ReaderOptions;
}

/** Restores an archive, to be compared; what failed on the way is a fact, not an exception. Throws as `restoreArchive`. */
export async function restoreToCompare(options: CompareOptions): Promise<ComparableRestore> {
  const { settings, database, signal, reader } = options;
  const { applicationName } = reader;
  const made = await restoreArchive(options);
  let encoding: string | undefined;
  const withOwnRoles = (catalog: readonly CatalogObject[]): readonly CatalogObject[] =>
    withoutStandIns(catalog, standInsOf(made));
  return {
    database,
    facts: factsOf(made),
    settings: made.settings,
    withOwnRoles,
    encoding: () => encoding,
    async openReader() {
      const opened = await openDatabaseReader({ ...settings, database }, reader);
      return {
        ...opened,
        async readContents(before, wanted, watch) {
          const contents = await opened.readContents(before, wanted, watch);
          encoding = contents.encoding;
          return contents;
        },
        readCatalog: async () => withOwnRoles(await opened.readCatalog()),
      };
    },
    async restate(expected, restored) {
      await liftConnectionLimit({ ...settings, database }, { applicationName, signal });
      await using session = await connect(made.settings, { applicationName, signal });
      return await restateDefinitions(session, expected, restored, signal);
    },
    async locate(table, rows) {
      const parameters = { ...pinnedSettings, default_transaction_read_only: "on" };
      await using session = await connect({ ...settings, database }, { applicationName, signal, parameters });
      return await locateRows(session, table, rows, { encoding: encoding ?? "UTF8", signal });
    },
    drop: () => made.drop(),
    keep: () => made.keep(),
    oid: made.oid,
  };
}

/** A limit that was restored, such as the 0 of what stood behind a fence, would keep the role out that restored. It was read by now. */
async function liftConnectionLimit(
  settings: ConnectionSettings,
  options: { readonly applicationName: ApplicationName; readonly signal: AbortSignal },
): Promise<void> {
  await using session = await connect(settings, options);
  const [row] = await session.sql.unsafe<{ limited: boolean }[]>(
    "select datconnlimit >= 0 as limited from pg_catalog.pg_database where datname = pg_catalog.current_database()",
  );
  if (row?.limited === true)
    await session.sql.unsafe(`alter database ${quoteIdentifier(settings.database)} connection limit -1`);
}

function factsOf(made: RestoredDatabase): RestoreFacts {
  return {
    errors: made.errors.map(({ class: kind, object, message, explanation, isBenign }) => ({
      class: kind,
      entry: object,
      message: explanation === null ? message : `${message} (${explanation})`,
      isBenign,
    })),
    leftOut: made.leftOut.flatMap(keyOfLeftOut),
    notes: made.notes,
    seconds: made.seconds,
  };
}

/** Kinds that are compared as objects of their own; the others are not compared, or are part of one. */
const leftOutKinds = { EXTENSION: "extension", "EVENT TRIGGER": "event-trigger", SCHEMA: "schema" } as const;

function keyOfLeftOut({ desc, tag, namespace }: LeftOut): string[] {
  // Its tag holds its arguments, as its identity does.
  if (desc === "FUNCTION" && namespace !== null)
    return [objectKey("function", `${identityOf(namespace)}.${tag}`)];
  const kind = Object.entries(leftOutKinds).find(([each]) => each === desc)?.[1];
  return kind === undefined ? [] : [objectKey(kind, identityOf(tag))];
}

/** What an archive gives no owner belongs to the role that restored, whose name is another one each time. */
function standInsOf(made: RestoredDatabase): StandIns {
  return new Map([...made.standIns, ["custody_restore", made.settings.user]]);
}

/**
 * A restore that ran out of space says nothing about the archive, whether the server died of it or some statements failed.
 *
 * @throws OpsError `full`'s
 */
export async function requireRoom(
  restoring: Promise<ComparableRestore>,
  server: { ranOutOfSpace(): Promise<boolean> },
  signal: AbortSignal,
  full: () => OpsError,
): Promise<void> {
  const hasErrors = await restoring.then(
    ({ facts }) => facts.errors.length > 0,
    () => true,
  );
  if (!hasErrors || signal.aborted || !(await server.ranOutOfSpace())) return;
  throw full();
}
