import type { AppendedBatch } from "../../audit/append-batch.ts";
import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report, StepFact } from "../../run/contract.ts";
import { step } from "../../run/step.ts";

export interface BatchInput {
  readonly dbUrl: string;
  /** Null: the one schema that holds a chain. */
  readonly schema: string | null;
  /** A path, or `-` for standard input. */
  readonly batch: string;
  readonly onConflict: "refuse" | "skip";
}

export interface BatchPorts {
  /** Commits all events of the batch, or none. Throws `bad-input` with the line for what cannot be appended. */
  appendBatch(input: BatchInput, onProgress: (events: number) => void): Promise<AppendedBatch>;
}

type BatchFact = StepFact | { readonly type: "batch-appended"; readonly batch: BatchFacts };
type BatchVerdict = "appended" | "not-run";

interface BatchFacts {
  readonly appended: number;
  readonly skipped: number;
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  readonly rowHash: string | null;
}

interface BatchState {
  readonly batch: BatchFacts | null;
}

export const chainAppendBatch: Feature<BatchInput, BatchPorts, BatchFact, BatchVerdict, BatchState> = {
  command: "chain append",
  async *run(input, ports) {
    const { firstSeq, lastSeq, ...counts } = yield* step(
      "append",
      "Append the batch",
      (progress) => ports.appendBatch(input, progress),
      { unit: "rows", describe: ({ appended, skipped }) => `${appended} appended, ${skipped} skipped` },
    );
    const number = (seq: bigint | null): number | null => (seq === null ? null : Number(seq));
    yield {
      type: "batch-appended",
      batch: { ...counts, firstSeq: number(firstSeq), lastSeq: number(lastSeq) },
    };
    if (counts.appended > 0 && lastSeq === null)
      yield { type: "noted", message: "this role may append and not read: seq and row_hash are not known" };
    return "appended";
  },
  initial: () => ({ batch: null }),
  reduce: (state, event) => (event.type === "batch-appended" ? { batch: event.batch } : state),
  report,
};

const verdictExitCodes: Readonly<Record<BatchVerdict, ExitCode>> = {
  appended: exitCodes.good,
  "not-run": exitCodes.couldNotRun,
};

function report({ batch }: BatchState, outcome: Outcome<BatchVerdict>): Report {
  const { head, document } = conclude("chain append", outcome, verdictExitCodes, "not-run");
  return {
    ...head,
    document: document({
      appended: batch?.appended ?? 0,
      skipped: batch?.skipped ?? 0,
      first_seq: batch?.firstSeq ?? null,
      last_seq: batch?.lastSeq ?? null,
      row_hash: batch?.rowHash ?? null,
    }),
    checks: [],
    metrics: [],
    summary: batch === null ? [] : [{ tone: "good", text: summaryOf(batch) }],
  };
}

function summaryOf({ appended, skipped, firstSeq, lastSeq, rowHash }: BatchFacts): string {
  const place = appended === 0 ? "" : ` seq=${firstSeq ?? "?"}..${lastSeq ?? "?"} row_hash=${rowHash ?? "?"}`;
  return `APPENDED events=${appended} skipped=${skipped}${place}`;
}
