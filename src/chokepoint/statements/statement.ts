import type { Destruction } from "../../destruction/destruction.ts";
import type { DestructionKind } from "../../destruction/kinds.ts";
import type { Refusal } from "../drop.ts";

/** What the policy of a listener says of a statement that it does not let pass unseen. */
export type StatementAction = "audit" | "hold" | "deny";

/** Whose session it is, as far as the listener knows it; for the records. */
export interface StatementSession {
  readonly id: string;
  readonly listener: string;
  readonly role: string;
  /** Roles that it may have taken on since it began. */
  readonly otherRoles: readonly string[];
  readonly database: string;
  readonly applicationName: string;
  readonly certificate: string | null;
}

/** A statement that a client's session has sent, and that waits at a listener: one message, all its destructions together. */
export interface WireStatement {
  readonly target: string;
  /** Of the statement's comment; null: `wire-` and the drop's id. Another statement may bear the same. */
  readonly requestId: string | null;
  /** Empty unless the names or a comment give it. */
  readonly token: string;
  readonly action: StatementAction;
  /** The policy's words for people, where it denies; null: it has none of its own. */
  readonly reason: string | null;
  /** At least one. */
  readonly destructions: readonly Pick<Destruction, "kind" | "what" | "names">[];
  /** SHA-256, in hex, of the statement without its constants. */
  readonly fingerprint: string;
  /** Of the comment: what is worth keeping. */
  readonly tags: Readonly<Record<string, string>>;
  readonly session: StatementSession;
  /** Locks of the session wait with it. */
  readonly isInTransaction: boolean;
  /** FORCE was asked for. */
  readonly isForced: boolean;
  /** How long it may be held at most; an approval that takes longer comes too late. */
  readonly holdMs: number;
  /** A single-use ticket, as the comment has it; null: none. */
  readonly ticket: string | null;
}

/** Told to a session that waits. */
export interface HeldNotice {
  readonly dropId: string;
  readonly approvers: number;
  /** How many have approved so far. */
  readonly approvals: number;
  readonly expiresAt: Date;
}

export interface StatementWatch {
  /** Once when it is held, and again when somebody approved it and others are still wanted. */
  readonly notice: (held: HeldNotice) => void;
  /** The client is gone, or has cancelled: what is not started by then never is. */
  readonly signal: AbortSignal;
}

/** How the server took what was let through. */
export interface StatementEnd {
  /** `noop`: it was not there. `unknown`: the session ended before it could be known. */
  readonly outcome: "ok" | "noop" | "rolled_back" | "error" | "unknown";
  /** The server's words where it said no. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

export type StatementAnswer =
  | {
      readonly kind: "refused";
      /** Null: no row tells of it. */
      readonly dropId: string | null;
      /** Without a row: counted with others of its minute, or not taken by the ledger at all. */
      readonly record: "row" | "count" | "none";
      /** In which state the row is: denied by a person, expired, cancelled, or refused. */
      readonly state: "refused" | "denied" | "expired" | "cancelled";
      readonly refusal: Refusal;
    }
  | {
      readonly kind: "started";
      readonly dropId: string;
      /** To be called once. Resolves when the end is recorded, which may take as long as the ledger is down; rejects for a bug alone. */
      readonly settle: (end: StatementEnd) => Promise<void>;
    };

/** One destruction of a statement, as its row keeps it. */
export interface RecordedDestruction {
  readonly kind: DestructionKind;
  readonly what: string;
  readonly names: readonly string[];
  /** `part:id` of what of it was found on the target before it was let through. */
  readonly parts: readonly string[];
  /** Whether all its names were asked for and none was ambiguous: what was not found was not there. */
  readonly isWhole: boolean;
}

/** What a row has of a statement that a session carries out. */
export interface StatementFacts {
  readonly session: StatementSession;
  readonly tags: Readonly<Record<string, string>>;
  readonly destructions: readonly RecordedDestruction[];
  readonly action: StatementAction;
  readonly isInTransaction: boolean;
  /** What let it through; null: no ticket did. */
  readonly ticket: TicketUse | null;
}

/** A ticket that is used: of one statement alone. */
export interface TicketUse {
  /** The statement that it was given for. */
  readonly of: string;
  /** In hex. */
  readonly sha256: string;
  readonly approvedBy: readonly string[];
}
