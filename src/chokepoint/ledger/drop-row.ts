import { z } from "zod";
import type { Drop, Json } from "../drop.ts";
import { dropStates, outcomes, refusalSites } from "../drop.ts";
import { destructionKinds } from "../../destruction/kinds.ts";
import { allParts, resourceKinds, sessionTypes } from "../resource.ts";
import type { ResourceType } from "../resource.ts";

const json: z.ZodType<Json> = z.json();
const object = z.record(z.string(), json);
const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const part = z.enum(allParts);
const names = z.partialRecord(part, z.string());
const types = Object.keys(resourceKinds).filter((key): key is ResourceType => key in resourceKinds);

const identity = z.object({
  systemIdentifier: z.string(),
  parts: z.array(z.object({ part, name: z.string(), id: z.string(), sizeBytes: z.number().nullable() })),
});

const terms = z.object({
  mode: z.enum(["required", "soft", "off"]),
  retentionMs: z.number(),
  keepMs: z.number(),
});

/**
 * Of a plan that was recorded before plans had terms: what gives the longest way back. No event vouches for them, so that nothing is
 * destroyed by such a plan; it can be looked at.
 */
const unrecorded = { mode: "required", retentionMs: 30 * 86_400_000, keepMs: 30 * 86_400_000 } as const;

const rowSchema = z.object({
  drop_id: z.string(),
  request_id: z.string(),
  request_hash: z.string(),
  target: z.string(),
  resource_type: z.enum([...types, ...sessionTypes]),
  provider_resource_id: z.string(),
  token: z.string(),
  placement: z.enum(["shared", "dedicated"]),
  caller: z.string(),
  person: z.string().nullable(),
  peer: z.string(),
  protocol: z.enum(["http", "postgres", "redis", "mongo", "nats", "internal"]),
  intent: z.object({
    reason: z.string(),
    requestedBy: z.string().nullable(),
    names,
    resourceStatus: z.string().nullable(),
    notAfter: instant.nullable(),
    force: z.boolean(),
    statementFingerprint: z.string().nullable(),
  }),
  state: z.enum(dropStates),
  outcome: z.enum(outcomes).nullable(),
  refusal: z
    .object({
      site: z.enum(refusalSites),
      reason: z.string(),
      sqlstate: z.string().exactOptional(),
      isPassing: z.boolean(),
      outcome: z.enum(["refused", "breaker_open"]),
    })
    .nullable(),
  error: z.string().nullable(),
  plan: z
    .object({
      identity,
      fenceNames: names,
      saved: object,
      terms: terms.default(unrecorded),
      salt: z.string().default(""),
    })
    .nullable(),
  identity: identity.nullable(),
  tombstone: z
    .object({
      folder: z.string(),
      bytes: z.number(),
      fingerprint: z.string(),
      madeAt: instant,
      provedAt: instant.nullable(),
      isEncrypted: z.boolean(),
      contents: object,
    })
    .nullable(),
  hold: z
    .object({
      why: z.enum(["policy", "volume", "purge"]),
      approvers: z.number(),
      expiresAt: instant,
      terms: terms.nullable().default(null),
    })
    .nullable(),
  approvals: z.array(
    z.object({
      by: z.string(),
      person: z.string().nullable(),
      at: instant,
      comment: z.string().nullable(),
    }),
  ),
  purges: z.string().nullable(),
  statement: z
    .object({
      session: z.object({
        id: z.string(),
        listener: z.string(),
        role: z.string(),
        otherRoles: z.array(z.string()),
        database: z.string(),
        applicationName: z.string(),
        certificate: z.string().nullable(),
      }),
      tags: z.record(z.string(), z.string()),
      destructions: z.array(
        z.object({
          kind: z.enum(destructionKinds),
          what: z.string(),
          names: z.array(z.string()),
          parts: z.array(z.string()),
          isWhole: z.boolean(),
        }),
      ),
      action: z.enum(["audit", "hold", "deny"]),
      isInTransaction: z.boolean(),
      ticket: z.object({ of: z.string(), sha256: z.string(), approvedBy: z.array(z.string()) }).nullable(),
    })
    .nullable(),
  ticket: z.object({ sha256: z.string(), expiresAt: instant }).nullable(),
  undone_as: z.string().nullable(),
  undone_id: z.string().nullable(),
  undo_from: z.enum(["fence", "tombstone"]).nullable(),
  requested_at: z.date(),
  started_at: z.date().nullable(),
  fenced_at: z.date().nullable(),
  finished_at: z.date().nullable(),
  purge_at: z.date().nullable(),
  tombstone_until: z.date().nullable(),
  attempts: z.number(),
  epoch: z.number(),
  updated_at: z.date(),
});

/** What is read of a row, in a select list: `columnsOf("d")`. */
export function columnsOf(alias: string): string {
  return Object.keys(rowSchema.shape)
    .map((name) => `${alias}.${name}`)
    .join(", ");
}

/** A row of custody_drops as it comes from the server. Throws where somebody else has written one. */
export function dropOf(given: unknown): Drop {
  const row = rowSchema.parse(given);
  return {
    dropId: row.drop_id,
    request: {
      target: row.target,
      resourceType: row.resource_type,
      providerResourceId: row.provider_resource_id,
      token: row.token,
      requestId: row.request_id,
      intent: row.intent,
    },
    statement: row.statement,
    requestHash: row.request_hash,
    placement: row.placement,
    caller: { name: row.caller, person: row.person, peer: row.peer, protocol: row.protocol },
    state: row.state,
    outcome: row.outcome,
    refusal: row.refusal,
    error: row.error,
    plan: row.plan,
    identity: row.identity,
    tombstone: row.tombstone,
    hold: row.hold,
    approvals: row.approvals,
    ticket: row.ticket,
    purges: row.purges,
    undoneAs: row.undone_as,
    undoneId: row.undone_id,
    undoFrom: row.undo_from,
    requestedAt: row.requested_at,
    startedAt: row.started_at,
    fencedAt: row.fenced_at,
    finishedAt: row.finished_at,
    purgeAt: row.purge_at,
    tombstoneUntil: row.tombstone_until,
    attempts: row.attempts,
    epoch: row.epoch,
    updatedAt: row.updated_at,
  };
}
