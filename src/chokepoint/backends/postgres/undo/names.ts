import { OpsError } from "../../../../errors.ts";
import { serverErrorOf } from "../../../../postgres/explain-error.ts";
import type { Session } from "../../../../postgres/connect.ts";
import { finalName } from "../final-name.ts";
import type { Saved } from "../saved.ts";

/** What database and role are to be called: their old names, or `as`; the role keeps its old one unless another has it. */
export interface NewNames {
  readonly database: string | null;
  readonly role: string | null;
}

interface Taken {
  readonly database: string | null;
  readonly role: string | null;
  readonly as_role: string | null;
}

/**
 * Throws `name-in-use` before anything is done where somebody else has a name. The oids of what comes back are its own.
 */
export async function chooseNames(
  session: Session,
  saved: Saved,
  as: string | null,
  own: { readonly database: string | null; readonly role: string | null },
): Promise<NewNames> {
  const name = as === null ? null : finalName(as);
  const database = saved.database === null ? null : (name ?? saved.database.name);
  const oldRole = saved.role?.name ?? null;
  const asRole = saved.role === null ? null : name;
  const [taken] = await session.sql.unsafe<Taken[]>(
    `select (select oid::text from pg_catalog.pg_database where datname = $1) as database,
       (select oid::text from pg_catalog.pg_roles where rolname = $2) as role,
       (select oid::text from pg_catalog.pg_roles where rolname = $3) as as_role`,
    [database, oldRole, asRole],
  );
  const isFree = (oid: string | null | undefined, mine: string | null): boolean =>
    oid === null || oid === undefined || oid === mine;
  if (database !== null && !isFree(taken?.database, own.database)) throw nameInUse("database", database);
  if (oldRole === null) return { database, role: null };
  const wantsOther = saved.database === null && asRole !== null;
  if (!wantsOther && isFree(taken?.role, own.role)) return { database, role: oldRole };
  if (asRole === null) throw nameInUse("role", oldRole);
  if (!isFree(taken?.as_role, own.role)) throw nameInUse("role", asRole);
  return { database, role: asRole };
}

export function nameInUse(part: string, name: string): OpsError {
  return new OpsError(
    "name-in-use",
    `there is another ${part} called ${name} by now`,
    "name another by --as, or rename what has the name",
  );
}

/** What a rename ended in, where somebody was quicker with the name. */
export function isTaken(error: unknown): boolean {
  const sqlstate = serverErrorOf(error)?.sqlstate;
  return sqlstate === "42P04" || sqlstate === "42710" || sqlstate === "42P06";
}

/** What people should know of a role that has another name. */
export function renamedRoleNote(saved: Saved, names: NewNames): readonly string[] {
  if (saved.role === null || names.role === saved.role.name) return [];
  return [`the role is called ${names.role ?? ""}: another has the name ${saved.role.name}`];
}
