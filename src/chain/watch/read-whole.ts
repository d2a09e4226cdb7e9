import { anchoringSizes, judgeAnchors } from "../../audit/checkpoints/judge-anchors.ts";
import type { RestoreAcceptance } from "../../audit/checkpoints/operator-notes.ts";
import type { Finding } from "../../audit/finding.ts";
import { newerCheckpoint, requireCompared } from "../../audit/checkpoints/require-vouched.ts";
import { acceptanceKey, acceptancesOf, newAcceptance } from "./acceptances.ts";
import { memoryOf } from "./advance.ts";
import { checkpointKey, comparable } from "./checkpoints.ts";
import type { FullReason, WatchEvent, WatchOutcome } from "./events.ts";
import { findingChanges } from "./finding-changes.ts";
import type { WatchInput } from "./input.ts";
import { agreementOf, differs, hasMoved, isBehind, judgeMemory, serverOf } from "./judge-reading.ts";
import type { WatchMemory } from "./memory.ts";
import { nextWholeReading } from "./pace.ts";
import type { Reading, WatchedChain, WatchPorts } from "./ports.ts";
import { withProgress } from "./with-progress.ts";
import { countVerification } from "./watch.ts";
import type { Watch } from "./watch.ts";

/**
 * Reads the whole chain in one snapshot: this alone gives a verdict of findings. Without any, what it saw is what is known
 * from now on; with some, what was known stays.
 */
export async function* readWhole(
  watch: Watch,
  chain: WatchedChain,
  {
    input,
    ports,
    reason,
  }: { readonly input: WatchInput; readonly ports: WatchPorts; readonly reason: FullReason },
): AsyncGenerator<WatchEvent, WatchOutcome> {
  const { memory } = watch;
  const startedAt = ports.clock.now();
  const anchors = await ports.readAnchors();
  const sizes = [...(memory === null ? [] : [memory.tip.size]), ...anchoringSizes(anchors)];
  const reading = yield* withProgress("Reading every event", (progress) =>
    chain.read({ since: null, waypoints: sizes }, progress),
  );
  const ms = ports.clock.now() - startedAt;
  watch.nextWholeAt = nextWholeReading(startedAt + ms, ms, input.interval);
  watch.base = reading.base;
  const accepted = memory === null ? null : newAcceptance(anchors, reading, memory);
  if (memory !== null && accepted === null && isBehind(reading, memory)) {
    yield* tellBehind(watch, reading.result.treeSize, memory);
    return "not-verified";
  }
  const compared = comparable(anchors, reading);
  const judged = judgeAnchors(reading.result, compared, serverOf(reading));
  const { verification, anchoredSize } = judged;
  if (memory === null) requireCompared(judged, newerCheckpoint);
  const ofMemory = memory === null || accepted !== null ? [] : judgeMemory(reading, memory, anchoredSize);
  const findings = [...verification.findings, ...ofMemory];
  const outcome = outcomeOf(findings);
  if (outcome === "clean") {
    if (memory !== null && accepted !== null) yield restoreAccepted(accepted, memory);
    else if (memory !== null && memory.tip.size > 0 && agreementOf(reading, memory) === "unknown")
      yield unknownBase(reading, memory.tip.size);
    watch.memory = memoryOf(reading, startedAt, {
      checkpoints: checkpointKey(compared),
      acceptances: acceptancesOf(anchors).map(acceptanceKey),
    });
    yield* tellMove(memory, watch.memory);
  }
  countVerification(watch, outcome, reading.result.treeSize, ports.clock.now());
  yield* tellFindings(watch, findings, ofMemory.length + verification.findingsTotal);
  yield {
    type: "chain-verified",
    reason,
    outcome,
    rows: reading.result.treeSize,
    findings: watch.standingTotal,
    root: reading.result.rootHash,
    ms,
  };
  return outcome;
}

/** Tells the findings that came and those that went, and keeps those that stand. */
export function* tellFindings(
  watch: Watch,
  findings: readonly Finding[],
  total: number,
): Generator<WatchEvent> {
  const { made, gone } = findingChanges(watch.standing, findings);
  const unlisted = total - findings.length;
  const unlistedBefore = watch.standingTotal - watch.standing.length;
  watch.status = {
    ...watch.status,
    findingsNow: total,
    findingsSeen: watch.status.findingsSeen + made.length + Math.max(unlisted - unlistedBefore, 0),
  };
  watch.standing = findings;
  watch.standingTotal = total;
  watch.standingSuspicions = null;
  for (const finding of gone) yield { type: "finding-gone", finding };
  for (const finding of made) yield { type: "finding-made", finding };
}

/** A standby that lags is told once, until it has caught up. */
export function* tellBehind(watch: Watch, rows: number, memory: WatchMemory): Generator<WatchEvent> {
  if (!watch.isBehind) yield { type: "server-behind", rows, verified: memory.tip.size };
  watch.isBehind = true;
}

/** Another server, or another history of it, that goes on where the last one was: said once, and no finding. */
export function* tellMove(before: WatchMemory | null, after: WatchMemory): Generator<WatchEvent> {
  if (before === null) return;
  const isOther =
    hasMoved(before.identity, after.identity) || differs(after.identity.chainId, before.identity.chainId);
  if (isOther) yield { type: "identity-changed", before: before.identity, after: after.identity };
}

function outcomeOf(findings: readonly Finding[]): WatchOutcome {
  if (findings.length === 0) return "clean";
  return findings.some((each) => each.class === "restored") ? "restored" : "broken";
}

function restoreAccepted({ after, at, who, reason }: RestoreAcceptance, { tip }: WatchMemory): WatchEvent {
  return { type: "restore-accepted", rows: after.size, verified: tip.size, at, who, reason };
}

function unknownBase(reading: Reading, known: number): WatchEvent {
  return {
    type: "noted",
    message: `the chain was pruned up to row ${reading.base?.size ?? 0}, beyond the ${known} rows that were verified: for what was pruned in between a checkpoint vouches`,
  };
}
