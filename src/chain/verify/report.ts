import type { FindingClass } from "../../audit/finding.ts";
import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import type { Check, Metric, Outcome, Report } from "../../run/contract.ts";
import type { VerifyVerdict } from "./events.ts";
import type { VerifyState } from "./state.ts";
import { summarise } from "./summary.ts";

const command = "chain verify";

const verdictExitCodes: Readonly<Record<VerifyVerdict, ExitCode>> = {
  clean: exitCodes.good,
  broken: exitCodes.bad,
  restored: exitCodes.bad,
  "not-verified": exitCodes.couldNotRun,
};

export function reportVerify(state: VerifyState, outcome: Outcome<VerifyVerdict>): Report {
  const verdict = outcome.kind === "verdict" ? outcome.verdict : "not-verified";
  const error = outcome.kind === "error" ? outcome.error : null;
  return {
    command,
    verdict,
    exitCode: outcome.kind === "verdict" ? verdictExitCodes[outcome.verdict] : outcome.exitCode,
    error,
    document: { v: 1, command, verdict, error, ...verifyDocument(state) },
    checks: state.result === null ? [] : checks(state),
    metrics: metrics(state, verdict),
    summary: state.result === null ? [] : summarise(state, verdict),
  };
}

function verifyDocument({ chain, result, findings, notes }: VerifyState): Readonly<Record<string, unknown>> {
  return {
    row_count: result?.rowCount ?? null,
    first_break_id: result?.firstBreakId ?? null,
    first_break_pos: result?.firstBreakPos ?? null,
    verifier_walked: result?.verifierWalked ?? null,
    chain_head_hash: result?.chainHeadHash ?? null,
    root_hash: result?.rootHash ?? null,
    unanchored_rows: result?.unanchoredRows ?? null,
    findings: findings.map((each) => ({
      class: each.class,
      position: each.position,
      id: each.id,
      detail: each.detail,
      cause: each.cause,
    })),
    findings_total: result?.findingsTotal ?? null,
    chain: chain && {
      address: chain.address,
      server_version: chain.serverVersion,
      standby: chain.isStandby,
      schema: chain.schema,
      table: chain.table,
      profile: chain.profile,
      chain_id: result?.chainId ?? null,
    },
    notes,
  };
}

/** The questions that a verification answers, and the classes that answer them with no. */
const questions: readonly (readonly [name: string, classes: readonly FindingClass[]])[] = [
  ["content: every row gives its hashes", ["altered", "details-altered"]],
  ["links: every row leads to the one before", ["missing", "fork", "extra-genesis"]],
  ["numbers: every row is linked and counted", ["gap", "duplicate-seq", "unlinked"]],
  ["head: it is the newest row", ["head-mismatch"]],
  ["redactions: each is recorded", ["redaction-unrecorded", "redaction-invalid", "redaction-undone"]],
  ["guards: triggers, functions, owners and grants are as installed", ["guard-changed"]],
];

function checks({ findings, result }: VerifyState): readonly Check[] {
  const isCut = result !== null && findings.length < result.findingsTotal;
  return questions.map(([name, classes]) => {
    const found = findings.filter((each) => classes.includes(each.class));
    const [first] = found;
    return {
      group: "chain.verify",
      name,
      outcome: first === undefined ? (isCut ? "not-run" : "passed") : "failed",
      expected: "no findings",
      actual:
        first === undefined ? (isCut ? "not listed: raise --limit-findings" : "none") : `${found.length}`,
      ...(first === undefined
        ? {}
        : {
            detail: `first: ${first.class} at ${first.position}${first.id === "" ? "" : ` (${first.id})`}: ${first.detail}`,
          }),
    };
  });
}

function metrics({ result }: VerifyState, verdict: VerifyVerdict): readonly Metric[] {
  const outcomes = (["clean", "broken", "restored", "not-verified"] as const).map((outcome): Metric => ({
    name: "chain_verify_total",
    help: "Verifications of the audit chain, by verdict",
    type: "counter",
    labels: { outcome },
    value: outcome === verdict ? 1 : 0,
  }));
  if (result === null) return outcomes;
  return [
    ...outcomes,
    { name: "chain_rows", help: "Rows of the audit chain", type: "gauge", value: result.rowCount },
    {
      name: "chain_break_detected_total",
      help: "Findings in the audit chain",
      type: "counter",
      value: result.findingsTotal,
    },
  ];
}
