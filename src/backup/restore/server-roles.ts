import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { OpsError } from "../../errors.ts";
import type { Session } from "../../postgres/connect.ts";
import { quoteIdentifier, quoteLiteral } from "../../postgres/identifiers.ts";
import type { ConnectionSettings } from "../../postgres/settings.ts";
import { restoreRoleName, standInName } from "./made.ts";
import type { Made } from "./made.ts";
import { tryStatement } from "./run-statement.ts";
import type { StatementFailure } from "./run-statement.ts";
import type { StandIns } from "./stand-ins.ts";

/** The role that restores: no superuser, a member of the archive's roles. */
export interface RestoreRole {
  readonly name: string;
  /** How to connect as it; database and server as the superuser's settings. */
  readonly settings: ConnectionSettings;
}

export interface PreparedRoles {
  readonly restoreRole: RestoreRole;
  /** Roles that may own what is restored: the restoring role is a member of them, or of their stand-ins. */
  readonly members: readonly string[];
  /** Of the members, those that nobody can log in as: they may be given settings of their own. */
  readonly passive: readonly string[];
  readonly standIns: StandIns;
  readonly notes: readonly string[];
}

/**
 * Makes the archive's missing roles, NOLOGIN, and a role to restore with. That role becomes a member of all of them, but
 * never of one that could do more than own objects (a superuser's, a predefined role, a member of either): such a role
 * gets a stand-in, which owns in its place. Every role that is made is noted in `made`.
 */
export async function prepareRoles(
  admin: Session,
  wanted: readonly string[],
  asSuperuser: boolean,
  made: Made,
): Promise<PreparedRoles> {
  const notes: string[] = [];
  const existing = await existingRoles(admin, wanted);
  if (made.oids !== null) requireRoles(wanted.filter((role) => !existing.has(role) && !isReserved(role)));
  for (const role of wanted) {
    if (existing.has(role) || isReserved(role)) continue;
    const failure = await createRole(admin, made, role, "nologin");
    if (failure !== null) notes.push(`role ${role} could not be made: ${failure.message}`);
  }
  const restoreRole = await createRestoreRole(admin, asSuperuser, made);
  const members: string[] = [];
  const standIns = new Map<string, string>();
  for (const role of wanted) {
    const isPowerful = existing.get(role)?.powerful === true || isPredefined(role);
    // A superuser may give anything to anybody, and some things only to a superuser.
    if (isPowerful && !(asSuperuser && made.oids !== null))
      standIns.set(role, await createStandIn(admin, made));
    const member = standIns.get(role) ?? role;
    const failure = await tryStatement(
      admin,
      `grant ${quoteIdentifier(member)} to ${quoteIdentifier(restoreRole.name)}`,
    );
    if (failure === null) members.push(role);
  }
  const passive = members.filter((role) => existing.get(role)?.login !== true);
  return { restoreRole, members, passive, standIns, notes };
}

/** Who owns something in a database that is to be used again must be somebody who was made on purpose. */
function requireRoles(missing: readonly string[]): void {
  if (missing.length === 0) return;
  throw new OpsError(
    "bad-input",
    `the server lacks ${missing.length === 1 ? "the role" : "the roles"} ${missing.join(", ")}, which the database names`,
    `make what is missing, then try again: ${missing.map((role) => `CREATE ROLE ${quoteIdentifier(role)} NOLOGIN`).join("; ")}`,
  );
}

/** Names that no role can be given. */
function isReserved(role: string): boolean {
  return isPredefined(role) || role === "public" || role === "none" || role === "";
}

function isPredefined(role: string): boolean {
  return role.startsWith("pg_");
}

async function createStandIn(admin: Session, made: Made): Promise<string> {
  const name = standInName(made);
  const failure = await createRole(admin, made, name, "nologin");
  if (failure !== null) throw cannotCreateRole(name, failure);
  return name;
}

async function createRole(
  admin: Session,
  made: Made,
  name: string,
  options: string,
): Promise<StatementFailure | null> {
  made.roles.add(name);
  const failure = await tryStatement(admin, `create role ${quoteIdentifier(name)} ${options}`);
  if (failure !== null) made.roles.delete(name);
  return failure;
}

function cannotCreateRole(name: string, { message, sqlstate }: StatementFailure): OpsError {
  return new OpsError(
    sqlstate === "42501" ? "permission-denied" : "scratch-failed",
    `cannot create the role ${name}: ${message} (SQLSTATE ${sqlstate})`,
    "check the privileges of the role that the scratch server is reached with",
  );
}

interface ExistingRole {
  readonly name: string;
  readonly login: boolean;
  readonly powerful: boolean;
}

/** Which of the roles exist, and whether membership in them would give more than ownership of objects. */
async function existingRoles(
  admin: Session,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, ExistingRole>> {
  if (wanted.length === 0) return new Map();
  const rows = await admin.sql.unsafe<ExistingRole[]>(
    `select r.rolname as name, r.rolcanlogin as login,
            (r.rolsuper or r.rolreplication or r.rolcreaterole or r.rolbypassrls or r.rolname like 'pg\\_%' or exists (
               select from pg_catalog.pg_roles p
                where (p.rolsuper or p.rolreplication or p.rolcreaterole or p.rolbypassrls or p.rolname like 'pg\\_%')
                  and pg_catalog.pg_has_role(r.oid, p.oid, 'member'))) as powerful
       from pg_catalog.pg_roles r
      where r.rolname in (${wanted.map(quoteLiteral).join(", ")})`,
  );
  return new Map(rows.map((role) => [role.name, role]));
}

async function createRestoreRole(admin: Session, asSuperuser: boolean, made: Made): Promise<RestoreRole> {
  const name = restoreRoleName(made);
  const password = randomBytes(24).toString("base64url");
  const role = quoteIdentifier(name);
  // The verifier, not the password, goes over the wire: statements may be logged.
  const secret = quoteLiteral(scramVerifier(password));
  const power = asSuperuser ? "superuser" : "nosuperuser";
  const options = `login ${power} nocreatedb nocreaterole noreplication password ${secret}`;
  const failure = await createRole(admin, made, name, options);
  if (failure !== null) throw cannotCreateRole(name, failure);
  // Who is no superuser may make databases only for roles that he is a member of.
  await tryStatement(admin, `grant ${role} to current_user`);
  // Row security would hide rows from, or refuse, whoever refreshes a materialised view; only a superuser can lift it.
  await tryStatement(admin, `alter role ${role} bypassrls`);
  await tryStatement(admin, `alter role ${role} set lc_messages = 'C'`);
  return { name, settings: { ...admin.settings, user: name, password } };
}

/** `SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey>` (RFC 5803, as pg_authid holds it). */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, 4096, 32, "sha256");
  const sign = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(sign("Client Key")).digest("base64");
  return `SCRAM-SHA-256$4096:${salt.toString("base64")}$${stored}:${sign("Server Key").toString("base64")}`;
}
