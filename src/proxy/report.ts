import { exitCodes } from "../errors.ts";
import type { Outcome, Report, SummaryLine } from "../run/contract.ts";
import type { ProxyVerdict } from "./events.ts";
import type { ProxyState } from "./state.ts";

/** The document of a proxy that ended, or of `--check`. */
export function reportProxy(state: ProxyState, outcome: Outcome<ProxyVerdict>): Report {
  const error = outcome.kind === "error" ? outcome.error : null;
  const verdict = verdictOf(outcome);
  return {
    command: "proxy",
    verdict,
    exitCode: outcome.kind === "error" ? outcome.exitCode : exitCodes.good,
    error,
    document: {
      v: 1,
      command: "proxy",
      verdict,
      error,
      config: state.config,
      api: state.api,
      ledger: state.ledger,
      ledger_rows: state.rows,
      targets: state.targets,
      listeners: state.listeners,
      warnings: state.warnings,
      events: state.events,
      alarms: state.alarms,
      reloads: state.reloads,
    },
    checks: [],
    metrics: [],
    summary: verdict === "checked" ? checked(state) : [],
  };
}

function verdictOf(outcome: Outcome<ProxyVerdict>): ProxyVerdict {
  if (outcome.kind === "verdict") return outcome.verdict;
  return outcome.error.code === "interrupted" ? "stopped" : "not-run";
}

function checked({ config, warnings }: ProxyState): readonly SummaryLine[] {
  const open = warnings.length === 1 ? "1 thing is" : `${warnings.length} things are`;
  return [
    { tone: "good", text: `${config} is valid` },
    ...(warnings.length === 0 ? [] : [{ tone: "warn", text: `${open} left open, as noted above` } as const]),
  ];
}
