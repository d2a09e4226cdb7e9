import type { Backend } from "./backend.ts";
import type { Caller, DecidedPlan, Drop, DropState, JsonObject, TombstoneFacts } from "./drop.ts";
import type { TargetPolicy } from "./target-policy.ts";

/** One event of the ledger (formats.md section 6). `details` get the fields that every drop event has. */
export interface LedgerEvent {
  /** `drop.started` … or `connection.refused`. */
  readonly action: string;
  /** More than the common fields. */
  readonly details: JsonObject;
}

/** What changes in a drop's row; absent: stays. */
export type DropChange = Partial<
  Pick<
    Drop,
    | "outcome"
    | "refusal"
    | "error"
    | "identity"
    | "tombstone"
    | "hold"
    | "approvals"
    | "ticket"
    | "undoneAs"
    | "undoneId"
    | "undoFrom"
    | "startedAt"
    | "fencedAt"
    | "finishedAt"
    | "purgeAt"
    | "tombstoneUntil"
    | "attempts"
  > & { readonly plan: DecidedPlan; readonly claim: "keep" | "release" | "take" | "count" }
>;

/** One step of a drop: the row and its events in one transaction, or nothing of it. */
export interface Step {
  readonly dropId: string;
  /** Whose step it is: a row that another instance has taken over is not moved. Null: nobody need hold it (a hold that is approved). */
  readonly epoch: number | null;
  readonly from: readonly DropState[];
  /** Null: the state stays. */
  readonly to: DropState | null;
  readonly change: DropChange;
  readonly events: readonly LedgerEvent[];
  /** Who did it: the actor of the events. */
  readonly actor: Caller;
  /** Checked in the same transaction, with its rivals kept out. */
  readonly guard?: StepGuard;
}

export interface StepGuard {
  /** At most so many drops started in the window: by all on this target, and by this caller on all. */
  readonly volume?: { readonly drops: number; readonly perMs: number };
  /** No other drop is between started and fenced with one of these `part:id`, nor fenced. */
  readonly identity?: readonly string[];
}

export type StepResult =
  | { readonly moved: true; readonly drop: Drop }
  /** It stands elsewhere by now, or another holds it: `drop` says where. */
  | { readonly moved: false; readonly why: "stale"; readonly drop: Drop }
  | { readonly moved: false; readonly why: "volume"; readonly drop: Drop }
  | { readonly moved: false; readonly why: "identity"; readonly drop: Drop; readonly other: string };

export type Recorded =
  | { readonly kind: "new" | "repeat"; readonly drop: Drop }
  /** The same request_id with another content; of a statement, the ticket that another has used. */
  | { readonly kind: "conflict"; readonly drop: Drop };

export interface DropFilter {
  readonly states?: readonly DropState[];
  readonly target?: string;
  readonly caller?: string;
  readonly token?: string;
  readonly providerResourceId?: string;
  readonly since?: Date;
  readonly limit: number;
  /** The `requestedAt` and id that the page before ended with. */
  readonly before?: { readonly at: Date; readonly dropId: string };
}

/**
 * The drops and their chain, in one PostgreSQL database, so that a row never moves without its event. Every method throws `OpsError`
 * when the ledger cannot be asked; a commit whose answer was lost is looked up before anything is said of it.
 */
export interface Ledger {
  /**
   * Appends `drop.requested` and the row, held by this instance with epoch 1, or finds the one of the same `request_id`. A session's
   * statement is always new; its row may begin as `refused`, with that event alone and held by nobody, or as `started`, with both events.
   */
  record(drop: Drop): Promise<Recorded>;
  /** Committed, with `synchronous_commit = on`, when this returns. */
  step(step: Step): Promise<StepResult>;
  /** Events that belong to no row of a drop: refusals by the gate, `drop.unattributed`, `drop.orphaned`. */
  append(
    event: LedgerEvent & {
      readonly resourceType: string;
      readonly resourceId: string;
      readonly actor: Caller;
    },
  ): Promise<void>;
  find(dropId: string): Promise<Drop | null>;
  findSecret(dropId: string): Promise<JsonObject | null>;
  list(filter: DropFilter): Promise<readonly Drop[]>;
  /** The events of one drop, oldest first. */
  timeline(dropId: string): Promise<readonly TimelineEntry[]>;
  /**
   * Takes a drop whose holder is dead or that nobody holds; null when another was quicker. Raises the epoch. (A step with
   * `claim: "take"` takes it from whoever holds it, raises the epoch too, and the drop that it returns has the new one; with `"count"`
   * it stays whose it was, who has to keep it by the new epoch.)
   */
  claim(dropId: string): Promise<Drop | null>;
  /** Keeps what is claimed; `lost` of the claim fires when another has taken over. */
  keepAlive(dropId: string, epoch: number): Claim;
  /**
   * What waits for somebody (of the statements of sessions `requested`, `held`, `approved` and `started`): `requested`, `approved`, `started`, `fenced`, `tombstoned`, `proved`, `unknown`, `undo_started` and
   * `purge_started` that nobody alive holds; `held` that expired; `completed` and `undone` whose `purgeAt` has come; `purged` and
   * `undone` with a tombstone whose `tombstoneUntil` has come. Oldest first.
   */
  due(now: Date, limit: number): Promise<readonly Drop[]>;
  /** What time it is by the clock of the ledger's server, which all instances share. */
  clock(): Promise<Date>;
  /** How many drops were started since: the larger of all callers' on the target and the caller's on all. */
  startedSince(target: string, caller: string, since: Date): Promise<number>;
  /** Called when some drop moved, here or in another instance; soon, not at once. */
  onMoved(listener: (dropId: string) => void): Disposable;
  /** Of drops by state and tombstones by state: gauges. */
  count(): Promise<LedgerCounts>;
  /** Throws when a row could not be committed now. */
  ping(): Promise<void>;
}

