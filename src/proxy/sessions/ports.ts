import type { Destruction } from "../../destruction/destruction.ts";
import type { Connection } from "./connection.ts";

export type Protocol = "postgres" | "redis" | "mongo" | "nats";

/** Who speaks, as far as it is known by now. */
export interface Speaker {
  /** Of this connection, for people and records: `s-` and 16 hexadecimal digits. */
  readonly sessionId: string;
  readonly listener: string;
  readonly target: string;
  readonly protocol: Protocol;
  /** The role or user that logged in, or asks to; empty where none is known. */
  readonly role: string;
  /** Roles that it may have taken on since (`SET ROLE`); without `role`. */
  readonly otherRoles: readonly string[];
  /** As the gate said: it could drop what others own, as itself or by a role that it may take on. */
  readonly isAdmin: boolean;
  /** PostgreSQL's database, MongoDB's `$db`, Redis' number, NATS' domain; empty where there is none. */
  readonly database: string;
  /** The network address with its port, or `unix`. */
  readonly peer: string;
  /** Common name of the client certificate. */
  readonly certificate: string | null;
  /** application_name, CLIENT SETNAME, `client.application.name`, the name in CONNECT. */
  readonly applicationName: string;
}

/** What one message asks for, all its destructions together: they are decided on as one. */
export interface Sighting {
  readonly speaker: Speaker;
  /** At least one. */
  readonly destructions: readonly Destruction[];
  /** SHA-256, in hex, of the statement with its constants taken out: two of one fingerprint differ in values alone. */
  readonly fingerprint: string;
  /** Of a comment in sqlcommenter's form, decoded: `request_id`, `custody-ticket`, `token` and whatever else is there. */
  readonly tags: ReadonlyMap<string, string>;
  /** Whether locks of the session wait with it while it is held. */
  readonly isInTransaction: boolean;
  /** Whether it is one statement, alone and outside of a transaction: only then may custody carry it out in the session's place. */
  readonly isAlone: boolean;
  /** FORCE was asked for: sessions are to be terminated. */
  readonly isForced: boolean;
  /** The server has not let the speaker in as who it says it is: nothing is done in its place. Absent: it has, or it does not ask. */
  readonly isUnproved?: true;
}

/** What becomes of a sighting. Of all but `pass` a record is in the ledger when it is known, but where `recordedAs` is null. */
export type WireVerdict =
  /** Nothing was recorded; let it through. */
  | { readonly kind: "pass" }
  /** `drop.started` is committed: let it through, and tell once how the server took it. */
  | { readonly kind: "forward"; readonly dropId: string; readonly settle: (settled: Settled) => void }
  | { readonly kind: "refused"; readonly refusal: WireRefusal }
  /** guardedDrop has done it: answer as the server would have. `isNoop`: there was nothing of that name. */
  | { readonly kind: "done"; readonly dropId: string; readonly isNoop: boolean };

/** A no, in words that hold no secret. Each protocol dresses it in its own way. */
export interface WireRefusal {
  /** SQLSTATE where the server's own word is handed on (`55006`, `2BP01`, `25001`); null: the policy's no, 42501 and its kin. */
  readonly code: string | null;
  readonly message: string;
  /** Where it is recorded: `recorded as drop 1234…`. */
  readonly detail: string;
  /** How to get it approved, or what to do instead. */
  readonly hint: string;
}

/** How the server took what was let through. */
export interface Settled {
  /** `noop`: it was not there. `unknown`: the session ended before it could be known. */
  readonly outcome: "ok" | "noop" | "rolled_back" | "error" | "unknown";
  /** The server's words where it said no. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Told to a client that waits, where its protocol can. */
export interface HoldNotice {
  readonly message: string;
  readonly detail: string;
  readonly hint: string;
}

export interface DecisionWatch {
  /** May be called any number of times before the verdict. */
  readonly notice: (notice: HoldNotice) => void;
  /** Fires when the client is gone, or has cancelled: what is not started by then never is. */
  readonly signal: AbortSignal;
}

/** Decides over sightings. Never throws and never rejects: what cannot be decided is refused. */
export interface WireDecider {
  /** Answers at once where it passes. */
  decide(sighting: Sighting, watch: DecisionWatch): WireVerdict | Promise<WireVerdict>;
}

/** What the gate says of somebody who wants in. */
export type Admission =
  /** `isAdmin`: it could drop databases, roles or what others own, as itself or by a role that it may take on. */
  | { readonly kind: "admitted"; readonly isAdmin: boolean }
  | { readonly kind: "refused"; readonly refusal: WireRefusal };

/** Decided before anything is dialled. Never throws and never rejects: what cannot be known is refused. */
export interface Gate {
  admit(
    speaker: Speaker,
    startup: {
      /** Wants a replication connection. */
      readonly isReplication: boolean;
      /** Every other role that it names at its start: `-c role=…`. */
      readonly roles: readonly string[];
      /** It has not said yet who it is (NATS, MongoDB): what is said of roles is asked again when it has. */
      readonly isUnnamed?: boolean;
      /** Its TLS begins only behind the server's first words (NATS): what is said of certificates is asked again with its name. */
      readonly isCertificateToCome?: boolean;
    },
  ): Admission | Promise<Admission>;
  /** Whether a session that is in may take on this role (`SET ROLE`), by the same rules. */
  mayTakeOn(speaker: Speaker, role: string): boolean;
}

/** What a session is given by the listener that accepted it. */
export interface SessionContext {
  readonly listener: string;
  readonly target: string;
  readonly sessionId: string;
  readonly gate: Gate;
  readonly decider: WireDecider;
  /** Connects to the target, TLS as its URL says. Rejects with `OpsError`. */
  readonly dial: (signal: AbortSignal) => Promise<Connection>;
  readonly limits: SessionLimits;
  /** For people: what a session did that none should; no statement, no secret. */
  readonly warn: (message: string) => void;
  /** Fires when custody drains: idle sessions end now, others when they are idle. */
  readonly drain: AbortSignal;
}

export interface SessionLimits {
  /** Until a client that connected has said who it is. */
  readonly startupMs: number;
  /** A message up to so many bytes is read whole before it is judged; a longer one is judged as it streams. */
  readonly wholeBytes: number;
  /** The longest message that a client may send. */
  readonly messageBytes: number;
}

/** A running session, as its listener sees it. */
export interface RunningSession {
  readonly speaker: Speaker;
  /** Ends both sides at once; resolves when both are closed. */
  destroy(): void;
  readonly closed: Promise<void>;
}
