import type { FindingClass } from "../../audit/finding.ts";
import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Check, Metric, Outcome, Report } from "../../run/contract.ts";
import type { VerifyVerdict } from "./events.ts";
import type { VerifyState } from "./state.ts";
import { isPassedOver, summarise } from "./summary.ts";

const command = "chain verify";

const verdictExitCodes: Readonly<Record<VerifyVerdict, ExitCode>> = {
  clean: exitCodes.good,
  broken: exitCodes.bad,
  restored: exitCodes.bad,
  "not-verified": exitCodes.couldNotRun,
};

export function reportVerify(state: VerifyState, outcome: Outcome<VerifyVerdict>): Report {
  const { verdict, head, document } = conclude(command, outcome, verdictExitCodes, "not-verified");
  return {
    ...head,
    document: document(verifyDocument(state)),
    checks: state.result === null ? [] : checks(state),
    metrics: metrics(state, verdict),
    summary: state.result === null ? [] : summarise(state, verdict),
  };
}

function verifyDocument({
  chain,
  result,
  checkpoints,
  accepted,
  findings,
  notes,
}: VerifyState): Readonly<Record<string, unknown>> {
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
    checkpoints: checkpoints.map((each) => ({
      path: each.path,
      origin: each.origin,
      size: each.size,
      root_hash: each.rootHash,
      signed_by: each.signedBy,
      cosigned_by: each.cosignedBy,
      outcome: each.outcome,
    })),
    accepted_restore: accepted && {
      checkpoint: accepted.checkpoint,
      origin: accepted.origin,
      size: accepted.size,
    },
    chain: chain && {
      address: chain.address,
      server_version: chain.serverVersion,
      standby: chain.isStandby,
      schema: chain.schema,
      table: chain.table,
      profile: chain.profile,
      cluster: chain.cluster,
      chain_id: result?.chainId ?? null,
    },
    notes,
  };
}

interface Question {
  readonly name: string;
  /** The classes that answer it with no. */
  readonly classes: readonly FindingClass[];
  /** Asked only of chains that custody installed. */
  readonly isOurs?: true;
  /** Asked only where there is a checkpoint. */
  readonly needsCheckpoint?: true;
}

const questions: readonly Question[] = [
  { name: "content: every row gives its hashes", classes: ["altered", "details-altered"] },
  { name: "links: every row leads to the one before", classes: ["missing", "fork", "extra-genesis"] },
  { name: "numbers: every row is linked and counted", classes: ["gap", "duplicate-seq", "unlinked"] },
  { name: "head: it is the newest row", classes: ["head-mismatch"] },
  {
    name: "checkpoints: the chain is what each of them vouches for",
    classes: ["truncated", "rewritten", "restored"],
    needsCheckpoint: true,
  },
  {
    name: "redactions: each is recorded",
    classes: ["redaction-unrecorded", "redaction-invalid", "redaction-undone"],
    isOurs: true,
  },
  {
    name: "guards: triggers, functions, owners and grants are as installed",
    classes: ["guard-changed"],
    isOurs: true,
  },
];

function checks(state: VerifyState): readonly Check[] {
  return questions.map((question) => ({
    group: "chain.verify",
    name: question.name,
    expected: "no findings",
    ...answer(question, state),
  }));
}

function answer(
  { classes, isOurs, needsCheckpoint }: Question,
  state: VerifyState,
): Pick<Check, "outcome" | "actual" | "detail"> {
  const { chain, findings, result } = state;
  if (isOurs && chain?.isCustody !== true)
    return { outcome: "not-applicable", actual: "not of this profile" };
  if (needsCheckpoint && state.checkpoints.length === 0)
    return { outcome: "not-applicable", actual: "no checkpoint was given" };
  const found = findings.filter((each) => classes.includes(each.class));
  const [first] = found;
  if (first !== undefined) {
    const id = first.id === "" ? "" : ` (${first.id})`;
    const detail = `first: ${first.class} at ${first.position}${id}: ${first.detail}`;
    return { outcome: "failed", actual: `${found.length}`, detail };
  }
  if (needsCheckpoint && state.checkpoints.some(({ outcome }) => outcome === "behind"))
    return { outcome: "not-run", actual: "not compared: this standby has not replayed what was signed" };
  if (needsCheckpoint && state.checkpoints.every(({ outcome }) => isPassedOver(outcome)))
    return { outcome: "not-applicable", actual: "none could be compared" };
  const isCut = result !== null && findings.length < result.findingsTotal;
  return isCut
    ? { outcome: "not-run", actual: "not listed: raise --limit-findings" }
    : { outcome: "passed", actual: "none" };
}

function metrics({ result, verifiedAt }: VerifyState, verdict: VerifyVerdict): readonly Metric[] {
  const outcomes = (["clean", "broken", "restored", "not-verified"] as const).map((outcome): Metric => ({
    name: "chain_verify_total",
    help: "Verifications of the audit chain, by verdict",
    type: "counter",
    labels: { outcome },
    value: outcome === verdict ? 1 : 0,
  }));
  if (result === null) return outcomes;
  const verified: Metric = {
    name: "chain_last_verified_timestamp_seconds",
    help: "When the audit chain was last found clean, in seconds since 1970",
    type: "gauge",
    value: Date.parse(verifiedAt ?? "") / 1000,
  };
  return [
    ...outcomes,
    ...(verdict === "clean" ? [verified] : []),
    { name: "chain_rows", help: "Rows of the audit chain", type: "gauge", value: result.rowCount },
    {
      name: "chain_break_detected_total",
      help: "Findings in the audit chain",
      type: "counter",
      value: result.findingsTotal,
    },
  ];
}
