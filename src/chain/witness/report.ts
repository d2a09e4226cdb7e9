import { exitCodes } from "../../errors.ts";
import type { Metric, Outcome, Report } from "../../run/contract.ts";
import type { WitnessVerdict } from "./events.ts";
import { requestsHelp } from "./meter.ts";
import type { WitnessState } from "./state.ts";

export function reportWitness(state: WitnessState, outcome: Outcome<WitnessVerdict>): Report {
  const error = outcome.kind === "error" ? outcome.error : null;
  const verdict = outcome.kind === "verdict" || error?.code === "interrupted" ? "stopped" : "not-run";
  const { url, vkey, logs, counts } = state;
  const told = Object.entries(counts).filter(([name, count]) => count > 0 && name !== "cosigned");
  return {
    command: "chain witness",
    verdict,
    exitCode: outcome.kind === "error" ? outcome.exitCode : exitCodes.good,
    error,
    document: { v: 1, command: "chain witness", verdict, error, url, vkey, logs, requests: counts },
    checks: [],
    metrics: Object.entries(counts).map(([name, value]): Metric => ({
      name: "witness_requests_total",
      help: requestsHelp,
      type: "counter",
      labels: { outcome: name },
      value,
    })),
    summary:
      url === null
        ? []
        : [
            {
              tone: "plain",
              text: `STOPPED cosigned=${counts.cosigned}${told.map(([name, count]) => ` ${name}=${count}`).join("")}`,
            },
          ],
  };
}
