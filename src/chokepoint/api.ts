import type { Inspection } from "./backend.ts";
import type { Caller, Drop, DropRequest, Refusal } from "./drop.ts";
import type { DropFact, DropFilter, TimelineEntry } from "./ports.ts";
import type { ReconcileFact } from "./reconcile/facts.ts";
import type { FindingFilter, FindingPage } from "./reconcile/read-findings.ts";
import type { RoundOptions } from "./reconcile/rounds.ts";
import type { StatementAnswer, StatementWatch, WireStatement } from "./statements/statement.ts";

/** What a request would do, found out without doing it. */
export interface DropPlan {
  /** What would say no, in the order in which it would be asked; empty: nothing. */
  readonly refusals: readonly Refusal[];
  readonly wouldHold: { readonly why: string; readonly approvers: number } | null;
  readonly inspection: Inspection | null;
  /** What it would do, one line each, in order. */
  readonly steps: readonly string[];
}

/** How a person's word was taken. */
export type Answer =
  | { readonly kind: "done"; readonly drop: Drop }
  | { readonly kind: "not-found" }
  /** It is not for this caller, or it stands where this cannot be done. */
  | { readonly kind: "forbidden" | "conflict"; readonly reason: string; readonly drop: Drop };

/** How a person's word for a statement that is to come was taken. */
export type TicketAnswer =
  | Exclude<Answer, { readonly kind: "done" }>
  | {
      readonly kind: "done";
      readonly drop: Drop;
      /** Null: others have to approve as well. */
      readonly ticket: string | null;
    };

export type RequestAnswer =
  | { readonly kind: "new" | "repeat"; readonly drop: Drop }
  | { readonly kind: "conflict"; readonly drop: Drop }
  /** Nothing was recorded: an unknown target, a type that the target has not. */
  | { readonly kind: "invalid"; readonly reason: string }
  /** The ledger could not take it: nothing is known of it, nothing was done. */
  | { readonly kind: "unrecorded"; readonly reason: string }
  /** The ledger was lost on the way: whoever finds the drop there, when it can be read again, goes on with it. It may have been done. */
  | { readonly kind: "undecided"; readonly dropId: string; readonly reason: string };

/** The chokepoint as its faces see it: HTTP, the command line through HTTP, the wire. Only `unrecorded` and `undecided` say that the ledger is down; others throw `OpsError`. */
export interface Chokepoint {
  /** Answers once it is decided, and fenced where it is allowed; the rest goes on by itself. */
  request(request: DropRequest, caller: Caller, signal: AbortSignal): Promise<RequestAnswer>;
  plan(
    request: DropRequest,
    caller: Caller,
    signal: AbortSignal,
  ): Promise<DropPlan | { readonly kind: "invalid"; readonly reason: string }>;
  /**
   * Decides on a statement that a session of its own will carry out, and waits for people where the policy says so. Once it is `started`
   * the record is committed, and `settle` is to be called. What cannot be recorded is refused; rejects for a bug alone.
   */
  statement(given: WireStatement, caller: Caller, watch: StatementWatch): Promise<StatementAnswer>;
  /** Approves such a statement in advance; the ticket is told once, to who approved last. */
  ticket(dropId: string, caller: Caller, options: { readonly comment: string | null }): Promise<TicketAnswer>;
  approve(dropId: string, caller: Caller, options: { readonly comment: string | null }): Promise<Answer>;
  /** By who asked for it, it is cancelled. */
  deny(dropId: string, caller: Caller, options: { readonly comment: string | null }): Promise<Answer>;
  /** Answers when it has begun; `as` where the old name is in use. */
  undo(
    dropId: string,
    caller: Caller,
    options: { readonly as: string | null; readonly from: "fence" | "tombstone" | null },
  ): Promise<Answer>;
  /** Asks for the destruction of a fence and its tombstone before their time: a drop of its own. */
  purge(
    dropId: string,
    caller: Caller,
    options: { readonly comment: string | null; readonly requestId: string | null },
  ): Promise<Answer>;
  show(dropId: string): Promise<{ readonly drop: Drop; readonly timeline: readonly TimelineEntry[] } | null>;
  list(filter: DropFilter): Promise<readonly Drop[]>;
  /** One round of a target, told as those of the loop are; what cannot be asked is a fact. Null: there is no such target. */
  reconcile(target: string, options: RoundOptions): Promise<readonly ReconcileFact[] | null>;
  /** What rounds have told of all targets, newest first. */
  findings(filter: FindingFilter): Promise<FindingPage>;
  /** Facts from now on; a viewer that is too slow loses some, and is told how many. */
  follow(listener: (fact: DropFact) => void): Disposable;
  ready(): Promise<readonly { readonly name: string; readonly isOk: boolean; readonly detail: string }[]>;
}
