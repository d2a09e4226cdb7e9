import { isDeepStrictEqual } from "node:util";
import { OpsError } from "../errors.ts";
import type { DecidedPlan, Drop, DropState, JsonObject } from "./drop.ts";
import { storableDetails } from "./ledger/storable.ts";
import { hashRequest } from "./new-drop.ts";
import type { Ledger, TimelineEntry } from "./ports.ts";
import { digestPlan, digestSecret } from "./seal-plan.ts";
import { isOfTicket } from "./statements/tickets/ticket-events.ts";

/** What the chain says of one drop, and its row cannot change. */
export interface Recorded {
  /** When the last approval was given; null where nobody approved. */
  readonly approvedAt: Date | null;
  /** When its fence may be destroyed; null where it never may. */
  readonly purgeAt: Date | null;
  /** When its tombstone may be removed; null where it never may. */
  readonly tombstoneUntil: Date | null;
  /** Whether somebody's early purge was approved, and ends both times. */
  readonly isEarly: boolean;
  readonly isProved: boolean;
  /** It came back. */
  readonly isUndone: boolean;
  /** It came back from its tombstone, and its fence stands still. */
  readonly isFenceLeft: boolean;
  /** Its tombstone is being removed at the end of its time. */
  readonly isRemoving: boolean;
  readonly secretSha256: string | null;
}

/** Events of a drop that tell of no step of it: reconciliation's. */
const asides: ReadonlySet<string> = new Set(["drop.unattributed", "drop.orphaned"]);

/** States that stay while an event of another name is told. */
const staying: ReadonlyMap<string, readonly DropState[]> = new Map([
  ["drop.approved", ["held"]],
  ["drop.purge_started", ["purged", "undone"]],
  ["drop.purged", ["undone"]],
]);

/**
 * A row never moves without its event, so whoever writes rows by hand contradicts the chain, which nobody writes by hand unseen:
 * asked before anything is fenced, destroyed or brought back, and before a request or an approval that another instance took is
 * acted on. Throws `chain-contradicts` where the row says more than the chain, and as the ledger where it cannot be asked.
 */
export async function requireInChain(
  drop: Drop,
  { ledger }: { readonly ledger: Pick<Ledger, "timeline"> },
): Promise<Recorded> {
  const timeline = await ledger.timeline(drop.dropId);
  const events = timeline.filter((each) => !asides.has(each.action) && !isOfTicket(each));
  const why = whyContradicted(drop, events);
  if (why !== null) throw contradiction(drop, why);
  return recordOf(events);
}

/** What an undo gives back and nobody sees, as it was recorded; null where it is forgotten. Throws `chain-contradicts`. */
export function requireSameSecret(drop: Drop, secret: JsonObject | null, recorded: Recorded): void {
  if (drop.plan === null || secret === null) return;
  if (recorded.secretSha256 !== digestSecret(drop.plan, secret))
    throw contradiction(drop, "has another secret than was recorded");
}

/** `why` goes on after "the ledger's row of drop D". */
export function contradiction({ dropId }: Drop, why: string): OpsError {
  return new OpsError(
    "chain-contradicts",
    `the ledger's row of drop ${dropId} ${why}: nothing is done`,
    `somebody wrote custody_drops by hand: compare custody drop show ${dropId}, and run custody chain verify`,
  );
}

function whyContradicted(drop: Drop, events: readonly TimelineEntry[]): string | null {
  const last = events.at(-1)?.action ?? "nothing";
  if (last !== `drop.${drop.state}` && !(staying.get(last) ?? []).includes(drop.state))
    return `says ${drop.state}, and its chain ends with ${last}`;
  const [first] = events;
  // A statement that the policy denies is refused by its first event.
  const isRefusal = drop.statement !== null && first?.action === "drop.refused";
  if (
    (first?.action !== "drop.requested" && !isRefusal) ||
    first?.details["request_hash"] !== hashRequest(drop.request, drop.purges, drop.statement) ||
    first?.details["caller"] !== drop.caller.name
  )
    return "asks for something else than was recorded";
  const started = events.findLast(({ action }) => action === "drop.started");
  if (drop.plan !== null && started?.details["plan_sha256"] !== digestPlan(drop.plan))
    return "has another plan than was recorded";
  return drop.state === "approved" ? whyNotApproved(drop, events) : null;
}

/** The facts of `drop.started`: what is destroyed, on which terms, and what binds its row to it. */
export function startedFacts(plan: DecidedPlan): JsonObject {
  const { identity, terms, secret } = plan;
  return {
    plan_sha256: digestPlan(plan),
    ...(secret === null ? {} : { secret_sha256: digestSecret(plan, secret) }),
    system_identifier: identity.systemIdentifier,
    parts: identity.parts.map(({ part, id }) => `${part}:${id}`),
    tombstone: terms.mode,
    retention_ms: terms.retentionMs,
    keep_ms: terms.keepMs,
  };
}

function whyNotApproved(drop: Drop, events: readonly TimelineEntry[]): string | null {
  const held = events.findLastIndex(({ action }) => action === "drop.held");
  const since = events.slice(held + 1);
  const approvals = since.filter(({ action }) => action === "drop.approved");
  const needed = Number(events[held]?.details["approvers"]);
  if (held < 0 || since.length > approvals.length || !(approvals.length >= needed))
    return `is approved, and its chain has ${approvals.length} of ${needed} approvals`;
  const { bound } = storableDetails({ bound: boundParts(drop) });
  const isBound = approvals.every(({ details }) => isDeepStrictEqual(details["bound"], bound));
  return isBound ? null : "is approved for something else than was recorded";
}

/** What an approval is for, in its event. */
export function boundParts({ identity }: Pick<Drop, "identity">): readonly JsonObject[] {
  return (identity?.parts ?? []).map(({ part, name, id }) => ({ part, name, id }));
}

function recordOf(events: readonly TimelineEntry[]): Recorded {
  const started = events.findLastIndex(({ action }) => action === "drop.started");
  const undone = events.findLastIndex(({ action }) => action === "drop.undone");
  const completed = events.findLast(({ action }) => action === "drop.completed");
  const purge = events.findLast(({ action }) => action === "drop.purge_started");
  const wasDestroyed = events.some(
    ({ action, details }) => action === "drop.purged" && details["destroyed"] === true,
  );
  // An undo says anew until when what it left is kept.
  const times = (events[undone] ?? completed)?.details ?? {};
  return {
    approvedAt: events.findLast(({ action }) => action === "drop.approved")?.at ?? null,
    purgeAt: dateOf(times["purge_at"]),
    tombstoneUntil: dateOf(times["tombstone_until"]),
    isEarly: purge?.details["why"] === "early",
    isRemoving: events.at(-1) === purge && purge?.details["why"] === "tombstone",
    isProved: events.slice(started + 1).some(({ action }) => action === "drop.proved"),
    isUndone: undone >= 0,
    isFenceLeft: events[undone]?.details["fence_left"] === true && !wasDestroyed,
    secretSha256: textOf(events[started]?.details["secret_sha256"]),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function dateOf(value: unknown): Date | null {
  return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? new Date(value) : null;
}
