import { randomUUID } from "node:crypto";
import { exitCodes, InterruptedError, OpsError } from "../errors.ts";
import type { ExitCode } from "../errors.ts";
import type { Envelope, ErrorDocument, Fact, Feature, Outcome, Report } from "./contract.ts";

/** Whoever watches a run. It is never in the path of a decision, and it must not throw. */
export interface Observer {
  event(envelope: Envelope): void;
  ended(report: Report): void;
}

interface Execution {
  readonly signal: AbortSignal;
  readonly observers: readonly Observer[];
  /** Injected in tests. */
  readonly now?: () => Date;
  readonly runId?: string;
  /** Called with what is no `OpsError`: a bug in custody. */
  readonly onBug?: (error: unknown) => void;
}

/**
 * Runs a feature to its end, showing every fact to the observers, and returns its report. Never throws: what the
 * feature throws becomes `report.error` and an exit code.
 */
export async function execute<Input, Ports, Event extends Fact, Verdict extends string, State>(
  feature: Feature<Input, Ports, Event, Verdict, State>,
  input: Input,
  ports: Ports,
  execution: Execution,
): Promise<Report> {
  const now = execution.now ?? (() => new Date());
  const run = execution.runId ?? randomUUID();
  let state = feature.initial(input);
  let seq = 0;
  const outcome = await settle(async () => {
    // Disposing returns a generator that was left half-way (a bug in a reducer), so that what it holds is given back.
    await using facts = feature.run(input, ports, execution.signal);
    for (;;) {
      const step = await facts.next();
      if (step.done) return step.value;
      state = feature.reduce(state, step.value);
      seq += 1;
      const envelope: Envelope<Event> = { v: 1, run, seq, at: now().toISOString(), event: step.value };
      for (const observer of execution.observers) observer.event(envelope);
    }
  }, execution);
  const report = feature.report(state, outcome);
  for (const observer of execution.observers) observer.ended(report);
  return report;
}

async function settle<Verdict>(
  work: () => Promise<Verdict>,
  execution: Execution,
): Promise<Outcome<Verdict>> {
  try {
    return { kind: "verdict", verdict: await work() };
  } catch (error) {
    if (!isExpected(error, execution.signal)) execution.onBug?.(error);
    return { kind: "error", ...explain(error, execution.signal) };
  }
}

function isExpected(error: unknown, signal: AbortSignal): boolean {
  return error instanceof OpsError || error instanceof InterruptedError || signal.aborted;
}

/** What a thrown value means to the user: a document and an exit code. An aborted signal wins over everything. */
export function explain(
  error: unknown,
  signal: AbortSignal,
): { readonly error: ErrorDocument; readonly exitCode: ExitCode } {
  if (error instanceof InterruptedError || signal.aborted) {
    return {
      error: { code: "interrupted", message: "interrupted", hint: "what was started has been cleaned up" },
      exitCode: exitCodes.interrupted,
    };
  }
  if (error instanceof OpsError) {
    return {
      error: { code: error.code, message: error.message, hint: error.hint },
      exitCode: error.exitCode,
    };
  }
  return {
    error: {
      code: "bug",
      message: error instanceof Error ? error.message : String(error),
      hint: "this is a bug in custody; please report it with the stack above",
    },
    exitCode: exitCodes.bug,
  };
}
