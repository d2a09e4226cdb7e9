import type { Names, RecordedType } from "./resource.ts";
import type { StatementFacts } from "./statements/statement.ts";

/** Plain JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

/** Who asks, as authenticated: never from the body of a request. */
export interface Caller {
  /** The name of the token, of the certificate, or of the role on the wire. */
  readonly name: string;
  /** The person behind it, whatever the token: nobody approves their own. Null for a machine. */
  readonly person: string | null;
  /** The network address. */
  readonly peer: string;
  readonly protocol: "http" | "postgres" | "redis" | "mongo" | "nats" | "internal";
}

/** `POST /v1/drops` (formats.md section 7), validated. Names are final: nothing is guessed from them. */
export interface DropRequest {
  readonly target: string;
  readonly resourceType: RecordedType;
  readonly providerResourceId: string;
  /** Empty on the wire, unless the name gives it. */
  readonly token: string;
  readonly requestId: string;
  readonly intent: Intent;
}

export interface Intent {
  readonly reason: string;
  /** On whose behalf a machine asks; that person approves nothing of it. */
  readonly requestedBy: string | null;
  readonly names: Names;
  readonly resourceStatus: string | null;
  readonly notAfter: Date | null;
  /** Terminate the resource's sessions, as DROP … WITH (FORCE) would. */
  readonly force: boolean;
  /** The SQL of it, normalised and hashed; null but on the wire. */
  readonly statementFingerprint: string | null;
}

/** Where a drop stands; each state is named after the event that led there (formats.md section 6). */
export const dropStates = [
  "requested",
  "refused",
  "noop",
  "held",
  "approved",
  "denied",
  "expired",
  "cancelled",
  "started",
  "fenced",
  "tombstoned",
  "proved",
  "completed",
  "failed",
  "unproved",
  "unknown",
  "undo_started",
  "undone",
  "undo_failed",
  "purge_started",
  "purged",
] as const;

export type DropState = (typeof dropStates)[number];

/** How it ended, for counting: the label `outcome` of `custody_drop_total`. Null while nothing is decided. */
export const outcomes = [
  "ok",
  "noop",
  "error",
  "breaker_open",
  "refused",
  "denied",
  "rolled_back",
  "unknown",
] as const;

export type Outcome = (typeof outcomes)[number];

/** Where in the order of a drop somebody said no. */
export const refusalSites = [
  "validate",
  "identity",
  "intent",
  "terminality",
  "breaker",
  "policy",
  "target",
  "server",
  "tombstone",
  "ledger",
  "gate",
] as const;

export type RefusalSite = (typeof refusalSites)[number];

/** A no, with the reason for people. `sqlstate` is the server's own word where it was the server's no. */
export interface Refusal {
  readonly site: RefusalSite;
  readonly reason: string;
  readonly sqlstate?: string;
  /** It could not be decided, or may be otherwise in a minute: the same request may be made again. */
  readonly isPassing: boolean;
  readonly outcome: "refused" | "breaker_open";
}

/** One part of a resource as the server knows it. */
export interface FoundPart {
  readonly part: keyof Names;
  readonly name: string;
  /** What the server will never give to another: the oid, the creation time. The name where it has nothing better. */
  readonly id: string;
  readonly sizeBytes: number | null;
}

/** What is dropped, beyond any name: formats.md `system_identifier` and `oid`. */
export interface Identity {
  readonly systemIdentifier: string;
  readonly parts: readonly FoundPart[];
}

/** How a resource is fenced: made before, recorded with `drop.started`, the same however often the fence is put up. */
export interface FencePlan {
  readonly identity: Identity;
  /** What each part is called behind the fence. */
  readonly fenceNames: Names;
  /** What undo must give back and nobody needs to hide: owners, grants, limits, settings, memberships, slots. */
  readonly saved: JsonObject;
  /** What undo must give back and nobody may see: verifiers, ACL lines. Kept in the drop's row, never in an event. */
  readonly secret: JsonObject | null;
}

/** What the policy said of the way back when the drop was decided: it is carried out so, whatever the policy says by then. */
export interface Terms {
  readonly mode: "required" | "soft" | "off";
  /** How long the fence stays. */
  readonly retentionMs: number;
  /** How long the tombstone stays, from the drop on. */
  readonly keepMs: number;
}

/** How a drop that was decided is to be carried out. */
export type DecidedPlan = FencePlan & {
  readonly terms: Terms;
  /** Random, in hex; of the digests in `drop.started`. */
  readonly salt: string;
};

/** A tombstone that is whole. `folder` is below the target's `tombstone.dir`. */
export interface TombstoneFacts {
  readonly folder: string;
  readonly bytes: number;
  /** Of the fingerprint: what two resources share when they are equal. */
  readonly fingerprint: string;
  readonly madeAt: Date;
  readonly provedAt: Date | null;
  readonly isEncrypted: boolean;
  /** For people: tables, rows, keys, messages. */
  readonly contents: JsonObject;
}

export interface Approval {
  readonly by: string;
  readonly person: string | null;
  readonly at: Date;
  readonly comment: string | null;
}

/** A row of `custody_drops`: all that is known of one drop. Secrets are fetched apart. */
export interface Drop {
  readonly dropId: string;
  readonly request: DropRequest;
  /** Of a statement that a client's own session carries out: custody decides and records, and never does it itself. Null: custody carries it out. */
  readonly statement: StatementFacts | null;
  /** SHA-256 of the request's content: the same request_id with another is a conflict. */
  readonly requestHash: string;
  /** The label `backend`. */
  readonly placement: "shared" | "dedicated";
  readonly caller: Caller;
  readonly state: DropState;
  readonly outcome: Outcome | null;
  readonly refusal: Refusal | null;
  /** What went wrong, for people; never a secret. */
  readonly error: string | null;
  readonly plan: Omit<DecidedPlan, "secret"> | null;
  /** What it was when it was decided on: an approval is for this and nothing else. */
  readonly identity: Identity | null;
  readonly tombstone: TombstoneFacts | null;
  /** Why it is held: by policy or by the volume breaker. */
  readonly hold: {
    readonly why: "policy" | "volume" | "purge";
    readonly approvers: number;
    readonly expiresAt: Date;
    /** What is approved; null for an early purge. */
    readonly terms: Terms | null;
  } | null;
  readonly approvals: readonly Approval[];
  /** Of a statement that was not let through: the ticket that lets another such through, once. */
  readonly ticket: { readonly sha256: string; readonly expiresAt: Date } | null;
  /** The drop whose fence and tombstone this one destroys before their time. */
  readonly purges: string | null;
  /** Under which name it came back. */
  readonly undoneAs: string | null;
  /** What came back from the tombstone, by the server's own id, from when it was whole; null before, and from the fence. */
  readonly undoneId: string | null;
  /** From what it came back, or is to; null: from the fence where there is one. */
  readonly undoFrom: "fence" | "tombstone" | null;
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly fencedAt: Date | null;
  readonly finishedAt: Date | null;
  /** When the real destruction is due, of the fence alone where it came back from its tombstone; null where nothing is left to destroy. */
  readonly purgeAt: Date | null;
  /** When the tombstone itself is removed. */
  readonly tombstoneUntil: Date | null;
  /** How often each step was tried since it began. */
  readonly attempts: number;
  /** Grows with every takeover: whoever acts with an older one acts no more. */
  readonly epoch: number;
  readonly updatedAt: Date;
}
