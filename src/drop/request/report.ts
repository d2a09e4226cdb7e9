import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Check, Outcome, Report, SummaryLine } from "../../run/contract.ts";
import { concludeDrop, describeDrop, nextStep, reasonOf } from "../describe-drop.ts";
import { describePlan } from "../describe-plan.ts";
import { dropExitCodes } from "../drop-verdict.ts";
import type { RequestState, RequestVerdict } from "./feature.ts";

const verdictExitCodes: Readonly<Record<RequestVerdict, ExitCode>> = {
  ...dropExitCodes,
  "would-be-done": exitCodes.good,
  "would-be-held": exitCodes.good,
  "would-be-refused": exitCodes.bad,
  "not-run": exitCodes.couldNotRun,
};

export function report(state: RequestState, outcome: Outcome<RequestVerdict>): Report {
  const { verdict, head, document } = conclude("drop request", outcome, verdictExitCodes, "not-run");
  const { drop, plan } = state;
  return {
    ...head,
    document: document({ drop, plan }),
    checks: [check(state, verdict, verdictExitCodes[verdict])],
    metrics: [],
    summary: summarise(state),
  };
}

function check({ input, drop, plan }: RequestState, verdict: RequestVerdict, exitCode: ExitCode): Check {
  const refused = plan?.refusals.map(({ site, reason }) => `${site}: ${reason}`).join("; ");
  const detail = drop === null ? (refused ?? "") : reasonOf(drop);
  return {
    group: "drop.request",
    name: `${input.body.target} ${input.body.resource_type} ${input.body.provider_resource_id}`,
    outcome: verdict === "not-run" ? "not-run" : exitCode === exitCodes.good ? "passed" : "failed",
    expected: input.isDryRun ? "nothing says no" : "accepted, or held",
    actual: verdict,
    ...(detail === "" ? {} : { detail }),
  };
}

function summarise({ input, drop, plan }: RequestState): readonly SummaryLine[] {
  if (plan !== null) return describePlan(plan, input.body);
  if (drop === null) return [];
  const next = nextStep(drop);
  return [
    ...describeDrop(drop),
    ...(next === null ? [] : [{ tone: "strong", text: `next: ${next}` } as const]),
    concludeDrop(drop),
  ];
}
