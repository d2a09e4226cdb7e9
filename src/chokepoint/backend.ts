import type { Drop, FencePlan, Identity, JsonObject } from "./drop.ts";
import type { Permit } from "./permit.ts";
import type { Names, Resource, ResourceType } from "./resource.ts";
import type { StatementEyes } from "./statements/statement-eyes.ts";

/** What the server would answer to a drop asked for now, in its own words. */
export interface ServerRefusal {
  /** SQLSTATE, or the server's own error code: `55006`, `2BP01`, `NOPERM`. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  /** Whether it may be otherwise in a minute: sessions that end, slots that are active. */
  readonly isPassing: boolean;
}

/** What a target says of a resource; nothing is changed by asking. */
export interface Inspection {
  /** No parts: nothing of it is there. */
  readonly identity: Identity;
  readonly refusals: readonly ServerRefusal[];
  /** About what a tombstone will take, before compression. */
  readonly sizeBytes: number;
  /** Sessions of others that the fence would end, where they may be ended. */
  readonly sessions: number;
  /** For people: the plan of a dry run shows it. */
  readonly notes: readonly string[];
}

/**
 * Where a resource stands, found out by identity, never by name alone.
 * `intact`: as before the drop. `fencing`: some parts are fenced. `fenced`: all are. `half-destroyed`: only its destruction can
 * go on (datconnlimit -2, keys half unlinked). `gone`: nothing of the fenced resource is there.
 */
export type Standing = "intact" | "fencing" | "fenced" | "half-destroyed" | "gone";

export interface StandingFacts {
  readonly standing: Standing;
  /** What tells: the catalog, a WAL record with its LSN. For the ledger. */
  readonly witness: JsonObject;
}

export interface TombstoneContents {
  readonly bytes: number;
  readonly fingerprint: string;
  readonly contents: JsonObject;
}

export interface ProofFacts {
  readonly isEqual: boolean;
  /** What differs, one line each; values of customers are not in them. */
  readonly differences: readonly string[];
  readonly seconds: number;
  /** Absent: restored. Where no server can be started: the copy was read back, and the fenced source once more. */
  readonly how?: "restored" | "read-back";
}

/** From what a resource is brought back. */
export type UndoSource = FenceSource | TombstoneSource;

export interface FenceSource {
  readonly kind: "fence";
  /** A plain tombstone to compare with, where there is one. */
  readonly folder: string | null;
  /** That of the tombstone that was proved: what is left to compare with where nobody here can decrypt it. */
  readonly fingerprint?: string;
}

export interface TombstoneSource {
  readonly kind: "tombstone";
  /** In the clear. */
  readonly folder: string;
  /** As the ledger has it: a folder that holds another tombstone is not restored. */
  readonly fingerprint?: string;
}

export interface Undone {
  /** The final names that it has now. */
  readonly names: Names;
  readonly proof: ProofFacts | null;
  readonly notes: readonly string[];
}

export type Progress = (done: number, total?: number) => void;

/**
 * A target held for one drop: every connection bears the name `custody:<drop_id>`, the lock of the resource is held, and those who
 * bore the name before are gone. `lost` fires when the lock cannot be held any longer; every method rejects then.
 */
