import { exitCodes } from "../errors.ts";
import type { ExitCode } from "../errors.ts";
import type { Check, Metric, Outcome, Report, SummaryLine } from "../run/contract.ts";
import { notApplicable } from "../backup/proof/verdict.ts";
import type { Assertion, ProofDifference } from "../backup/proof/verdict.ts";
import type { SmokeVerdict } from "./events.ts";
import { countSabotage } from "./sabotage/count.ts";
import type { SmokeState } from "./state.ts";
import { summarise } from "./summary.ts";

const verdictExitCodes: Readonly<Record<SmokeVerdict, ExitCode>> = {
  proved: exitCodes.good,
  disproved: exitCodes.bad,
  "not-run": exitCodes.couldNotRun,
};

/** The final report of a proof: the JSON document of `docs/output.md`, checks, metrics and what people read. */
export function reportSmoke(state: SmokeState, outcome: Outcome<SmokeVerdict>): Report {
  const verdict = outcome.kind === "verdict" ? outcome.verdict : "not-run";
  const error = outcome.kind === "error" ? outcome.error : damageError(state);
  const summary: readonly SummaryLine[] = outcome.kind === "verdict" ? summarise(state, outcome.verdict) : [];
  return {
    command: "smoke",
    verdict,
    exitCode: outcome.kind === "verdict" ? verdictExitCodes[outcome.verdict] : outcome.exitCode,
    error,
    document: { v: 1, command: "smoke", verdict, error, ...smokeDocument(state) },
    checks: state.assertions.map((assertion) => toCheck(assertion, state.differences)),
    metrics: metricsOf(state, verdict),
    summary,
  };
}

function damageError(state: SmokeState): Report["error"] {
  return (
    state.damage && { code: "unreadable-archive", message: state.damage.message, hint: state.damage.hint }
  );
}

/** The fields of the document that do not depend on how the run ended. */
export function smokeDocument(state: SmokeState): Readonly<Record<string, unknown>> {
  return {
    mode: state.mode,
    source: state.source && {
      address: state.source.address,
      database: state.source.database,
      server_version: state.source.serverVersion,
      snapshot: state.source.snapshot,
      standby: state.source.isStandby,
    },
    archive: state.archive && {
      path: state.archive.path,
      format: state.archive.format,
      compression: state.archive.compression,
      bytes: state.archive.bytes,
      sha256: state.archive.sha256,
      created_at: state.archive.createdAt,
      server_version: state.archive.serverVersion,
      entries: state.archive.entries,
    },
    profile: state.profile,
    pre: state.pre,
    post: state.post,
    contents: state.contents,
    assertions: state.assertions,
    differences: state.differences,
    restore_errors: state.restoreErrors.map((error) => ({
      class: error.class,
      entry: error.entry,
      message: error.message,
      benign: error.isBenign,
    })),
    sabotage: { ...countSabotage(state.faults), faults: state.faults },
    rto_seconds: state.restored?.seconds ?? null,
    rto_measured_on: state.restored?.measuredOn ?? null,
    rpo_seconds: state.rpo?.seconds ?? null,
    rpo_measured_from: state.rpo?.from ?? null,
    tools: state.tools,
    timings: Object.fromEntries(
      state.steps.flatMap((step) => (step.ms === null ? [] : [[step.step, Math.round(step.ms) / 1000]])),
    ),
    bytes: state.archive?.bytes ?? null,
    notes: state.notes,
  };
}

const shownDifferences = 5;

function toCheck(assertion: Assertion, differences: readonly ProofDifference[]): Check {
  const own = assertion.ok === true ? [] : differences.filter((each) => checkOf(each) === assertion.name);
  const lines = own
    .slice(0, shownDifferences)
    .map(({ stage, object, detail }) => `${stage}: ${object}: ${detail}`);
  if (own.length > lines.length) lines.push(`and ${own.length - lines.length} more`);
  return {
    group: "smoke",
    name: assertion.name,
    outcome: outcomeOf(assertion),
    expected: assertion.expected,
    actual: assertion.actual,
    ...(lines.length === 0 ? {} : { detail: lines.join("\n") }),
  };
}

/** The check that a difference was found by. */
function checkOf({ kind, stage }: ProofDifference): string {
  switch (kind) {
    case "archive":
      return "archive-intact";
    case "restore-error":
      return "restore-errors";
    case "content":
    case "large-objects":
      return stage === "restore" ? kind : "archive-holds-source";
    default:
      return kind;
  }
}

function outcomeOf(assertion: Assertion): Check["outcome"] {
  if (assertion.ok === null) return assertion.actual === notApplicable ? "not-applicable" : "not-run";
  return assertion.ok ? "passed" : "failed";
}

function metricsOf(state: SmokeState, verdict: SmokeVerdict): readonly Metric[] {
  const outcomes: readonly SmokeVerdict[] = ["proved", "disproved", "not-run"];
  const metrics: Metric[] = outcomes.map((outcome) => ({
    name: "smoke_total",
    help: "Proofs of a backup, by outcome",
    type: "counter",
    labels: { outcome },
    value: outcome === verdict ? 1 : 0,
  }));
  const gauge = (name: string, help: string, value: number): void => {
    metrics.push({ name, help, type: "gauge", value });
  };
  if (verdict === "proved" && state.endedAt !== null) {
    gauge(
      "smoke_last_success_timestamp_seconds",
      "When a backup was last proved to restore, Unix time",
      state.endedAt,
    );
  }
  if (state.restored)
    gauge(
      "smoke_rto_seconds",
      `Seconds that the restore took on a ${state.restored.measuredOn}`,
      state.restored.seconds,
    );
  if (state.rpo)
    gauge(
      "smoke_rpo_seconds",
      "Age of the newest event, or of the archive, when it was proved",
      state.rpo.seconds,
    );
  return metrics;
}
