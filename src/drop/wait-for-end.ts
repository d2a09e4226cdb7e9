import type { DropDocument } from "../chokepoint/documents/drop-document.ts";
import { OpsError } from "../errors.ts";
import { hasEnded, isGoing } from "./drop-verdict.ts";
import type { DropApi } from "./ports.ts";

/** How a drop stands by now. */
export interface DropMoved {
  readonly type: "drop-moved";
  readonly drop: DropDocument;
}

/** Tells each move of a drop until it has ended. Interrupted, it throws what goes on without it. */
export async function* waitForEnd(
  first: DropDocument,
  api: Pick<DropApi, "follow">,
  signal: AbortSignal,
): AsyncGenerator<DropMoved, DropDocument> {
  let drop = first;
  if (hasEnded(drop)) return drop;
  for await (const next of api.follow(drop.drop_id, signal)) {
    if (next.state !== drop.state || next.approvals.length > drop.approvals.length)
      yield { type: "drop-moved", drop: next };
    drop = next;
    if (hasEnded(drop)) return drop;
  }
  throw new OpsError(
    "connection-lost",
    `drop ${drop.drop_id} goes on without this command: it was ${drop.state} when last seen`,
    `custody drop show ${drop.drop_id} tells how it ends`,
    { isOutcomeUnknown: true },
  );
}

/** A line for people when a drop moved, and what a terminal keeps showing until it moves again. */
export function describeMove({ drop }: DropMoved): string {
  switch (drop.state) {
    case "held":
      return `held: ${drop.approvals.length} of ${drop.hold?.approvers ?? 1} approvals, until ${drop.hold?.expires_at ?? "?"}`;
    case "fenced":
      return "fenced: out of reach; its tombstone is made";
    case "tombstoned":
      return "tombstoned: the dump is whole; it is restored and compared";
    case "proved":
      return "proved: the dump restores to the same";
    case "noop":
      return "noop: nothing of this name is there, or another drop has it already";
    case "completed":
      return isGoing(drop) ? "completed: no retention keeps it, it is destroyed" : "completed";
    default:
      return drop.state.replaceAll("_", " ");
  }
}
