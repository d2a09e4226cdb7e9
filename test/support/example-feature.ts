import { exitCodes, OpsError } from "../../src/errors.ts";
import type { ExitCode } from "../../src/errors.ts";
import type { Check, Fact, Feature, Metric, StepFact } from "../../src/run/contract.ts";
import { throwIfInterrupted } from "../../src/run/interrupt.ts";
import { step } from "../../src/run/step.ts";

/** The smallest feature that does all that a feature can do; the house's own tests run it. */
export interface ExampleInput {
  /** What the run is to end in. */
  readonly ending: "good" | "bad" | "not-run" | "refused" | "bug" | "waits";
}

export interface ExamplePorts {
  /** Told when what the run holds is given back. */
  released(): void;
  /** Called once the run waits for its signal. */
  waiting?(): void;
}

export type ExampleEvent = StepFact | (Fact & { readonly type: "thing-counted"; readonly count: number });
type ExampleVerdict = "fine" | "broken" | "not-run";

interface ExampleState {
  readonly count: number | null;
  readonly notes: readonly string[];
}

const exits: Readonly<Record<ExampleVerdict, ExitCode>> = {
  fine: exitCodes.good,
  broken: exitCodes.bad,
  "not-run": exitCodes.couldNotRun,
};

const verdicts = { good: "fine", bad: "broken", "not-run": "not-run" } as const;

export const exampleFeature: Feature<ExampleInput, ExamplePorts, ExampleEvent, ExampleVerdict, ExampleState> =
  {
    command: "example",
    async *run({ ending }, ports, signal) {
      await using _held = { [Symbol.asyncDispose]: async () => ports.released() };
      const count = yield* step(
        "count",
        "Count the things",
        async (progress) => {
          progress(1, 3);
          return 3;
        },
        { describe: (things) => `${things} things` },
      );
      yield { type: "thing-counted", count };
      yield { type: "noted", message: "a note with an escape \u001b[31m and an é" };
      if (ending === "refused") throw new OpsError("unreachable", "no server at db.example:5432", "start it");
      if (ending === "bug") throw new TypeError("undefined is not a thing");
      if (ending === "waits") {
        yield* step("wait", "Wait for the signal", async () => {
          ports.waiting?.();
          await new Promise<void>((resolve) =>
            signal.addEventListener("abort", () => resolve(), { once: true }),
          );
          throwIfInterrupted(signal);
        });
      }
      return ending === "good" || ending === "bad" || ending === "not-run" ? verdicts[ending] : "fine";
    },
    initial: () => ({ count: null, notes: [] }),
    reduce(state, event) {
      switch (event.type) {
        case "thing-counted":
          return { ...state, count: event.count };
        case "noted":
          return { ...state, notes: [...state.notes, event.message] };
        default:
          return state;
      }
    },
    describe: (event) =>
      event.type === "thing-counted" ? { tone: "dim", text: `counted ${event.count}` } : undefined,
    report(state, outcome) {
      const verdict = outcome.kind === "verdict" ? outcome.verdict : "not-run";
      const error = outcome.kind === "error" ? outcome.error : null;
      return {
        command: "example",
        verdict,
        exitCode: outcome.kind === "verdict" ? exits[outcome.verdict] : outcome.exitCode,
        error,
        document: { v: 1, command: "example", verdict, error, count: state.count, notes: state.notes },
        checks: outcome.kind === "verdict" ? checks[outcome.verdict] : [],
        metrics: metricsOf(verdict),
        summary:
          outcome.kind === "verdict"
            ? [
                { tone: verdict === "fine" ? "good" : "bad", text: `${verdict}: ${state.count} things` },
                { tone: "dim", text: "next: custody example --again" },
              ]
            : [],
      };
    },
  };

const passed: Check = {
  group: "example.count",
  name: "count",
  outcome: "passed",
  expected: "3",
  actual: "3",
};

const checks: Readonly<Record<ExampleVerdict, readonly Check[]>> = {
  fine: [
    passed,
    {
      group: "example.chain",
      name: "head",
      outcome: "not-applicable",
      expected: "a chain",
      actual: "no chain",
    },
  ],
  broken: [
    passed,
    {
      group: "example.count",
      name: 'colour, "of": <things> & 100 %',
      outcome: "failed",
      expected: "red",
      actual: "gr\u0000een\r\nline",
      detail: "keys 1, 2",
      place: { path: "src/a,b:c.sql", line: 7, column: 3 },
    },
  ],
  "not-run": [
    passed,
    {
      group: "example.chain",
      name: "head",
      outcome: "not-run",
      expected: "a chain",
      actual: "permission denied",
    },
  ],
};

function metricsOf(verdict: string): readonly Metric[] {
  return [
    ...["fine", "broken", "not-run"].map((outcome): Metric => ({
      name: "example_total",
      help: "Runs, by outcome",
      type: "counter",
      labels: { outcome },
      value: outcome === verdict ? 1 : 0,
    })),
    ...(verdict === "fine"
      ? [
          {
            name: "example_last_success_timestamp_seconds",
            help: "When it was last fine",
            type: "gauge",
            value: 1_750_000_000,
          } as const,
        ]
      : []),
  ];
}
