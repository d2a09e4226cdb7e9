import type { DropDocument, TimelineEntryDocument } from "../chokepoint/documents/drop-document.ts";
import type { FindingsDocument } from "../chokepoint/documents/finding-document.ts";
import type { PlanDocument } from "../chokepoint/documents/plan-document.ts";
import type { RequestBody } from "../chokepoint/documents/request-body.ts";
import type { TargetDocument } from "../chokepoint/documents/target-document.ts";
import type { ReconcileFact } from "../chokepoint/reconcile/facts.ts";

export const words = ["approve", "deny", "ticket", "undo", "purge"] as const;
export type Word = (typeof words)[number];

/** Lets one statement of a session through; told once. */
export interface Ticket {
  readonly text: string;
  readonly expiresAt: string;
}

/** What a person's word came to: the no of a running custody is a verdict, not an error. */
export type Said =
  | { readonly kind: "done"; readonly drop: DropDocument; readonly ticket?: Ticket | null }
  | { readonly kind: "refused"; readonly reason: string };

export interface DropPage {
  readonly drops: readonly DropDocument[];
  readonly next: string | null;
}

/**
 * A running custody. Every method throws `OpsError`: `unreachable`, `authentication-failed`, `permission-denied`, `bad-input` for what it
 * refuses to read, `server-error` for what it could not do now, `unsupported-server` for what is no custody.
 */
export interface DropApi {
  request(body: RequestBody): Promise<DropDocument>;
  plan(body: RequestBody): Promise<PlanDocument>;
  list(query: Readonly<Record<string, string>>): Promise<DropPage>;
  show(dropId: string): Promise<DropDocument & { readonly timeline: readonly TimelineEntryDocument[] }>;
  say(dropId: string, word: Word, body: Readonly<Record<string, string | null>>): Promise<Said>;
  targets(): Promise<readonly TargetDocument[]>;
  /** One round of one target. */
  reconcile(target: string, options: { readonly canary: boolean }): Promise<readonly ReconcileFact[]>;
  /** As `GET /v1/findings` takes it. */
  findings(query: Readonly<Record<string, string>>): Promise<FindingsDocument>;
  /** The drop each time that it moved, from how it stands now on; goes on after a connection that was lost. */
  follow(dropId: string, signal: AbortSignal): AsyncGenerator<DropDocument, void>;
}