/** Disposing gives the claim up where it is still held: the drop is due again at once, or when its lease has run out. */
export interface Claim extends Disposable {
  readonly lost: AbortSignal;
}

export interface TimelineEntry {
  readonly id: string;
  readonly seq: number;
  readonly action: string;
  readonly at: Date;
  readonly actor: string;
  readonly details: JsonObject;
}

export interface LedgerCounts {
  readonly held: number;
  /** Tombstones by state: `made`, `proved`, `encrypted`, `unproved`, `undone`. */
  readonly tombstones: Readonly<Record<string, number>>;
}

/** Encryption, room and removal of tombstones; what is in one is the backend's. */
export interface Tombstones {
  /** Where the tombstone of a drop lies: below the target's `tombstone.dir`. */
  folderOf(policy: TargetPolicy, dropId: string): string;
  /** Throws `no-space`, and `file-unwritable` where others may write there. */
  requireSpace(policy: TargetPolicy, sizeBytes: number): Promise<void>;
  /** The place of a tombstone that is to be made; nobody else's folder or link is there. Throws `file-unwritable`. */
  prepare(policy: TargetPolicy, dropId: string): Promise<string>;
  /** Of all its files as they lie there; for `contents.files_sha256`. Throws `file-unreadable`, `unreadable-archive`. */
  digest(folder: string): Promise<string>;
  /**
   * Whether all of a tombstone is there still, every byte as it was recorded: asked before what it is of is destroyed. Throws
   * `file-unreadable` (it is gone), `not-equal`, `unreadable-archive`, `file-unwritable` (it is somebody else's).
   */
  check(tombstone: Pick<TombstoneFacts, "folder" | "contents">): Promise<void>;
  /** To the recipients of the policy; may be called again after it was cut off. */
  encrypt(folder: string, recipients: readonly string[]): Promise<void>;
  /** Into a folder of its own that is gone when it is disposed of; the folder itself where it is not encrypted. */
  openPlain(policy: TargetPolicy, folder: string): Promise<AsyncDisposable & { readonly folder: string }>;
  remove(folder: string): Promise<void>;
}

/** Asks the platform's own database for the state of the resource. Throws when it cannot be asked. */
export interface Terminality {
  /** The state; null where the platform does not know the token. */
  ask(policy: TargetPolicy, token: string): Promise<string | null>;
}

/** What became known; viewers, log lines and metrics read it, and nothing waits for them. */
export interface DropFact {
  readonly type: "drop-moved";
  readonly drop: Drop;
  /** The event's action, such as `drop.fenced`. */
  readonly event: string;
  readonly at: Date;
}

export interface Target {
  readonly policy: TargetPolicy;
  readonly backend: Backend;
}

export interface ChokepointPorts {
  readonly targets: ReadonlyMap<string, Target>;
  readonly ledger: Ledger;
  readonly tombstones: Tombstones;
  readonly terminality: Terminality;
  now(): Date;
  newDropId(): string;
  /** Never throws, never waits. */
  tell(fact: DropFact): void;
  /** Whether the target has failed too often: runs the work unless its breaker is open. */
  readonly breakers: Breakers;
}

export interface Breakers {
  /** Runs the work; throws `BreakerOpenError` without running it while the breaker is open. A caller's own deadline counts as nothing. */
  run<T>(target: string, work: () => Promise<T>): Promise<T>;
  /** For the gauge `custody_circuit_state`: 0 closed, 1 open, 2 half-open. */
  state(target: string): 0 | 1 | 2;
}
