import { blockRows } from "../../audit/blocks/block.ts";
import { endOf, markBefore } from "../../audit/blocks/block-table.ts";
import { advancePass, extendMemory, firstReadable, isAsKnown, startOfBlock } from "./advance.ts";
import { checkpointKey } from "./checkpoints.ts";
import type { FullReason, WatchEvent, WatchOutcome } from "./events.ts";
import type { WatchInput } from "./input.ts";
import { isBehind, suspicionKey, suspicionsOf } from "./judge-reading.ts";
import type { WatchMemory } from "./memory.ts";
import { isAhead, nextWholeReading, partsDue } from "./pace.ts";
import type { WatchedChain, WatchPorts } from "./ports.ts";
import { readWhole, tellBehind, tellMove } from "./read-whole.ts";
import { countVerification, forgetDeadlines, hasTurnedBack } from "./watch.ts";
import type { Watch } from "./watch.ts";
import { withProgress } from "./with-progress.ts";

interface Check {
  readonly watch: Watch;
  readonly chain: WatchedChain;
  readonly input: WatchInput;
  readonly ports: WatchPorts;
}

/** One check: what is cheap where that is enough, everything where it is not. Null when nothing was to be verified. */
export async function* checkChain(check: Check): AsyncGenerator<WatchEvent, WatchOutcome | null> {
  const { watch, chain, input, ports } = check;
  const now = ports.clock.now();
  if (hasTurnedBack(watch, now)) forgetDeadlines(watch);
  watch.lastNow = now;
  if (!chain.facts.isCounted) return yield* checkUncounted(check);
  if (watch.standingTotal > 0) return yield* checkStanding(check);
  const { memory } = watch;
  if (memory === null) return yield* whole(check, "first");
  if (isAhead(memory, now, input.fullEvery)) return yield* whole(check, "due");
  if (await hasNewCheckpoints(check, memory)) return yield* whole(check, "checkpoint");
  const reasons = yield* readNewest(check, memory);
  if (reasons === "behind") return "not-verified";
  if (reasons.length === 0) reasons.push(...(yield* rereadHistory(check)));
  if (reasons.length === 0) {
    countVerification(watch, "clean", watch.memory?.tip.size ?? 0, check.ports.clock.now());
    return "clean";
  }
  yield { type: "suspicion-raised", reasons };
  const outcome = yield* whole(check, "suspicion");
  if (outcome === "clean") yield { type: "suspicion-cleared" };
  return outcome;
}

/** A checkpoint is compared with the whole chain once; others come in their files' places. */
async function hasNewCheckpoints({ watch, ports }: Check, { checkpoints }: WatchMemory): Promise<boolean> {
  return ports.clock.now() >= watch.nextWholeAt && checkpointKey(await ports.readAnchors()) !== checkpoints;
}

async function* whole(check: Check, reason: FullReason): AsyncGenerator<WatchEvent, WatchOutcome> {
  const { watch, chain, input, ports } = check;
  const outcome = yield* readWhole(watch, chain, { input, ports, reason });
  if (watch.standingTotal > 0 && watch.memory !== null && chain.facts.isCounted) {
    watch.standingSuspicions = await lookCheaply(check, watch.memory);
  }
  return outcome;
}

/** Rows that follow one another by their links alone are read as a whole: when there are others, and now and then. */
async function* checkUncounted(check: Check): AsyncGenerator<WatchEvent, WatchOutcome | null> {
  const { watch, chain, input, ports } = check;
  const look = await chain.look();
  const now = ports.clock.now();
  const { memory } = watch;
  const isDue =
    memory !== null &&
    (now - memory.allReadSince >= input.fullEvery || isAhead(memory, now, input.fullEvery));
  const isCheckpointNew = memory !== null && (await hasNewCheckpoints(check, memory));
  const reason: FullReason | null =
    watch.look === null
      ? "first"
      : watch.standingTotal > 0
        ? "again"
        : look !== watch.look
          ? "changed"
          : isDue
            ? "due"
            : isCheckpointNew
              ? "checkpoint"
              : null;
  if (reason === null || (watch.look !== null && now < watch.nextWholeAt)) return null;
  const outcome = yield* whole(check, reason);
  watch.look = look;
  return outcome;
}

