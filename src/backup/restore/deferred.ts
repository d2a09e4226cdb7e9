import type { Session } from "../../postgres/connect.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import type { Failure } from "./classify.ts";
import type { RestorePlan } from "./plan.ts";
import { tryStatement } from "./run-statement.ts";
import type { StatementFailure } from "./run-statement.ts";
import type { PreparedRoles } from "./server-roles.ts";
import type { StandIns } from "./stand-ins.ts";
import { sessionRole, statementKind } from "./statement-kind.ts";

/** Statements of a dump whose turn comes when all objects and data are there. */
export interface Deferred {
  readonly owners: readonly string[];
  /** In order, with the sessions that they belong to. */
  readonly grants: readonly DeferredGrant[];
  readonly eventTriggers: readonly string[];
  /** About publications, subscriptions and user mappings. */
  readonly ties: readonly string[];
}

interface DeferredGrant {
  readonly statement: string;
  readonly role: string | null;
  /** As the archive has it, where a stand-in took part; else null. */
  readonly given: { readonly statement: string; readonly role: string | null } | null;
}

/** Sorts statements out of a script. */
export interface DeferredStatements {
  /** Whether the statement was taken: then it is not to be run in its place. */
  take(statement: string): boolean;
  /** From the start on: grants are then given by whoever owns the object, not by the session's role. */
  ignoreSessions(): void;
  ignoresSessions(): boolean;
  finish(): Deferred;
}

/** `rewrite`: puts the stand-ins in. */
export function createDeferred(
  rewrite: (statement: string) => string,
  standIns: StandIns,
): DeferredStatements {
  const owners: string[] = [];
  const grants: DeferredGrant[] = [];
  const eventTriggers: string[] = [];
  const ties: string[] = [];
  let role: string | null = null;
  let givenRole: string | null = null;
  let isIgnoring = false;
  const grant = (statement: string): DeferredGrant => {
    const rewritten = rewrite(statement);
    const isGiven = rewritten !== statement || role !== givenRole;
    return { statement: rewritten, role, given: isGiven ? { statement, role: givenRole } : null };
  };
  return {
    ignoreSessions: () => {
      isIgnoring = true;
    },
    ignoresSessions: () => isIgnoring,
    take(statement) {
      switch (statementKind(statement)) {
        case "owner":
          owners.push(rewrite(statement));
          return true;
        case "acl":
          grants.push(grant(statement));
          return true;
        case "session":
          givenRole = sessionRole(statement);
          role = givenRole === null ? null : (standIns.get(givenRole) ?? givenRole);
          return true;
        case "event-trigger":
          eventTriggers.push(statement);
          return true;
        // Done elsewhere, from the table of contents.
        case "database":
        case "extension":
          return true;
        case "replication":
        case "user-mapping":
          ties.push(statement);
          return true;
        case "main":
        case "transaction":
          return false;
      }
    },
    finish: () => ({
      owners,
      grants: isIgnoring ? grants.map((each) => ({ ...each, role: null })) : grants,
      eventTriggers,
      ties,
    }),
  };
}

/**
 * Gives every object its owner. For somebody who is no superuser the new owner must be allowed to create in the schema:
 * that is lent for the while. Schemas come last, since the restoring role must own them until then.
 */
export async function setOwners(
  session: Session,
  deferred: Deferred,
  plan: RestorePlan,
  roles: Pick<PreparedRoles, "members" | "standIns">,
): Promise<readonly Failure[]> {
  const lent = [...plan.ownersBySchema].flatMap(([schema, owners]) => {
    const known = [...owners]
      .filter((owner) => roles.members.includes(owner))
      .map((owner) => roles.standIns.get(owner) ?? owner);
    return known.length === 0
      ? []
      : [{ schema: quoteIdentifier(schema), owners: known.map(quoteIdentifier).join(", ") }];
  });
  for (const { schema, owners } of lent)
    await tryStatement(session, `grant create on schema ${schema} to ${owners}`);
  const isSchema = (statement: string): boolean => /^alter\s+schema\b/i.test(statement);
  const failures = await runAll(
    session,
    deferred.owners.filter((statement) => !isSchema(statement)),
  );
  for (const { schema, owners } of lent)
    await tryStatement(session, `revoke create on schema ${schema} from ${owners}`);
  return [...failures, ...(await runAll(session, deferred.owners.filter(isSchema)))];
}

/**
 * Grants, revokes and default privileges, each in the name of the role that gave it. `beyond` is asked about what the
 * restoring role may not grant: on objects that are not its own. For these the server mostly warns, and does nothing:
 * `takeWarnings` gives the SQLSTATEs of the warnings since it was last asked.
 */
export async function setGrants(
  session: Session,
  deferred: Deferred,
  takeWarnings: () => readonly string[],
  beyond: (statement: string) => Promise<{ readonly failure: StatementFailure | null } | null>,
): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  let current: string | null = null;
  for (const { statement, role } of deferred.grants) {
    if (role !== current) {
      await tryStatement(session, role === null ? "reset role" : `set role ${quoteIdentifier(role)}`);
      current = role;
    }
    takeWarnings();
    const refused = (await tryStatement(session, statement)) ?? notGranted(takeWarnings());
    if (refused === null) continue;
    const other = refused.sqlstate === "42501" ? await beyond(statement) : null;
    const failure = other === null ? refused : other.failure;
    if (failure !== null) failures.push(failed(statement, failure));
  }
  if (current !== null) await tryStatement(session, "reset role");
  return failures;
}

export async function runAll(session: Session, statements: readonly string[]): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  for (const statement of statements) {
    const failure = await tryStatement(session, statement);
    if (failure !== null) failures.push(failed(statement, failure));
  }
  return failures;
}

/** privilege_not_revoked, privilege_not_granted. */
function notGranted(warnings: readonly string[]): StatementFailure | null {
  const isRefused = warnings.some((sqlstate) => sqlstate === "01006" || sqlstate === "01007");
  return isRefused ? { sqlstate: "42501", message: "the privileges were not granted or revoked" } : null;
}

function failed(statement: string, failure: StatementFailure): Failure {
  return { object: firstWords(statement), ...failure, statement, isDependent: false };
}

/** A statement in a few words, for messages. */
export function firstWords(statement: string): string {
  const line = statement.trim().replace(/\s+/g, " ");
  return line.length <= 80 ? line.replace(/;$/, "") : `${line.slice(0, 80)}…`;
}
