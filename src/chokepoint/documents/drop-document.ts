import { z } from "zod";
import { dropStates, outcomes, refusalSites } from "../drop.ts";
import type { Drop, JsonObject } from "../drop.ts";
import { allParts, parts } from "../resource.ts";
import type { TimelineEntry } from "../ports.ts";
import type { StatementFacts } from "../statements/statement.ts";

const time = z.iso.datetime();
const count = z.int().min(0);
const names = z.partialRecord(z.enum(parts), z.string());
/** What is in it is the backend's. */
const facts = z.record(z.string(), z.unknown());

/** A drop as HTTP, its events and `custody drop` show it (formats.md section 7). New fields may be added, none renamed. */
export const dropDocumentSchema = z.object({
  drop_id: z.string(),
  state: z.enum(dropStates),
  outcome: z.enum(outcomes).nullable(),
  target: z.string(),
  resource_type: z.string(),
  /** Who carries it out: custody, or the session of a client on the wire. */
  carrier: z.enum(["custody", "session"]),
  provider_resource_id: z.string(),
  token: z.string(),
  request_id: z.string(),
  backend: z.enum(["shared", "dedicated"]),
  caller: z.string(),
  person: z.string().nullable(),
  peer: z.string(),
  protocol: z.string(),
  intent: z.object({
    reason: z.string(),
    requested_by: z.string().nullable(),
    names,
    resource_status: z.string().nullable(),
    not_after: time.nullable(),
    force: z.boolean(),
    statement_fingerprint: z.string().nullable(),
  }),
  refusal: z
    .object({
      site: z.enum(refusalSites),
      reason: z.string(),
      sqlstate: z.string().nullable(),
      is_passing: z.boolean(),
    })
    .nullable(),
  error: z.string().nullable(),
  identity: z
    .object({
      system_identifier: z.string(),
      parts: z.array(
        z.object({
          part: z.enum(allParts),
          name: z.string(),
          id: z.string(),
          size_bytes: z.number().nullable(),
        }),
      ),
    })
    .nullable(),
  statement: z
    .object({
      session_id: z.string(),
      listener: z.string(),
      role: z.string(),
      other_roles: z.array(z.string()),
      database: z.string(),
      application_name: z.string(),
      certificate: z.string().nullable(),
      tags: z.record(z.string(), z.string()),
      destructions: z.array(
        z.object({
          kind: z.string(),
          what: z.string(),
          names: z.array(z.string()),
          parts: z.array(z.string()),
          is_whole: z.boolean(),
        }),
      ),
      action: z.enum(["audit", "hold", "deny"]),
      in_transaction: z.boolean(),
      ticket_of: z.string().nullable(),
      ticket_approved_by: z.array(z.string()),
    })
    .nullable(),
  fence_names: names.nullable(),
  tombstone: z
    .object({
      folder: z.string(),
      bytes: count,
      fingerprint: z.string(),
      made_at: time,
      proved_at: time.nullable(),
      is_encrypted: z.boolean(),
      contents: facts,
    })
    .nullable(),
  hold: z
    .object({ why: z.enum(["policy", "volume", "purge"]), approvers: count, expires_at: time })
    .nullable(),
  approvals: z.array(
    z.object({
      by: z.string(),
      person: z.string().nullable(),
      at: time,
      comment: z.string().nullable(),
    }),
  ),
  /** Until when a ticket of it is good that was not used yet, or was. */
  ticket_until: time.nullable(),
  purges: z.string().nullable(),
  undo_from: z.enum(["fence", "tombstone"]).nullable(),
  undone_as: z.string().nullable(),
  requested_at: time,
  started_at: time.nullable(),
  fenced_at: time.nullable(),
  finished_at: time.nullable(),
  purge_at: time.nullable(),
  tombstone_until: time.nullable(),
  attempts: count,
  updated_at: time,
});

export type DropDocument = z.output<typeof dropDocumentSchema>;

/** One event of the ledger, in the timeline of its drop. */
export const timelineEntrySchema = z.object({
  id: z.string(),
  seq: z.int(),
  action: z.string(),
  at: time,
  actor: z.string(),
  details: facts,
});

