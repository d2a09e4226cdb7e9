import { InterruptedError } from "../errors.ts";
import { connect, explainServerError } from "../postgres/connect.ts";
import type { Session } from "../postgres/connect.ts";
import type { Installation } from "../postgres/installations.ts";
import { quoteIdentifier } from "../postgres/identifiers.ts";
import type { ConnectionSettings, Environment } from "../postgres/settings.ts";
import type { Archive } from "./archive/archive.ts";
import { createScriptReader } from "./archive/script-reader.ts";
import { decodeText } from "./archive/cursor.ts";
import { sqlParser } from "../postgres/parse-sql.ts";
import { classifyAll } from "./restore/classify.ts";
import type { Failure } from "./restore/classify.ts";
import { createDatabase } from "./restore/create-database.ts";
import { setDatabaseProperties } from "./restore/database-properties.ts";
import { createDeferred, setGrants, setOwners } from "./restore/deferred.ts";
import type { DeferredStatements } from "./restore/deferred.ts";
import { giveToPowerful, releaseRestoreRole } from "./restore/give-to-powerful.ts";
import { reconnect } from "./restore/reconnect.ts";
import { dropUnfinished } from "./restore/drop-unfinished.ts";
import { createEventTriggers } from "./restore/event-triggers.ts";
import { grantOnExtension } from "./restore/extension-grants.ts";
import { giveBack } from "./restore/give-back.ts";
import { madeInPlace, nothingMade } from "./restore/made.ts";
import type { LeftBehind } from "./restore/give-back.ts";
import type { Made } from "./restore/made.ts";
import { planRestore } from "./restore/plan.ts";
import type { LeftOut, RestorePlan } from "./restore/plan.ts";
import {
  commentExtensions,
  prepareDatabase,
  requireExtensions,
  returnWhatWasLent,
} from "./restore/prepare-database.ts";
import type { RestoreError } from "./restore/restore-error.ts";
import { restoreEntries } from "./restore/restore-entries.ts";
import { schemaScript } from "./restore/run-pg-restore.ts";
import { runScript } from "./restore/run-script.ts";
import { prepareRoles } from "./restore/server-roles.ts";
import type { PreparedRoles } from "./restore/server-roles.ts";
import { tellPlan } from "./restore/tell-plan.ts";
import { replaceRoles } from "./restore/stand-ins.ts";
import type { StandIns } from "./restore/stand-ins.ts";

export type { RestoreError } from "./restore/restore-error.ts";
export type { LeftBehind } from "./restore/give-back.ts";
export type { LeftOut } from "./restore/plan.ts";
export { withoutStandIns } from "./restore/stand-ins.ts";
export type { StandIns } from "./restore/stand-ins.ts";

export interface RestoreOptions {
  readonly archive: Archive;
  /** A pg_restore that knows the archive's version; not used for plain scripts. */
  readonly installation: Installation;
  /** Of a superuser of the server to restore into, or of a role that may create roles and databases there. */
  readonly settings: ConnectionSettings;
  /** Name of the database to create. */
  readonly database: string;
  /** pg_restore's, for formats custom and directory. */
  readonly jobs?: number;
  /** Restores as a superuser what only a superuser may make. Whoever wrote the archive then owns the server that it is restored on. */
  readonly asSuperuser?: boolean;
  /** No rows, no sequence values, no large objects' bytes: the archive's schema as a reference. */
  readonly schemaOnly?: boolean;
  /**
   * The database is to take the place of the one that was dumped, on a server that others use: every role that it names must be
   * there, nothing is left out, stand-ins are gone in the end, and nobody can connect but the restoring role and superusers.
   */
  readonly inPlace?: boolean;
  /** Of all sessions and tools, in place of names of their own. */
  readonly applicationName?: { readonly exact: string };
  readonly env?: Environment;
  readonly signal?: AbortSignal;
  /** Bytes that the database takes on disk so far. */
  readonly onProgress?: (bytes: number) => void;
  /** Told what a restore that failed could not give back. */
  readonly onLeftBehind?: (left: LeftBehind) => void;
}

/**
 * A database that was restored. `drop` gives it back, with the roles made for it, and returns what could not be dropped; it
 * never throws. Of several restores on one server the newest is dropped first. A throwaway server needs no drop.
 */
