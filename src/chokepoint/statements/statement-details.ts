import type { Drop, JsonObject, Refusal } from "../drop.ts";
import type { StatementFacts } from "./statement.ts";

/** What the first event of a statement says of it beside what every request says. */
export function describeStatement(statement: StatementFacts): JsonObject {
  const { session, tags, destructions, action, isInTransaction, ticket } = statement;
  return {
    carrier: "session",
    session_id: session.id,
    listener: session.listener,
    role: session.role,
    other_roles: session.otherRoles,
    database: session.database,
    application_name: session.applicationName,
    certificate: session.certificate,
    tags,
    destructions: destructions.map(({ kind, what, names, parts, isWhole }) => ({
      kind,
      what,
      names,
      parts,
      whole: isWhole,
    })),
    action,
    in_transaction: isInTransaction,
    ...(ticket === null ? {} : { ticket_of: ticket.of, approved_by: ticket.approvedBy }),
  };
}

/** What `drop.started` says of a statement: what it would destroy, by identity. */
export function statementFacts({ identity, statement }: Pick<Drop, "identity" | "statement">): JsonObject {
  const ticket = statement?.ticket ?? null;
  return {
    carrier: "session",
    ...(ticket === null ? {} : { ticket_of: ticket.of, approved_by: ticket.approvedBy }),
    bound: (identity?.parts ?? []).map(({ part, name, id }) => ({ part, name, id })),
  };
}

/** What `drop.refused` says. */
export function refusedFacts(refusal: Refusal | null): JsonObject {
  if (refusal === null) return {};
  const { site, reason, isPassing, sqlstate, outcome } = refusal;
  return { outcome, site, reason, passing: isPassing, ...(sqlstate === undefined ? {} : { sqlstate }) };
}