export interface HeldTarget extends AsyncDisposable {
  readonly lost: AbortSignal;
  /** Reads what the fence will need and undo must give back. Throws what the server would refuse with. */
  planFence(resource: Resource, identity: Identity): Promise<FencePlan>;
  /** Makes the resource unreachable and its names free. May be called again after it was cut off anywhere: it finishes. */
  fence(permit: Permit, plan: FencePlan, options: { readonly force: boolean }): Promise<void>;
  standing(plan: FencePlan): Promise<StandingFacts>;
  /** Writes a whole tombstone into the folder, durable when this returns; replaces one that is not whole. Of the fenced resource. */
  makeTombstone(
    plan: FencePlan,
    folder: string,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<TombstoneContents>;
  /**
   * Restores the tombstone somewhere harmless and compares. The target is not asked, unless `how` is `read-back`. `recorded`: the
   * fingerprint that the ledger has; what is in the folder must be that very tombstone.
   */
  proveTombstone(
    plan: FencePlan,
    folder: string,
    progress: Progress,
    signal: AbortSignal,
    recorded?: string,
  ): Promise<ProofFacts>;
  /**
   * Brings the resource back under its old names, or under `as`; the names are given only to what is whole and was compared. May be
   * called again after it was cut off. Throws `name-in-use` where somebody has the name.
   */
  undo(permit: Permit, plan: FencePlan, from: UndoSource, options: UndoOptions): Promise<Undone>;
  /**
   * The real destruction, of what the identity says alone; for `drop.purge_started` of what is behind the fence alone: what is back
   * under its name by then is left. May be called again: what is gone is passed over.
   */
  destroyResource(permit: Permit, plan: FencePlan): Promise<StandingFacts>;
}

export interface UndoOptions {
  readonly as: string | null;
  /** What an earlier call of this undo told `onWhole`; null: none came so far. */
  readonly whole?: string | null;
  /**
   * Awaited, from a tombstone, once what comes back is whole and compared, and before it gets its name or anybody a right to it. The
   * ledger knows it from then on: a call after a lost answer tells it from somebody else's of that name, whatever was written to it.
   */
  readonly onWhole?: (id: string) => Promise<void>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** One resource that stands on a target, for reconciliation: identity, not the name, is what is compared. */
export interface InventoryItem {
  /** `database`, `role`, `user`, `stream` … */
  readonly part: keyof Names;
  readonly name: string;
  readonly id: string;
}

export interface Inventory {
  readonly systemIdentifier: string;
  readonly items: readonly InventoryItem[];
  /** Destructions that the server itself remembers: WAL records of dropped databases, a DDL log. */
  readonly witnessed: readonly {
    readonly part: keyof Names;
    readonly id: string;
    readonly at: Date | null;
    readonly witness: JsonObject;
  }[];
  /** What this inventory could not see, one line each. */
  readonly blind: readonly string[];
}

/** Something that was there and is gone, under the name that it was seen by. */
export type Loss = InventoryItem;

/** What a server remembers of losses, and what it could not be asked. */
export interface Witnesses {
  readonly witnessed: readonly {
    readonly part: keyof Names;
    readonly id: string;
    readonly witness: JsonObject;
  }[];
  /** One line each. */
  readonly blind: readonly string[];
}

/** One target, spoken to by one backend. Every method may throw `OpsError` `unreachable` and its kin. */
export interface Backend {
  readonly supports: readonly ResourceType[];
  /** Whether it can make a resource unreachable and keep it. Without that, the dump and its proof come before the destruction. */
  readonly hasFence: boolean;
  /** What the server would make of a name: folded, cut to its limit. Equal to what was given, or the name is not final. */
  finalName(part: keyof Names, name: string): string;
  /** System and admin names that are never dropped, whatever the configuration says. Lower case. */
  readonly reserved: readonly string[];
  inspect(
    resource: Resource,
    options: { readonly force: boolean; readonly signal: AbortSignal },
  ): Promise<Inspection>;
  /** Terminates whoever else bears `custody:<drop_id>`, waits for their end, takes the lock. Throws `state-in-use` when another holds it. */
  hold(dropId: string, resource: Resource, signal: AbortSignal): Promise<HeldTarget>;
  inventory(signal: AbortSignal): Promise<Inventory>;
  /** Who took away what no drop explains, as the server's log has it since `sinceMs` ago. Only where a server logs that. */
  witnesses?(losses: readonly Loss[], sinceMs: number, signal: AbortSignal): Promise<Witnesses>;
  /**
   * Which of the items custody made for the undo of this drop, beside what comes back, and takes away before that ends. Exactly those: a
   * name that merely looks like one is somebody's. Absent where nothing of the sort is made.
   */
  madeByUndo?(drop: Pick<Drop, "dropId" | "plan">, items: readonly InventoryItem[]): readonly InventoryItem[];
  /** What it tells of the statements of sessions. Absent: what `inspect` tells. */
  readonly statements?: StatementEyes;
  /** Answers whether the target can be reached. */
  ping(signal: AbortSignal): Promise<void>;
  /** Gives back what it keeps open. */
  close(): Promise<void>;
}