/** While findings stand all is read again now and then, and at once when the cheap reading says something else than before. */
async function* checkStanding(check: Check): AsyncGenerator<WatchEvent, WatchOutcome | null> {
  const { watch, ports } = check;
  const now = ports.clock.now();
  if (now >= watch.nextWholeAt) return yield* whole(check, "again");
  if (watch.memory === null || now < watch.nextLookAt) return null;
  const seen = await lookCheaply(check, watch.memory);
  if (watch.standingSuspicions !== seen) return yield* whole(check, "again");
  return null;
}

/** What stands behind the mark grows while nothing can be verified: it is read less often, the longer that takes. */
async function lookCheaply({ watch, chain, ports, input }: Check, memory: WatchMemory): Promise<string> {
  const startedAt = ports.clock.now();
  const reading = await chain.read({ since: memory.mark, waypoints: [memory.tip.size] }, () => undefined);
  const endedAt = ports.clock.now();
  watch.nextLookAt = nextWholeReading(endedAt, endedAt - startedAt, input.interval);
  return suspicionKey(reading, memory);
}

/** Reads from the last mark on, or what lies behind the last full block when that part of history is due. */
async function* readNewest(
  { watch, chain, input, ports }: Check,
  memory: WatchMemory,
): AsyncGenerator<WatchEvent, string[] | "behind"> {
  const startedAt = ports.clock.now();
  const { table } = memory;
  const isTailDue =
    partsLeft(watch, memory, input, startedAt) > 0 && (table === null || memory.pass.next >= endOf(table));
  const since = isTailDue && table !== null ? markBefore(table, endOf(table)) : memory.mark;
  const reading = yield* withProgress("Reading the newest events", (progress) =>
    chain.read({ since, waypoints: [memory.tip.size], allErasures: isTailDue }, progress),
  );
  const endedAt = ports.clock.now();
  if (isBehind(reading, memory)) {
    yield* tellBehind(watch, reading.result.treeSize, memory);
    return "behind";
  }
  watch.base = reading.base;
  watch.isBehind = false;
  const reasons = suspicionsOf(reading, memory);
  if (reasons.length > 0) return [...reasons];
  const extended = extendMemory(memory, reading);
  watch.memory = isTailDue ? advancePass(extended, startedAt, reading.base) : extended;
  yield {
    type: "rows-checked",
    rows: reading.result.treeSize,
    read: reading.result.verifierWalked,
    ms: endedAt - startedAt,
  };
  yield* tellMove(memory, watch.memory);
  return [];
}

/** Reads blocks of history until the pass is where it should be, or the interval is over; at least one that is due. */
async function* rereadHistory({
  watch,
  chain,
  input,
  ports,
}: Check): AsyncGenerator<WatchEvent, readonly string[]> {
  const untilMs = ports.clock.now() + input.interval;
  for (;;) {
    const { memory, base } = watch;
    const startedAt = ports.clock.now();
    if (memory === null || memory.table === null || partsLeft(watch, memory, input, startedAt) === 0)
      return [];
    const { table } = memory;
    const index = Math.max(memory.pass.next, firstReadable(table, base));
    if (index >= endOf(table)) return [];
    const { start, from } = startOfBlock(table, index, base);
    const reading = yield* withProgress("Reading history again", () =>
      chain.readBlock({ start, end: (index + 1) * blockRows }, from),
    );
    const ms = ports.clock.now() - startedAt;
    yield { type: "block-checked", block: index, read: reading.rows, ms };
    if (!isAsKnown(reading, table, index)) {
      return [`rows ${start + 1} to ${(index + 1) * blockRows} are not what they were`];
    }
    watch.memory = advancePass({ ...memory, pass: { ...memory.pass, next: index } }, startedAt, base);
    if (ports.clock.now() >= untilMs) return [];
  }
}

/** How many parts of history are due and not yet read in this pass. */
function partsLeft(watch: Watch, { table, pass }: WatchMemory, input: WatchInput, now: number): number {
  const first = firstReadable(table, watch.base);
  const parts = (table === null ? 0 : endOf(table) - first) + 1;
  const due = partsDue({ elapsedMs: now - pass.startedAt, fullEveryMs: input.fullEvery, parts });
  return Math.max(due - Math.max(pass.next - first, 0), 0);
}
