import { reporters } from "../../src/reporters/registry.ts";
import type { ReporterOptions } from "../../src/reporters/reporter.ts";
import type { Envelope, Fact, FinishedReport } from "../../src/run/contract.ts";
import { execute } from "../../src/run/execute.ts";
import type { ReportFormat } from "../../src/run/shell.ts";
import { exampleFeature } from "./example-feature.ts";
import type { ExampleEvent, ExampleInput } from "./example-feature.ts";

/** What a run of the example was, with every time and id fixed. */
export interface RecordedRun {
  readonly envelopes: readonly Envelope[];
  readonly report: FinishedReport;
}

export async function recordExample(ending: ExampleInput["ending"]): Promise<RecordedRun> {
  const envelopes: Envelope[] = [];
  let clockMs = Date.UTC(2026, 10, 21, 12, 0, 0);
  const report = await execute(
    exampleFeature,
    { ending },
    { released: () => undefined },
    {
      signal: new AbortController().signal,
      observers: [
        { event: (envelope) => void envelopes.push(withFixedTime(envelope)), ended: () => undefined },
      ],
      version: "0.0.0",
      runId: "00000000-0000-4000-8000-000000000000",
      now: () => new Date((clockMs += 250)),
    },
  );
  return { envelopes, report };
}

/** The clock of `step` is the machine's. */
function withFixedTime(envelope: Envelope): Envelope {
  const event: Fact = envelope.event;
  return "ms" in event ? { ...envelope, event: { ...event, ms: 1234.5 } as Fact } : envelope;
}

export const plainOptions: ReporterOptions = {
  style: { color: false, unicode: true },
  quiet: false,
  metricsPrefix: "custody",
  describe: (event) => exampleFeature.describe?.(event as ExampleEvent),
};

/** All the text that a reporter makes of a run. */
export function render(
  format: ReportFormat,
  { envelopes, report }: RecordedRun,
  options = plainOptions,
): string {
  const reporter = reporters[format](options);
  return envelopes.map((each) => reporter.event(each)).join("") + reporter.ended(report);
}
