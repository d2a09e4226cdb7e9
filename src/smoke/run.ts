import { createEvidence } from "./evidence.ts";
import { clientCodeOf, explainServerError, serverErrorOf } from "../postgres/explain-error.ts";
import { step } from "../run/step.ts";
import type { Assertion, ProofDifference } from "../backup/proof/verdict.ts";
import type { PlantedFault, SmokeEvent, SmokeVerdict } from "./events.ts";
import type { SmokeInput } from "./input.ts";
import { conclude, judge, withoutLeftOut } from "../backup/proof/judge.ts";
import type { Comparison } from "../backup/proof/judge.ts";
import type { SmokePorts } from "./ports.ts";
import { proveArchive } from "./prove-archive.ts";
import { proveDatabase } from "./prove-database.ts";
import { proveRestored } from "./prove-restored.ts";
import type { Proof } from "../backup/proof/proof.ts";
import { countSabotage } from "./sabotage/count.ts";
import type { Sabotage } from "./sabotage/sabotage.ts";
import { initialSmokeState, reduceSmoke } from "./state.ts";

type Events<Result> = AsyncGenerator<SmokeEvent, Result>;

/**
 * Proves a backup, whichever of the four ways it comes in: restores it somewhere harmless, compares what came back with what
 * must be there, then plants faults and demands that the same comparison finds each.
 *
 * A damaged or unequal backup is an event and a verdict; an exception means that no proof could be made.
 */
export async function* runSmoke(
  input: SmokeInput,
  ports: SmokePorts,
  signal: AbortSignal,
): Events<SmokeVerdict> {
  const startedAt = ports.now();
  // What is wrong with the key, or with a place to write to, is known before hours of work, not after.
  const key = input.key === null ? null : await ports.files.readKey(input.key);
  for (const path of [input.writeManifest, input.evidence])
    if (path !== null) await ports.files.requireWritable(path);
  if (input.writeDump !== null)
    for (const path of [input.writeDump, `${input.writeDump}.partial`]) await ports.files.requireNew(path);
  let state = initialSmokeState(input);
  await using facts = prove(input, ports);
  for (;;) {
    const next = await facts.next().catch((error: unknown) => {
      throw explainServerTrouble(error);
    });
    if (next.done) {
      const concluded: SmokeEvent = { type: "proof-concluded", at: ports.now().getTime() / 1000 };
      yield concluded;
      if (input.evidence !== null) {
        state = reduceSmoke(state, concluded);
        const proof = {
          state,
          verdict: next.value,
          version: ports.version,
          startedAt,
          finishedAt: ports.now(),
          key,
        };
        await ports.files.writeEvidence(input.evidence, createEvidence(proof));
        yield { type: "evidence-written", path: input.evidence };
      }
      return next.value;
    }
    state = reduceSmoke(state, next.value);
    // Whatever an interrupted step says of lost connections, it was told to stop.
    yield next.value.type === "step-failed" && signal.aborted
      ? { ...next.value, detail: "interrupted" }
      : next.value;
  }
}

/** A server may go away, or refuse, at any moment of a proof: that is no bug. What is neither a server's nor expected stays as it is. */
function explainServerTrouble(error: unknown): unknown {
  const isServers =
    serverErrorOf(error) !== undefined || clientCodeOf(error)?.startsWith("CONNECTION_") === true;
  return isServers ? explainServerError(error, "the proof was cut short") : error;
}

/** Ends every way: compare, plant faults, conclude. */
export type Conclusion = (proof: Proof, sabotage: Sabotage, locate: Locate | null) => Events<SmokeVerdict>;

/** Names the rows in which a restored table differs from the archive; null where that can only be counted. */
export type Locate = (table: string) => Promise<string | null>;

function prove(input: SmokeInput, ports: SmokePorts): Events<SmokeVerdict> {
  const { source } = input;
  const decide: Conclusion = (proof, sabotage, locate) =>
    compareAndConclude(proof, sabotage, locate, ports.comparison);
  switch (source.kind) {
    case "self":
    case "live":
      return proveDatabase({ ...input, source }, ports, decide);
    case "archive":
      return proveArchive({ ...input, source }, ports, decide);
    case "restored":
      return proveRestored({ ...input, source }, ports, decide);
  }
}

async function* compareAndConclude(
  proof: Proof,
  sabotage: Sabotage,
  locate: Locate | null,
  comparison: Comparison,
): Events<SmokeVerdict> {
  const { assertions, differences } = judge(proof, comparison);
  for (const difference of yield* locateAll(differences, locate))
    yield { type: "difference-found", difference };
  for (const assertion of assertions) yield { type: "assertion-checked", assertion };
  const compared = conclude(assertions);
  const sabotaged =
    compared === "proved"
      ? assertSabotage(yield* sabotage(withoutLeftOut(proof), comparison))
      : notPlanted(compared);
  yield { type: "assertion-checked", assertion: sabotaged };
  return conclude([...assertions, sabotaged]);
}

/** To name rows takes two more passes over a table: it is done for a few, and only when they differ. */
const tablesLocated = 5;

async function* locateAll(
  differences: readonly ProofDifference[],
  locate: Locate | null,
): Events<readonly ProofDifference[]> {
  const isLocatable = ({ kind, stage, object }: ProofDifference): boolean =>
    kind === "content" && stage === "restore" && object.startsWith("table ");
  const wanted = new Set(differences.filter(isLocatable).slice(0, tablesLocated));
  if (locate === null || wanted.size === 0) return differences;
  return yield* step("locate", "find the rows that differ", async () => {
    const located: ProofDifference[] = [];
    for (const difference of differences) {
      const rows = wanted.has(difference) ? await locate(difference.object.slice("table ".length)) : null;
      located.push(rows === null ? difference : { ...difference, detail: `${difference.detail}; ${rows}` });
    }
    return located;
  });
}

function notPlanted(compared: Exclude<SmokeVerdict, "proved">): Assertion {
  const why =
    compared === "disproved" ? "the comparison had failed already" : "a part of the comparison could not run";
  return { name: "sabotage", ok: null, expected: "every planted fault found", actual: `not planted: ${why}` };
}

function assertSabotage(faults: readonly PlantedFault[]): Assertion {
  const count = countSabotage(faults);
  const expected = "every planted fault found";
  if (count.planted === 0)
    return { name: "sabotage", ok: null, expected, actual: "nothing could be planted" };
  const found = faults.filter(({ detected }) => detected).length;
  const actual = `${found} of ${faults.length} found, in ${count.planted} groups`;
  return { name: "sabotage", ok: count.detected === count.planted, expected, actual };
}