export type TimelineEntryDocument = z.output<typeof timelineEntrySchema>;

/** What `GET /v1/drops/{id}` answers: the drop, and its events, oldest first. */
export const shownDropSchema = dropDocumentSchema.extend({ timeline: z.array(timelineEntrySchema) });

/** Everything of a drop that people may see: what undo needs in secret is not in a `Drop`. */
export function describeDrop(drop: Drop): DropDocument {
  const { request, caller, refusal, identity, plan, tombstone, hold } = drop;
  const { intent } = request;
  return {
    drop_id: drop.dropId,
    state: drop.state,
    outcome: drop.outcome,
    target: request.target,
    resource_type: request.resourceType,
    carrier: drop.statement === null ? "custody" : "session",
    provider_resource_id: request.providerResourceId,
    token: request.token,
    request_id: request.requestId,
    backend: drop.placement,
    caller: caller.name,
    person: caller.person,
    peer: caller.peer,
    protocol: caller.protocol,
    intent: {
      reason: intent.reason,
      requested_by: intent.requestedBy,
      names: { ...intent.names },
      resource_status: intent.resourceStatus,
      not_after: show(intent.notAfter),
      force: intent.force,
      statement_fingerprint: intent.statementFingerprint,
    },
    refusal:
      refusal === null
        ? null
        : {
            site: refusal.site,
            reason: refusal.reason,
            sqlstate: refusal.sqlstate ?? null,
            is_passing: refusal.isPassing,
          },
    error: drop.error,
    identity:
      identity === null
        ? null
        : {
            system_identifier: identity.systemIdentifier,
            parts: identity.parts.map(({ part, name, id, sizeBytes }) => ({
              part,
              name,
              id,
              size_bytes: sizeBytes,
            })),
          },
    statement: drop.statement === null ? null : showStatement(drop.statement),
    fence_names: plan === null ? null : { ...plan.fenceNames },
    tombstone:
      tombstone === null
        ? null
        : {
            folder: tombstone.folder,
            bytes: tombstone.bytes,
            fingerprint: tombstone.fingerprint,
            made_at: tombstone.madeAt.toISOString(),
            proved_at: show(tombstone.provedAt),
            is_encrypted: tombstone.isEncrypted,
            contents: copy(tombstone.contents),
          },
    hold:
      hold === null
        ? null
        : { why: hold.why, approvers: hold.approvers, expires_at: hold.expiresAt.toISOString() },
    approvals: drop.approvals.map(({ by, person, at, comment }) => ({
      by,
      person,
      at: at.toISOString(),
      comment,
    })),
    ticket_until: show(drop.ticket?.expiresAt ?? null),
    purges: drop.purges,
    undo_from: drop.undoFrom,
    undone_as: drop.undoneAs,
    requested_at: drop.requestedAt.toISOString(),
    started_at: show(drop.startedAt),
    fenced_at: show(drop.fencedAt),
    finished_at: show(drop.finishedAt),
    purge_at: show(drop.purgeAt),
    tombstone_until: show(drop.tombstoneUntil),
    attempts: drop.attempts,
    updated_at: drop.updatedAt.toISOString(),
  };
}

function showStatement({ session, tags, destructions, ...rest }: StatementFacts): DropDocument["statement"] {
  return {
    session_id: session.id,
    listener: session.listener,
    role: session.role,
    other_roles: [...session.otherRoles],
    database: session.database,
    application_name: session.applicationName,
    certificate: session.certificate,
    tags: { ...tags },
    destructions: destructions.map(({ kind, what, names: named, parts: found, isWhole }) => ({
      kind,
      what,
      names: [...named],
      parts: [...found],
      is_whole: isWhole,
    })),
    action: rest.action,
    in_transaction: rest.isInTransaction,
    ticket_of: rest.ticket?.of ?? null,
    ticket_approved_by: [...(rest.ticket?.approvedBy ?? [])],
  };
}

export function describeTimelineEntry(entry: TimelineEntry): TimelineEntryDocument {
  return { ...entry, at: entry.at.toISOString(), details: copy(entry.details) };
}

function show(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}

function copy(object: JsonObject): Record<string, unknown> {
  return { ...object };
}
