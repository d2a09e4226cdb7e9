import type { TargetPolicy } from "../../../chokepoint/target-policy.ts";
import type { ConnectionRefusal } from "../../../chokepoint/faces.ts";
import type { ListenerSection } from "../../../config/listener-schema.ts";
import type { DestructionKind } from "../../../destruction/kinds.ts";
import type { ErrorCode } from "../../../errors.ts";
import type { RefusedConnection } from "../../gate/create-gate.ts";
import type { CancelAnswer } from "../../sessions/postgres/cancel-keys.ts";
import type { HoldNotice, Protocol, Settled, Sighting, WireVerdict } from "../../sessions/ports.ts";
import type { SessionCount } from "./session-counts.ts";

/** A verdict on its way: how it is settled is told by another message. */
export type SentVerdict =
  | Exclude<WireVerdict, { readonly kind: "forward" }>
  | Omit<Extract<WireVerdict, { readonly kind: "forward" }>, "settle">;

/** What the first process tells one that serves. Numbers are of questions: whoever asks counts them. */
export type ToServing =
  /** The first, and once. With secrets: nothing of it stands in an argument or the environment. */
  | {
      readonly type: "serve";
      readonly listeners: readonly ListenerSection[];
      readonly targets: readonly TargetPolicy[];
    }
  /** Read them, so that `take` only has to replace. */
  | { readonly type: "prepare"; readonly id: number; readonly listeners: readonly ListenerSection[] }
  | { readonly type: "take"; readonly id: number; readonly prepared: number }
  | { readonly type: "drain" }
  /** It answers at once, with `pong`. */
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "notice"; readonly id: number; readonly notice: HoldNotice }
  | { readonly type: "verdict"; readonly id: number; readonly verdict: SentVerdict }
  /** Whether a session of that process has this key. */
  | { readonly type: "cancel"; readonly id: number; readonly key: string }
  | { readonly type: "cancelled"; readonly id: number; readonly answer: CancelAnswer | null }
  /** How many sessions all other processes have. */
  | { readonly type: "elsewhere"; readonly count: SessionCount };

/** What a process that serves tells the first. */
export type FromServing =
  | { readonly type: "listening" }
  | {
      readonly type: "failed";
      /** Null: a bug. */
      readonly code: ErrorCode | null;
      readonly message: string;
      readonly hint: string;
    }
  /** The last: nothing comes after it. */
  | { readonly type: "drained" }
  /** Null: it can be taken. */
  | { readonly type: "prepared"; readonly id: number; readonly error: string | null }
  | { readonly type: "taken"; readonly id: number }
  | { readonly type: "pong"; readonly id: number }
  | { readonly type: "decide"; readonly id: number; readonly sighting: Sighting }
  /** The client that waits for the verdict is gone, or has cancelled. */
  | { readonly type: "gone"; readonly id: number }
  | { readonly type: "settle"; readonly id: number; readonly settled: Settled }
  | { readonly type: "cancel"; readonly id: number; readonly key: string }
  | { readonly type: "cancelled"; readonly id: number; readonly answer: CancelAnswer | null }
  /** How many sessions it has itself. */
  | { readonly type: "sessions"; readonly count: SessionCount }
  /** What was let pass without a question. */
  | {
      readonly type: "passed";
      readonly protocol: Protocol;
      readonly kind: DestructionKind;
      readonly count: number;
    }
  | { readonly type: "refused"; readonly refused: RefusedConnection }
  | { readonly type: "turned-away"; readonly listener: string; readonly reason: ConnectionRefusal }
  | { readonly type: "warned"; readonly message: string }
  | { readonly type: "bug"; readonly message: string };