export interface RestoredDatabase {
  readonly database: string;
  /**
   * How to connect as the role that restored: no superuser, a member of all the owners. Whoever changes anything in the
   * database (a sabotage, a test) must do so as this role: as a superuser he would run what the archive's authors wrote.
   */
  readonly settings: ConnectionSettings;
  /** In the order of the archive; all of them, not the first alone. */
  readonly errors: readonly RestoreError[];
  readonly leftOut: readonly LeftOut[];
  /** Empty on a throwaway server; else give it to `withoutStandIns` with what was read from the restored database. */
  readonly standIns: StandIns;
  readonly notes: readonly string[];
  readonly seconds: number;
  drop(): Promise<readonly LeftBehind[]>;
  /** Keeps the database, as the property of the settings' role, and gives back the roles alone; returns what could not be dropped. */
  keep(): Promise<readonly LeftBehind[]>;
  /** The database's; null unless it was restored `inPlace`. */
  readonly oid: number | null;
}

/**
 * Restores an archive into a new database, with owners and grants, and never as a superuser: a role of its own runs what
 * the archive holds; the superuser does what only it may (roles, database, extensions, event triggers) in statements
 * that custody writes or has parsed. Throws `extension-missing`, `tool-missing`, `scratch-failed` before anything is
 * restored; on any failure what was made is given back.
 */
export async function restoreArchive(options: RestoreOptions): Promise<RestoredDatabase> {
  const started = performance.now();
  const { archive, settings, database } = options;
  const inPlace = options.inPlace === true;
  const made = inPlace ? madeInPlace(database, options.applicationName) : nothingMade();
  await using server = await connectAs(settings, options, made);
  const plan = await planRestore(archive, {
    schemaOnly: options.schemaOnly === true,
    inPlace,
    mayMakeGuard: !inPlace || (await isSuperuser(server)),
  });
  if (inPlace) await dropUnfinished(server, made, database);
  await requireExtensions(server, archive, plan);
  try {
    const roles = await prepareRoles(server, plan.roles, options.asSuperuser === true, made);
    const notes = [
      ...roles.notes,
      ...(await createDatabase(server, database, roles.restoreRole.name, archive, made)),
    ];
    await using progress = followSize(options, made);
    const filled = await fill(options, plan, roles, made);
    await progress.stop();
    const seconds = (performance.now() - started) / 1000;
    const own = { ...roles.restoreRole.settings, database };
    return {
      database,
      settings: own,
      errors: filled.errors,
      leftOut: plan.leftOut,
      standIns: roles.standIns,
      notes: [...notes, ...filled.notes, ...tellPlan(plan)],
      seconds,
      drop: () => giveBack(settings, made),
      keep: async () => {
        await giveOwnership(options, made);
        return await giveBack(settings, { ...made, databases: new Set() });
      },
      oid: made.oids?.values().next().value ?? null,
    };
  } catch (error) {
    for (const left of await giveBack(settings, made)) options.onLeftBehind?.(left);
    if (options.signal?.aborted) throw new InterruptedError();
    throw explainServerError(error, `restoring ${archive.path}`);
  }
}

async function isSuperuser(server: Session): Promise<boolean> {
  const [row] = await server.sql.unsafe<{ is: boolean }[]>(
    "select rolsuper as is from pg_catalog.pg_roles where rolname = current_user",
  );
  return row?.is === true;
}

