import type { Drop } from "../drop.ts";
import type { TargetKind } from "../resource.ts";

/** A drop that names what is lost in its identity. */
export interface Candidate {
  readonly drop: Drop;
  /** Its ledger has `drop.purge_started`, or a `drop.completed` that says destroyed. */
  readonly wasDestroyed: boolean;
}

export type Explanation = "explains" | "pending" | "no";

/** Where a fence keeps the identity, only a destruction takes it away; elsewhere the fence itself does. */
const keepsIdentity: Readonly<Record<TargetKind, boolean>> = {
  postgres: true,
  nats: true,
  command: true,
  redis: false,
  mongo: false,
};

export function isIdentityKept(kind: TargetKind): boolean {
  return keepsIdentity[kind];
}

/** A session's: its end may be unknown, and was announced all the same. What has failed was still there then. */
function explainStatement(state: Drop["state"]): Explanation {
  if (state === "started") return "pending";
  return state === "completed" || state === "unknown" ? "explains" : "no";
}

/**
 * Whether a drop's ledger rows explain that something is gone which was seen in the round at `lastSeen`. A drop that is under way may
 * yet find that somebody else was quicker: it is asked again when it has ended. A failed drop explains nothing.
 */
export function explainLoss(
  { drop, wasDestroyed }: Candidate,
  kind: TargetKind,
  lastSeen: Date,
): Explanation {
  // What it purges is explained by the drop that it purges.
  if (drop.purges !== null || drop.startedAt === null) return "no";
  if (drop.statement !== null) return explainStatement(drop.state);
  if (wasDestroyed) return "explains";
  if (drop.state === "started" || drop.state === "unknown") return "pending";
  if (isIdentityKept(kind) || drop.state === "failed") return "no";
  if (drop.state === "undone") return lastSeen < drop.updatedAt ? "explains" : "no";
  return "explains";
}
