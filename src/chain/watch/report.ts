import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import type { Outcome, Report, SummaryLine } from "../../run/contract.ts";
import type { WatchOutcome } from "./events.ts";
import type { WatchState } from "./state.ts";

const command = "chain watch";

const verdictExitCodes: Readonly<Record<WatchOutcome, ExitCode>> = {
  clean: exitCodes.good,
  broken: exitCodes.bad,
  restored: exitCodes.bad,
  "not-verified": exitCodes.couldNotRun,
};

/** What was known when the watch ended: an interrupted one (exit code 130) has the verdict of its last check. */
export function reportWatch(state: WatchState, outcome: Outcome<WatchOutcome>): Report {
  const isInterrupted = outcome.kind === "error" && outcome.error.code === "interrupted";
  const verdict =
    outcome.kind === "verdict" ? outcome.verdict : isInterrupted ? state.outcome : "not-verified";
  const error = outcome.kind === "error" ? outcome.error : null;
  const { chain } = state;
  return {
    command,
    verdict,
    exitCode: outcome.kind === "verdict" ? verdictExitCodes[outcome.verdict] : outcome.exitCode,
    error,
    document: {
      v: 1,
      command,
      verdict,
      error,
      row_count: state.rows,
      root_hash: state.root,
      findings: state.findings.map((each) => ({
        class: each.class,
        position: each.position,
        id: each.id,
        detail: each.detail,
        cause: each.cause,
      })),
      findings_total: state.findingsTotal,
      checks: state.checks,
      full_verifications: state.fullVerifications,
      failures: state.failures,
      chain: chain && {
        address: chain.address,
        server_version: chain.serverVersion,
        standby: chain.isStandby,
        schema: chain.schema,
        table: chain.table,
        profile: chain.profile,
      },
    },
    checks: [],
    metrics: [],
    summary: state.rows === null ? [] : summary(state, verdict),
  };
}

function summary(
  { rows, findings, findingsTotal }: WatchState,
  verdict: WatchOutcome,
): readonly SummaryLine[] {
  return [
    ...findings.flatMap(({ class: name, position, id, detail, cause }): readonly SummaryLine[] => [
      { tone: "bad", text: `${name}  ${position}  ${id === "" ? "" : `${id}: `}${detail}` },
      { tone: "dim", text: `  likely: ${cause}` },
    ]),
    {
      tone: verdict === "clean" ? "good" : "bad",
      text: `${verdict.toUpperCase()} rows=${rows} findings=${findingsTotal}`,
    },
  ];
}
