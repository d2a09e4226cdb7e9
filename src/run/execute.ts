import { randomUUID } from "node:crypto";
import { exitCodes, InterruptedError, OpsError } from "../errors.ts";
import type { ExitCode } from "../errors.ts";
import type {
  Envelope,
  ErrorDocument,
  Fact,
  Feature,
  FinishedReport,
  Outcome,
  RunFacts,
} from "./contract.ts";

/** Whoever watches a run. It is never in the path of a decision, and it must not throw. */
export interface Observer {
  event(envelope: Envelope): void;
  ended(report: FinishedReport): void;
}

interface Execution {
  readonly signal: AbortSignal;
  readonly observers: readonly Observer[];
  /** The version of custody. */
  readonly version: string;
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
): Promise<FinishedReport> {
  const now = execution.now ?? (() => new Date());
  const run = execution.runId ?? randomUUID();
  const startedAt = now();
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
  const facts: RunFacts = {
    id: run,
    started_at: startedAt.toISOString(),
    seconds: (now().getTime() - startedAt.getTime()) / 1000,
    exit_code: report.exitCode,
    custody: execution.version,
  };
  const finished: FinishedReport = { ...report, document: { ...report.document, run: facts }, run: facts };
  for (const observer of execution.observers) observer.ended(finished);
  return finished;
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

/** Of several that came one after the other, in their order. */
function messageOf(error: unknown): string {
  if (error instanceof SuppressedError) {
    return [...new Set([messageOf(error.suppressed), messageOf(error.error)])].join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}

function isExpected(thrown: unknown, signal: AbortSignal): boolean {
  const error: unknown = thrown instanceof SuppressedError ? thrown.suppressed : thrown;
  return error instanceof OpsError || error instanceof InterruptedError || signal.aborted;
}

/**
 * What a thrown value means to the user: a document and an exit code. An aborted signal wins over everything, but where nobody
 * knows what became of a change, that is told. When
 * cleaning up failed as well, the first failure is told, and the hint says what was not cleaned up.
 */
export function explain(
  thrown: unknown,
  signal: AbortSignal,
): { readonly error: ErrorDocument; readonly exitCode: ExitCode } {
  if (!(thrown instanceof SuppressedError)) return explainOne(thrown, signal);
  const { error, exitCode } = explain(thrown.suppressed, signal);
  const cause: unknown = thrown.error;
  const hint = error.hint === cleanedUp ? "" : `${error.hint}; `;
  return { error: { ...error, hint: `${hint}cleaning up failed as well: ${messageOf(cause)}` }, exitCode };
}

const cleanedUp = "what was started has been cleaned up";

function explainOne(
  error: unknown,
  signal: AbortSignal,
): { readonly error: ErrorDocument; readonly exitCode: ExitCode } {
  if (error instanceof OpsError && error.isOutcomeUnknown && signal.aborted) {
    const { message, hint } = error;
    const told = { code: "interrupted", message: `interrupted: ${message}`, hint } as const;
    return { error: told, exitCode: exitCodes.interrupted };
  }
  if (error instanceof InterruptedError || signal.aborted) {
    return {
      error: { code: "interrupted", message: "interrupted", hint: cleanedUp },
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
      message: messageOf(error),
      hint: "this is a bug in custody: report it with the lines above (README, Reporting a bug)",
    },
    exitCode: exitCodes.bug,
  };
}
