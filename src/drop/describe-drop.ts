import type { DropDocument } from "../chokepoint/documents/drop-document.ts";
import type { SummaryLine, Tone } from "../run/contract.ts";
import { showBytes } from "../run/show-bytes.ts";
import { describeStatement, nextStepOfStatement } from "./describe-statement.ts";
import { isGoing, verdictOf } from "./drop-verdict.ts";

/** Held waits for somebody, what is broken needs somebody, what is done or on its way does not. */
export function toneOf(drop: Pick<DropDocument, "state">): Tone {
  switch (verdictOf(drop)) {
    case "accepted":
    case "completed":
    case "undone":
      return "good";
    case "held":
    case "undoing":
      return "warn";
    case "noop":
      return "dim";
    case "refused":
    case "denied":
    case "failed":
    case "unproved":
    case "unknown":
      return "bad";
  }
}

/** Why it stands where it stands; empty where the state says it all. */
export function reasonOf(drop: DropDocument): string {
  if (drop.error !== null) return drop.error;
  if (drop.refusal !== null) return `${drop.refusal.site}: ${drop.refusal.reason}`;
  if (drop.state === "held" && drop.hold !== null)
    return `by ${drop.hold.why}, until ${drop.hold.expires_at}`;
  return "";
}

/** A drop as labels and values, one a line: all of the request, since people decide by it, then what became of it. */
export function describeDrop(drop: DropDocument): readonly SummaryLine[] {
  const { intent, identity, tombstone, hold } = drop;
  const rows: (readonly [string, string | null])[] = [
    ["drop", drop.drop_id],
    ["state", [drop.state, reasonOf(drop)].filter((each) => each !== "").join(": ")],
    ["resource", `${drop.resource_type} ${drop.provider_resource_id} on ${drop.target} (${drop.backend})`],
    ...Object.entries(intent.names).map(([part, name]) => [part, name] as const),
    ...(identity?.parts ?? []).map(
      ({ part, id, size_bytes }) =>
        [`${part} id`, size_bytes === null ? id : `${id}, ${showBytes(size_bytes)}`] as const,
    ),
    ...(drop.statement === null ? [] : describeStatement(drop.statement)),
    ["reason", intent.reason],
    ["asked", `${drop.requested_at} by ${personOf(drop.caller, drop.person)}, ${wayOf(drop)}`],
    ["on behalf of", intent.requested_by],
    ["request", drop.request_id],
    ["token", drop.token === "" ? null : drop.token],
    ["status", intent.resource_status],
    ["not after", intent.not_after],
    ["force", intent.force ? "the sessions that use it are ended" : null],
    ["statement", intent.statement_fingerprint],
    ["approvals", hold === null ? null : approvalsOf(drop, hold.approvers)],
    ["fence", drop.fence_names === null ? null : [...new Set(Object.values(drop.fence_names))].join(", ")],
    ["tombstone", tombstone === null ? null : tombstoneOf(tombstone)],
    ["purges", drop.purges],
    ["undo from", drop.undo_from],
    ["undone as", drop.undone_as],
    [
      "purge",
      drop.purge_at === null || drop.state === "purged" ? null : `${drop.purge_at}: destroyed for good`,
    ],
  ];
  return rows.flatMap(([label, value]): SummaryLine[] =>
    value === null
      ? []
      : [{ tone: label === "state" ? toneOf(drop) : "plain", text: `${label.padEnd(12)} ${value}` }],
  );
}

/** What whoever reads this can do now; null where nothing is left to do. */
export function nextStep(drop: DropDocument): string | null {
  const { drop_id: id, hold, refusal } = drop;
  if (drop.statement !== null && drop.state !== "held") return nextStepOfStatement(drop);
  switch (verdictOf(drop)) {
    case "held": {
      const missing = Math.max(1, (hold?.approvers ?? 1) - drop.approvals.length);
      const who = missing === 1 ? "another person" : `${missing} other people`;
      return `custody drop approve ${id}, by ${who}, until ${hold?.expires_at ?? "it expires"}`;
    }
    case "accepted":
    case "completed":
      if (drop.state === "purged")
        return drop.tombstone === null
          ? null
          : `custody drop undo ${id} brings it back from its tombstone${drop.tombstone_until === null ? "" : `, which is kept until ${drop.tombstone_until}`}`;
      if (isGoing(drop)) return `custody drop show ${id} tells when it is destroyed`;
      return drop.purge_at === null && drop.tombstone === null
        ? null
        : `custody drop undo ${id} brings it back${drop.purge_at === null ? "" : `; it is destroyed at ${drop.purge_at}`}`;
    case "refused":
      return refusal?.is_passing === true
        ? "ask again with the same --request-id: it could not be decided"
        : "mend what was refused, and ask with a new --request-id";
    case "denied":
      return "ask with a new --request-id, once it is agreed upon";
    case "failed":
    case "unproved":
    case "unknown":
      if (drop.state === "undo_failed") return `mend what it says, then custody drop undo ${id} again`;
      if (drop.state === "unknown")
        return "the target is asked again by itself: the state tells what was found";
      return drop.state === "unproved" || drop.fenced_at !== null
        ? `see what it says, then custody drop undo ${id} brings it back from its fence`
        : "nothing was destroyed: mend what it says, and ask with a new --request-id";
    case "undoing":
      return `custody drop show ${id} tells when it is back`;
    case "noop":
    case "undone":
      return null;
  }
}

/** The line that says it all, for a terminal and for grep. */
export function concludeDrop(drop: DropDocument): SummaryLine {
  const facts = `drop_id=${drop.drop_id} target=${drop.target} name=${drop.provider_resource_id}`;
  // The outcome is the drop's: beside an undo that failed it would read as the undo's.
  const outcome = drop.outcome === null || drop.state === "undo_failed" ? "" : ` outcome=${drop.outcome}`;
  return { tone: toneOf(drop), text: `${drop.state.toUpperCase()} ${facts}${outcome}` };
}

function approvalsOf(drop: DropDocument, wanted: number): string {
  const by = drop.approvals.map(
    (each) =>
      `${personOf(each.by, each.person)} at ${each.at}${each.comment === null ? "" : ` (${each.comment})`}`,
  );
  return [`${drop.approvals.length} of ${wanted}`, ...by].join(", ");
}

function wayOf({ protocol, peer }: DropDocument): string {
  return peer === "" ? protocol : `${protocol} from ${peer}`;
}

function personOf(name: string, person: string | null): string {
  return person === null || person === name ? name : `${name} (${person})`;
}

function tombstoneOf(tombstone: NonNullable<DropDocument["tombstone"]>): string {
  const proved = tombstone.proved_at === null ? "not proved" : `proved ${tombstone.proved_at}`;
  return `${showBytes(tombstone.bytes)}, ${proved}${tombstone.is_encrypted ? ", encrypted" : ""}, ${tombstone.folder}`;
}
