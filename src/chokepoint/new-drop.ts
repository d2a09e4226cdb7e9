import { createHash } from "node:crypto";
import type { Caller, Drop, DropRequest } from "./drop.ts";
import type { StatementFacts } from "./statements/statement.ts";
import { storableJson } from "./ledger/storable.ts";
import type { TargetPolicy } from "./target-policy.ts";

/** The row of a drop that was just asked for. */
export function newDrop(
  request: DropRequest,
  caller: Caller,
  facts: {
    readonly dropId: string;
    readonly policy: TargetPolicy;
    readonly now: Date;
    readonly purges: string | null;
    /** Absent: custody carries it out. */
    readonly statement?: StatementFacts;
  },
): Drop {
  const { statement = null } = facts;
  return {
    dropId: facts.dropId,
    request,
    statement,
    requestHash: hashRequest(request, facts.purges, statement),
    placement: facts.policy.placement,
    caller,
    state: "requested",
    outcome: null,
    refusal: null,
    error: null,
    plan: null,
    identity: null,
    tombstone: null,
    hold: null,
    approvals: [],
    ticket: null,
    purges: facts.purges,
    undoneAs: null,
    undoneId: null,
    undoFrom: null,
    requestedAt: facts.now,
    startedAt: null,
    fencedAt: null,
    finishedAt: null,
    purgeAt: null,
    tombstoneUntil: null,
    attempts: 0,
    epoch: 1,
    updatedAt: facts.now,
  };
}

/** In one order, however the row keeps it. */
function describeStatement(statement: StatementFacts): readonly unknown[] {
  const { session, destructions } = statement;
  return [
    session.id,
    session.listener,
    session.role,
    session.otherRoles,
    session.database,
    session.applicationName,
    session.certificate,
    Object.entries(statement.tags).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    destructions.map(({ kind, what, names, parts, isWhole }) => [kind, what, names, parts, isWhole]),
    statement.action,
    statement.isInTransaction,
    statement.ticket === null
      ? null
      : [statement.ticket.of, statement.ticket.sha256, statement.ticket.approvedBy],
  ];
}

/** SHA-256, in hex, over everything that a request says: two of one `request_id` with the same hash are one. */
export function hashRequest(
  request: DropRequest,
  purges: string | null,
  statement: StatementFacts | null,
): string {
  const { target, resourceType, providerResourceId, token, intent } = request;
  const content = [
    target,
    resourceType,
    providerResourceId,
    token,
    intent.reason,
    intent.requestedBy,
    Object.entries(intent.names).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    intent.resourceStatus,
    intent.notAfter?.toISOString() ?? null,
    intent.force,
    purges,
    // The last, and only where there is one: what was hashed before there were any stays what it was.
    ...(statement === null ? [] : [describeStatement(statement)]),
  ];
  // As it is kept, so that it can be hashed again from there.
  return createHash("sha256").update(storableJson(content)).digest("hex");
}
