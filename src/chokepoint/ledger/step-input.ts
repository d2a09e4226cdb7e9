import type { Caller, DecidedPlan, Drop, JsonObject } from "../drop.ts";
import type { DropChange, LedgerEvent, Step } from "../ports.ts";
import { mainPartOf } from "../resource.ts";
import { describeStatement, refusedFacts, statementFacts } from "../statements/statement-details.ts";
import { storableText } from "./storable.ts";

/** Who writes, and under which name, unique in the ledger. */
export interface Writer {
  readonly instance: number;
  readonly stepId: string;
  readonly leaseMs: number;
}

export function signed({ instance, stepId, leaseMs }: Writer): object {
  return { instance, step_id: stepId, lease_ms: leaseMs };
}

/** The actor of an event. Beside the drop's own caller its details name the address of whoever did this. */
export function by(actor: Caller): {
  readonly actor: string;
  readonly actor_type: string;
  readonly by: JsonObject;
} {
  const type = actor.person !== null ? "person" : actor.protocol === "internal" ? "system" : "service";
  return {
    actor: storableText(actor.name, 1024),
    actor_type: type,
    by: {
      actor_person: actor.person,
      actor_peer: storableText(actor.peer, 1024),
      actor_protocol: actor.protocol,
    },
  };
}

/** What a row begins with: it was asked for; a session's statement may be refused, or let through, at the same time. */
export function firstEvents(drop: Drop): readonly LedgerEvent[] {
  const details = requested(drop);
  if (drop.state === "refused")
    return [{ action: "drop.refused", details: { ...details, ...refusedFacts(drop.refusal) } }];
  const asked = { action: "drop.requested", details };
  return drop.state === "started"
    ? [asked, { action: "drop.started", details: statementFacts(drop) }]
    : [asked];
}

/** What `drop.requested` says beside the common fields. */
function requested({ request: { intent }, requestHash, purges, statement }: Drop): JsonObject {
  return {
    request_hash: requestHash,
    reason: intent.reason,
    requested_by: intent.requestedBy,
    names: intent.names,
    resource_status: intent.resourceStatus,
    not_after: intent.notAfter?.toISOString() ?? null,
    force: intent.force,
    ...(purges === null ? {} : { purges }),
    ...(statement === null ? {} : describeStatement(statement)),
  };
}

/** A new drop by the names of its columns. */
export function rowOf(drop: Drop): object {
  const { request, caller } = drop;
  return {
    drop_id: drop.dropId,
    request_id: request.requestId,
    request_hash: drop.requestHash,
    target: request.target,
    resource_type: request.resourceType,
    main_part: mainPartOf(request.resourceType),
    provider_resource_id: request.providerResourceId,
    token: request.token,
    placement: drop.placement,
    caller: caller.name,
    person: caller.person,
    peer: caller.peer,
    protocol: caller.protocol,
    intent: request.intent,
    purges: drop.purges,
    statement: drop.statement,
    requested_at: drop.requestedAt,
    state: drop.state,
    plan: drop.plan,
    ...columns(drop),
  };
}

/** What a step changes, by the names of the columns; what is absent stays. */
export function changed({ to, change }: Step, now: Date): object {
  const { plan } = change;
  return {
    ...(to === null ? {} : { state: to }),
    // The window of the volume breaker counts every start.
    ...(to === "started" ? { started_at: now } : {}),
    ...(plan === undefined ? {} : { plan: withoutSecret(plan) }),
    ...columns(change),
  };
}

export function guarded({ guard }: Step, now: Date): object {
  return {
    ...(guard?.volume === undefined
      ? {}
      : { volume: guard.volume.drops, since: new Date(now.getTime() - guard.volume.perMs) }),
    ...(guard?.identity === undefined ? {} : { identity: guard.identity }),
  };
}

type Changing = Omit<DropChange, "plan" | "claim">;

const named: { readonly [Name in keyof Changing]-?: string } = {
  outcome: "outcome",
  refusal: "refusal",
  error: "error",
  identity: "identity",
  tombstone: "tombstone",
  hold: "hold",
  approvals: "approvals",
  ticket: "ticket",
  undoneAs: "undone_as",
  undoneId: "undone_id",
  undoFrom: "undo_from",
  startedAt: "started_at",
  fencedAt: "fenced_at",
  finishedAt: "finished_at",
  purgeAt: "purge_at",
  tombstoneUntil: "tombstone_until",
  attempts: "attempts",
};

function columns(change: Changing): object {
  const given = Object.entries(change).flatMap(([name, value]) => {
    const column = Object.entries(named).find(([each]) => each === name)?.[1];
    return column === undefined || value === undefined ? [] : [[column, value]];
  });
  const hold = change.hold === undefined ? {} : { hold_expires_at: change.hold?.expiresAt ?? null };
  return { ...Object.fromEntries(given), ...hold };
}

/** An event never has it, nor the row. */
function withoutSecret({ secret: _secret, ...plan }: DecidedPlan): Omit<DecidedPlan, "secret"> {
  return plan;
}