async function fill(
  options: RestoreOptions,
  plan: RestorePlan,
  roles: PreparedRoles,
  made: Made,
): Promise<Pick<RestoredDatabase, "errors" | "notes">> {
  const { archive, database, settings } = options;
  const { restoreRole } = roles;
  await using admin = await connectAs({ ...settings, database }, options, made);
  const prepared = await prepareDatabase(admin, plan, restoreRole.name, serverOwners(archive, roles));
  const warnings: string[] = [];
  await using session = await connectAs(
    { ...restoreRole.settings, database },
    options,
    made,
    ({ sqlstate }) => {
      if (sqlstate.startsWith("01") && warnings.length < 100) warnings.push(sqlstate);
    },
  );
  const parse = await sqlParser();
  const statements = createDeferred(
    (statement) => replaceRoles(statement, roles.standIns, parse),
    roles.standIns,
  );
  const main = await restoreMain(options, plan, session, statements);
  const deferred = statements.finish();
  const failures = [...main.failures];
  await session.sql.unsafe("reset all");
  await session.sql.unsafe("reset session authorization");
  failures.push(...(await setOwners(session, deferred, plan, roles)));
  failures.push(
    ...(await setGrants(
      session,
      deferred,
      () => warnings.splice(0),
      (grant) => grantOnExtension(admin, grant, parse),
    )),
  );
  await returnWhatWasLent(admin, restoreRole.name, prepared);
  await commentExtensions(admin, archive);
  const inPlace = options.inPlace === true;
  failures.push(
    ...(await setDatabaseProperties(archive, { admin, session, database, roles, parse, inPlace })),
  );
  if (inPlace) {
    failures.push(...(await giveToPowerful(admin, roles.standIns, deferred.grants)));
    failures.push(...(await reconnect(admin, deferred.ties)));
    await releaseRestoreRole(admin, restoreRole.name, database);
  }
  const classified = await classifyAll(session, failures);
  const eventTriggers = await classifyAll(
    session,
    await createEventTriggers(admin, deferred.eventTriggers, inPlace),
  );
  const errors = [...prepared.errors, ...main.errors, ...classified, ...eventTriggers];
  return { errors, notes: main.notes };
}

/** The restoring role goes, and a database must belong to somebody. */
async function giveOwnership(options: RestoreOptions, made: Made): Promise<void> {
  await using server = await connectAs(options.settings, options, made);
  await server.sql.unsafe(`alter database ${quoteIdentifier(options.database)} owner to current_user`);
}

/** Who owns a foreign server must be allowed to use its wrapper. */
function serverOwners(archive: Archive, roles: PreparedRoles): readonly string[] {
  const owners = new Set(archive.entries.filter(({ desc }) => desc === "SERVER").map(({ owner }) => owner));
  return [...owners]
    .filter((owner) => roles.members.includes(owner))
    .map((owner) => roles.standIns.get(owner) ?? owner);
}

interface Main {
  readonly failures: readonly Failure[];
  /** Those that are clear already. */
  readonly errors: readonly RestoreError[];
  readonly notes: readonly string[];
}

/** What the archive's own statements and data make; owners, grants and event triggers are put aside. */
export async function restoreMain(
  options: RestoreOptions,
  plan: RestorePlan,
  session: Session,
  deferred: DeferredStatements,
): Promise<Main> {
  const { archive, jobs } = options;
  if (archive.format === "plain")
    return { ...(await runScript(session, archive, plan, deferred, options)), notes: [] };
  const restored = await restoreEntries({ ...options, jobs: jobs ?? 1 }, session, plan.main);
  const reader = createScriptReader((event) => {
    if (event.type === "statement") deferred.take(decodeText(event.bytes));
  });
  for await (const chunk of schemaScript(options, plan)) reader.push(chunk);
  reader.finish();
  return { ...restored, errors: [] };
}

function connectAs(
  settings: ConnectionSettings,
  options: RestoreOptions,
  made: Made,
  onNotice: (notice: { readonly sqlstate: string }) => void = () => undefined,
): Promise<Session> {
  return connect(settings, {
    onNotice,
    applicationName: made.session,
    // The archive may have set others for its database: names must mean what they say.
    parameters: { search_path: "", client_min_messages: "warning" },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

/** Looks at the size of the database twice a second, from a session of its own. */
function followSize(options: RestoreOptions, made: Made): AsyncDisposable & { stop(): Promise<void> } {
  const { onProgress, database } = options;
  const ended = Promise.withResolvers<void>();
  let isEnded = false;
  const follow = async (report: (bytes: number) => void): Promise<void> => {
    await using session = await connectAs(options.settings, options, made);
    do {
      const [row] = await session.sql<
        { bytes: string }[]
      >`select pg_catalog.pg_database_size(${database}::name)::text as bytes`;
      report(Number(row?.bytes ?? 0));
      await Promise.race([ended.promise, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
    } while (!isEnded);
  };
  const following = onProgress === undefined ? Promise.resolve() : follow(onProgress).catch(() => undefined);
  const stop = async (): Promise<void> => {
    isEnded = true;
    ended.resolve();
    await following;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}
