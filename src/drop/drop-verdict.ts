import type { DropDocument } from "../chokepoint/documents/drop-document.ts";
import { exitCodes } from "../errors.ts";
import type { ExitCode } from "../errors.ts";

export type DropVerdict =
  | "accepted"
  | "held"
  | "completed"
  | "noop"
  | "refused"
  | "denied"
  | "failed"
  | "unproved"
  | "unknown"
  | "undoing"
  | "undone";

/** What a drop's state means to whoever asked for it. */
export function verdictOf({ state }: Pick<DropDocument, "state">): DropVerdict {
  switch (state) {
    case "requested":
    case "approved":
    case "started":
    case "fenced":
    case "tombstoned":
    case "proved":
    case "purge_started":
      return "accepted";
    case "completed":
    case "purged":
      return "completed";
    case "denied":
    case "expired":
    case "cancelled":
      return "denied";
    case "undo_started":
      return "undoing";
    case "failed":
    case "undo_failed":
      return "failed";
    case "held":
    case "noop":
    case "refused":
    case "unproved":
    case "unknown":
    case "undone":
      return state;
  }
}

export const dropExitCodes: Readonly<Record<DropVerdict, ExitCode>> = {
  accepted: exitCodes.good,
  held: exitCodes.good,
  completed: exitCodes.good,
  noop: exitCodes.good,
  undoing: exitCodes.good,
  undone: exitCodes.good,
  refused: exitCodes.bad,
  denied: exitCodes.bad,
  failed: exitCodes.bad,
  unproved: exitCodes.bad,
  unknown: exitCodes.bad,
};

/** Kept by nothing, its destruction follows at once: it has no retention, or nothing to fence. */
export function isGoing({
  state,
  purge_at: purge,
  finished_at: finished,
}: Pick<DropDocument, "state" | "purge_at" | "finished_at">): boolean {
  return (
    state === "completed" && purge !== null && finished !== null && Date.parse(purge) <= Date.parse(finished)
  );
}

/** Whether it stays where it is until somebody or its retention says otherwise: nothing is to be waited for. */
export function hasEnded(
  drop: Pick<DropDocument, "state" | "purge_at" | "finished_at" | "carrier">,
): boolean {
  if (isGoing(drop)) return false;
  // Of a session's statement nobody knows more, later.
  if (drop.state === "unknown" && drop.carrier === "session") return true;
  const verdict = verdictOf(drop);
  return verdict !== "accepted" && verdict !== "held" && verdict !== "undoing" && verdict !== "unknown";
}
