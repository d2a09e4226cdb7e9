import { connect, explainServerError } from "../postgres/connect.ts";
import type { Session } from "../postgres/connect.ts";
import { quoteIdentifier } from "../postgres/identifiers.ts";
import { sqlParser } from "../postgres/parse-sql.ts";
import { InterruptedError } from "../errors.ts";
import { restoreMain } from "./restore.ts";
import type { RestoreOptions } from "./restore.ts";
import { classifyAll } from "./restore/classify.ts";
import { createDeferred, setGrants, setOwners } from "./restore/deferred.ts";
import { giveBack } from "./restore/give-back.ts";
import { madeInPlace, roleNames } from "./restore/made.ts";
import type { LeftBehind } from "./restore/give-back.ts";
import type { Made } from "./restore/made.ts";
import { giveToPowerful } from "./restore/give-to-powerful.ts";
import { planRestore } from "./restore/plan.ts";
import type { RestoreError } from "./restore/restore-error.ts";
import { prepareRoles } from "./restore/server-roles.ts";
import { replaceRoles } from "./restore/stand-ins.ts";

export interface RestoreSchemaOptions extends Omit<RestoreOptions, "inPlace" | "schemaOnly" | "onProgress"> {
  /** Of every session and tool, as it is. */
  readonly applicationName: { readonly exact: string };
}

/**
 * Restores the archive of one schema into `database`, which is there and in use, as a role of its own, as `restoreArchive` does. The
 * schema's name must be free; the roles that it names must be there. What fails on the way is returned, and the schema is the caller's
 * to drop; the roles that were made are given back in any case.
 */
export async function restoreSchema(options: RestoreSchemaOptions): Promise<readonly RestoreError[]> {
  const { archive, database, settings } = options;
  const plan = await planRestore(archive, { schemaOnly: false, inPlace: true, mayMakeGuard: true });
  const made = madeInPlace(database, options.applicationName);
  await using admin = await open({ ...settings, database }, options);
  await forgetEarlier(admin, made);
  let isWhole = false;
  try {
    const roles = await prepareRoles(admin, plan.roles, options.asSuperuser === true, made);
    const role = quoteIdentifier(roles.restoreRole.name);
    await admin.sql.unsafe(`grant create on database ${quoteIdentifier(database)} to ${role}`);
    const warnings: string[] = [];
    await using session = await open({ ...roles.restoreRole.settings, database }, options, ({ sqlstate }) => {
      if (sqlstate.startsWith("01") && warnings.length < 100) warnings.push(sqlstate);
    });
    const parse = await sqlParser();
    const statements = createDeferred(
      (statement) => replaceRoles(statement, roles.standIns, parse),
      roles.standIns,
    );
    const main = await restoreMain(options, plan, session, statements);
    const deferred = statements.finish();
    await session.sql.unsafe("reset all");
    await session.sql.unsafe("reset session authorization");
    const failures = [
      ...main.failures,
      ...(await setOwners(session, deferred, plan, roles)),
      ...(await setGrants(
        session,
        deferred,
        () => warnings.splice(0),
        () => Promise.resolve(null),
      )),
      ...(await giveToPowerful(admin, roles.standIns, deferred.grants)),
    ];
    await admin.sql.unsafe(`reassign owned by ${role} to current_user`);
    const errors = [...main.errors, ...(await classifyAll(session, failures))];
    isWhole = true;
    return errors;
  } catch (error) {
    if (options.signal?.aborted) throw new InterruptedError();
    throw explainServerError(error, `restoring ${archive.path}`);
  } finally {
    for (const left of await forget(settings, admin, made, isWhole)) options.onLeftBehind?.(left);
  }
}

function open(
  settings: RestoreOptions["settings"],
  { applicationName, signal }: RestoreSchemaOptions,
  onNotice: (notice: { readonly sqlstate: string }) => void = () => undefined,
): Promise<Session> {
  return connect(settings, {
    onNotice,
    applicationName,
    parameters: { search_path: "", client_min_messages: "warning" },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Roles of a restore that was killed; what they own still was never whole. */
async function forgetEarlier(admin: Session, made: Made): Promise<void> {
  const roles = await admin.sql<{ name: string }[]>`
    select rolname as name from pg_catalog.pg_roles where rolname like ${roleNames(made)}`;
  const names = roles.map(({ name }) => name);
  for (const name of names) await admin.sql.unsafe(`drop owned by ${quoteIdentifier(name)} cascade`);
  await giveBack(admin.settings, { ...made, databases: new Set(), roles: new Set(names) });
}

/** What was granted to the roles stands in the way of their end; what they own, where it failed, is not whole. */
async function forget(
  settings: RestoreOptions["settings"],
  admin: Session,
  made: Made,
  isWhole: boolean,
): Promise<readonly LeftBehind[]> {
  for (const role of made.roles) {
    const cascade = isWhole ? "restrict" : "cascade";
    // A session that was lost or interrupted cannot: then giving back says what is left.
    await admin.sql.unsafe(`drop owned by ${quoteIdentifier(role)} ${cascade}`).catch(() => undefined);
  }
  return await giveBack(settings, { ...made, databases: new Set() });
}
