import type { Drop } from "../../chokepoint/drop.ts";
import type { WireVerdict } from "../sessions/ports.ts";

/** What a client is told of the drop that was done in its place; null: it is not decided yet. Pure. */
export function softVerdictOf(drop: Drop): WireVerdict | null {
  const { dropId, refusal } = drop;
  const refused = (message: string, hint: string): WireVerdict => ({
    kind: "refused",
    refusal: { code: refusal?.sqlstate ?? null, message, detail: `recorded as drop ${dropId}`, hint },
  });
  const show = `see custody drop show ${dropId}`;
  switch (drop.state) {
    case "requested":
    case "held":
    case "approved":
    case "started":
    case "purge_started":
    case "undo_started":
      return null;
    case "noop":
      return { kind: "done", dropId, isNoop: true };
    case "fenced":
    case "tombstoned":
    case "proved":
    case "unproved":
    case "completed":
    case "purged":
      return { kind: "done", dropId, isNoop: false };
    case "refused":
      return refused(
        refusal?.sqlstate === undefined ? `custody refuses it: ${refusal?.reason ?? ""}` : refusal.reason,
        refusal?.isPassing === true ? "send it again: it may be otherwise in a minute" : show,
      );
    case "denied":
      return refused("custody refuses it: it was denied", show);
    case "expired":
      return refused("custody refuses it: nobody approved it in time", "send it again, and have it approved");
    case "cancelled":
      return refused("custody refuses it: it was cancelled", "send it again");
    case "unknown":
      return refused("whether it was done is not known yet", `${show}: custody finds out`);
    case "failed":
      return refused(`it could not be done: ${drop.error ?? "see the ledger"}`, show);
    case "undone":
    case "undo_failed":
      return refused("somebody has brought it back", show);
  }
}
