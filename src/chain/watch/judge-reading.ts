import type { ServerIdentity } from "../../audit/cluster-identity.ts";
import { createFindingCollector } from "../../audit/finding.ts";
import type { Finding } from "../../audit/finding.ts";
import { lsnOf } from "../../audit/note/identity.ts";
import { rootAt } from "../../audit/waypoints.ts";
import { blockRows } from "../../audit/blocks/block.ts";
import { equalHashes } from "../../audit/row-bytes.ts";
import type { ChainIdentity, WatchMemory } from "./memory.ts";
import type { Reading } from "./ports.ts";

/** How what was read stands to what is known: the same or longer, shorter, or another chain at the known size. */
type Agreement = "extends" | "shorter" | "differs" | "unknown";

/** `unknown`: the rows up to the known size were pruned, and the reading does not begin at a known place. */
export function agreementOf(reading: Reading, { tip }: WatchMemory): Agreement {
  if (reading.result.treeSize < tip.size) return "shorter";
  const mark = reading.result.waypoints.get(tip.size);
  if (mark === undefined) return "unknown";
  return equalHashes(rootAt(mark), tip.root) ? "extends" : "differs";
}

/**
 * Whether a standby merely has not replayed what is known: then nothing can be said yet. Positions of other timelines
 * grow on from those before.
 */
export function isBehind(reading: Reading, memory: WatchMemory): boolean {
  if (!reading.isStandby || reading.lsnBefore === null || memory.lsn === null) return false;
  // Another cluster counts its positions from its own beginning.
  if (differs(reading.identity.systemIdentifier, memory.identity.systemIdentifier)) return false;
  return reading.result.treeSize < memory.tip.size && lsnOf(reading.lsnBefore) < lsnOf(memory.lsn);
}

/** The server as checkpoints are judged by. */
export function serverOf({ cluster, isStandby, lsnBefore }: Reading): ServerIdentity | null {
  return cluster === null ? null : { ...cluster, replayedLsn: isStandby ? lsnBefore : null };
}

/** Why the whole chain must be read before anything is said; none when the reading fits what is known. */
export function suspicionsOf(reading: Reading, memory: WatchMemory): readonly string[] {
  const { result, identity } = reading;
  const counts = Map.groupBy(result.findings, (each) => each.class);
  const listed = [...counts].map(([name, each]) => `${each.length} × ${name}, first at ${each[0]?.position}`);
  return [
    ...listed,
    ...(reading.strays > 0 ? [`${reading.strays} rows have numbers below the chain's first`] : []),
    ...disagreement(reading, memory),
    ...(differs(identity.chainId, memory.identity.chainId) ? ["the chain has another name (chain_id)"] : []),
    ...(differs(identity.systemIdentifier, memory.identity.systemIdentifier)
      ? ["the server has another system identifier"]
      : []),
  ];
}

/** What tells one state of suspicion from another: kinds and counts, and nothing that moves while events are appended. */
export function suspicionKey(reading: Reading, memory: WatchMemory): string {
  const counts = Map.groupBy(reading.result.findings, (each) => each.class);
  return JSON.stringify([
    [...counts].map(([name, each]) => `${name} ${each.length}`).toSorted(),
    reading.strays,
    agreementOf(reading, memory),
    reading.identity.chainId,
    reading.identity.systemIdentifier,
  ]);
}

function disagreement(reading: Reading, memory: WatchMemory): readonly string[] {
  switch (agreementOf(reading, memory)) {
    case "extends":
      return [];
    case "shorter":
      return [`the chain has ${reading.result.treeSize} rows where ${memory.tip.size} were verified`];
    case "differs":
      return [`the root at ${memory.tip.size} rows is another than was verified`];
    case "unknown":
      return [`what was verified, ${memory.tip.size} rows, is not among what was read`];
  }
}

/**
 * What a reading of the whole chain says against what is known, as findings: `truncated`, `rewritten`, or `restored` where the
 * server's identity is another than it was.
 *
 * @param anchoredSize the size of the newest checkpoint that the chain agrees with
 */
