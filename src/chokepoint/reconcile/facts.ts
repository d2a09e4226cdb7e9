import type { JsonObject } from "../drop.ts";
import type { Part } from "../resource.ts";

/** One thing of a target, by what the server will never give to another. */
export interface Thing {
  readonly part: Part;
  readonly id: string;
  readonly name: string;
}

/**
 * Why what stands there should not: its drop says that it is destroyed; it is back under its name though it is fenced; its drop will
 * neither destroy it nor, by itself, bring it back; nobody fenced it; custody made it for an undo that is over.
 */
export const orphanReasons = [
  "not-destroyed",
  "fence-lifted",
  "fence-abandoned",
  "fence-without-drop",
  "left-over",
] as const;

export type OrphanReason = (typeof orphanReasons)[number];

/** What became known in a round. */
export type ReconcileFact =
  | (Thing & { readonly type: "loss-attributed"; readonly target: string; readonly dropId: string })
  | (Thing & {
      readonly type: "loss-unattributed";
      readonly target: string;
      readonly systemIdentifier: string;
      /** ISO 8601: the last round that saw it. */
      readonly lastSeen: string;
      /** custody made it and dropped it round the gate: the alarm works. */
      readonly isCanary: boolean;
      /** A drop that has to do with it and does not explain it: it failed, or it only fenced it. */
      readonly relatedDropId: string | null;
      /** What the server itself remembers of it. */
      readonly witness: JsonObject | null;
    })
  | (Thing & {
      readonly type: "drop-orphaned";
      readonly target: string;
      readonly systemIdentifier: string;
      readonly reason: OrphanReason;
      readonly dropId: string | null;
    })
  /** The same thing by another name; whoever renamed it, it is not lost. */
  | (Thing & { readonly type: "thing-renamed"; readonly target: string; readonly from: string })
  /** Another of the same name, on a server that knows no better: its rules were changed, or it was made anew. */
  | (Thing & { readonly type: "thing-changed"; readonly target: string })
  /** A drop that is under way has to do with it: the next round tells. */
  | (Thing & { readonly type: "loss-pending"; readonly target: string; readonly dropId: string })
  | {
      readonly type: "round-finished";
      readonly target: string;
      readonly systemIdentifier: string;
      /** Nothing was known before: nobody is accused. */
      readonly isFirst: boolean;
      readonly seen: number;
      readonly blind: readonly string[];
    }
  /** The target, or the ledger, could not be asked: nothing is known, and nothing was changed. */
  | { readonly type: "target-unseen"; readonly target: string; readonly error: string }
  /** Another instance is looking at it now. */
  | { readonly type: "round-elsewhere"; readonly target: string }
  | {
      readonly type: "canary-made" | "canary-dropped" | "canary-heard";
      readonly target: string;
      readonly name: string;
    }
  /** It was dropped behind the gate's back, and no round told of it: the alarm does not work. */
  | { readonly type: "canary-silent"; readonly target: string; readonly name: string };