export function judgeMemory(reading: Reading, memory: WatchMemory, anchoredSize: number): readonly Finding[] {
  const agreement = agreementOf(reading, memory);
  if (agreement === "extends") return [];
  if (agreement === "unknown") return judgePruning(reading, memory, anchoredSize);
  const { tip } = memory;
  const { treeSize } = reading.result;
  const isOther = hasMoved(memory.identity, reading.identity);
  const from = firstChanged(reading, memory);
  const seen =
    agreement === "shorter"
      ? `${treeSize} rows where watch had verified ${tip.size}`
      : `rows ${from + 1} to ${tip.size} are not all what they were when watch verified them`;
  const collector = createFindingCollector(1);
  collector.add({
    class: isOther ? "restored" : agreement === "shorter" ? "truncated" : "rewritten",
    position: agreement === "shorter" ? treeSize : from,
    id: "",
    detail: [seen, ...describeMove(memory.identity, reading.identity)].join("; "),
    cause: isOther
      ? "the database was restored from a backup, or failed over to a server that lacked the newest rows"
      : isRewound(reading, memory)
        ? "the cluster's files were brought back from an older copy: its log is behind where it was then; or rows were deleted, and the log was reset"
        : agreement === "shorter"
          ? "rows were deleted since watch verified them, and the head was mended"
          : "rows were changed since watch verified them, and the chain was hashed again",
  });
  return collector.findings();
}

/** Whoever owns the database can prune what they put in the place of rows that were verified: only a checkpoint tells. */
function judgePruning({ base }: Reading, { tip }: WatchMemory, anchoredSize: number): readonly Finding[] {
  const size = base?.size ?? 0;
  if (tip.size === 0 || anchoredSize >= size) return [];
  const collector = createFindingCollector(1);
  collector.add({
    class: "rewritten",
    position: size,
    id: "",
    detail: `the chain was pruned up to row ${size}, beyond the ${tip.size} rows that watch had verified, and no checkpoint vouches for what was pruned`,
    cause:
      "rows were changed and the chain was hashed again, which the pruning hides; or it was pruned by right while nothing watched: then --checkpoint with the checkpoint that it was pruned by ends this",
  });
  return collector.findings();
}

/** Whether the same cluster's log ends before what was written when it was read last. */
function isRewound({ lsnAfter }: Reading, { lsn }: WatchMemory): boolean {
  return lsnAfter !== null && lsn !== null && lsnOf(lsnAfter) < lsnOf(lsn);
}

/** Where the first block begins that is not as it was; behind the last full one where they all are. */
function firstChanged({ recorded }: Reading, { table }: WatchMemory): number {
  if (recorded === null || table === null) return 0;
  const { first } = recorded.table;
  const known = table.blocks.slice(Math.max(first - table.first, 0));
  const same = known.findIndex((each, index) => {
    const now = recorded.blocks[index + Math.max(table.first - first, 0)];
    return now === undefined || !equalHashes(now.root, each.root);
  });
  return (Math.max(first, table.first) + (same === -1 ? known.length : same)) * blockRows;
}

/** The chain's tables are gone, where rows were verified. */
export function chainGone(memory: WatchMemory): Finding {
  const collector = createFindingCollector(1);
  collector.add({
    class: "truncated",
    position: 0,
    id: "",
    detail: `there is no chain any more where watch had verified ${memory.tip.size} rows`,
    cause: "its tables were dropped, renamed or moved",
  });
  return collector.findings()[0] ?? { class: "truncated", position: 0, id: "", detail: "", cause: "" };
}

/** Whether another server, or another history of the same one, answers. */
export function hasMoved(before: ChainIdentity, now: ChainIdentity): boolean {
  return differs(now.systemIdentifier, before.systemIdentifier) || differs(now.timeline, before.timeline);
}

function describeMove(before: ChainIdentity, now: ChainIdentity): readonly string[] {
  const said = (what: string, is: unknown, was: unknown): readonly string[] =>
    differs(is, was) ? [`${what} ${String(is)}, it was ${String(was)}`] : [];
  return [
    ...said("the chain's chain_id is", now.chainId, before.chainId),
    ...said("the server's system identifier is", now.systemIdentifier, before.systemIdentifier),
    ...said("its timeline is", now.timeline, before.timeline),
  ];
}

/** Two that are known and not the same. */
export function differs<T>(now: T | null, before: T | null): boolean {
  return now !== null && before !== null && now !== before;
}
