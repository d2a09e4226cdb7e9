import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Check, Feature, Outcome, Report, SummaryLine } from "../../run/contract.ts";
import { listFindings } from "../list-findings.ts";
import type { BundleFinding } from "./findings.ts";
import type { CheckBundleInput } from "./input.ts";
import type { CheckBundlePorts } from "./ports.ts";
import { runCheckBundle } from "./run.ts";
import type { BundledCheckpointFacts, CheckBundleEvent, CheckBundleVerdict, CheckedFacts } from "./run.ts";

interface CheckBundleState {
  readonly folder: string;
  readonly report: Extract<CheckBundleEvent, { type: "report-read" }> | null;
  readonly rows: CheckedFacts | null;
  readonly checkpoints: readonly BundledCheckpointFacts[];
  readonly findings: readonly BundleFinding[];
  readonly findingsTotal: number | null;
  readonly notes: readonly string[];
}

export const chainCheckBundle: Feature<
  CheckBundleInput,
  CheckBundlePorts,
  CheckBundleEvent,
  CheckBundleVerdict,
  CheckBundleState
> = {
  command: "chain check-bundle",
  run: runCheckBundle,
  initial: ({ folder }) => ({
    folder,
    report: null,
    rows: null,
    checkpoints: [],
    findings: [],
    findingsTotal: null,
    notes: [],
  }),
  reduce,
  report,
};

function reduce(state: CheckBundleState, event: CheckBundleEvent): CheckBundleState {
  switch (event.type) {
    case "report-read":
      return { ...state, report: event };
    case "finding-made":
      return { ...state, findings: [...state.findings, event.finding] };
    case "checkpoint-compared":
      return { ...state, checkpoints: [...state.checkpoints, event.checkpoint] };
    case "bundle-checked":
      return { ...state, rows: event.rows, findingsTotal: event.findingsTotal };
    case "noted":
      return { ...state, notes: [...state.notes, event.message] };
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return state;
  }
}

const verdictExitCodes: Readonly<Record<CheckBundleVerdict, ExitCode>> = {
  clean: exitCodes.good,
  broken: exitCodes.bad,
  "not-verified": exitCodes.couldNotRun,
};

function report(state: CheckBundleState, outcome: Outcome<CheckBundleVerdict>): Report {
  const { verdict, head, document } = conclude(
    "chain check-bundle",
    outcome,
    verdictExitCodes,
    "not-verified",
  );
  const { folder, rows, checkpoints, findings, findingsTotal, notes } = state;
  const first = findings.find((each) => each.position >= 0);
  const isChecked = rows !== null;
  return {
    ...head,
    document: document({
      folder,
      signed_by: state.report?.signedBy ?? null,
      created_at: state.report?.createdAt ?? null,
      files: state.report?.files ?? null,
      proofs: state.report?.proofs ?? null,
      profile: rows?.profile ?? null,
      row_count: rows?.rowCount ?? null,
      first_break_id: isChecked ? (first?.id ?? "") : null,
      first_break_pos: isChecked ? (first?.position ?? -1) : null,
      verifier_walked: rows?.verifierWalked ?? null,
      chain_head_hash: rows?.lastHash ?? null,
      root_hash: rows?.rootHash ?? null,
      unanchored_rows: rows?.unanchoredRows ?? null,
      checkpoints: checkpoints.map((each) => ({
        file: each.file,
        origin: each.origin,
        size: each.size,
        signed_by: each.signedBy,
        cosigned_by: each.cosignedBy,
        outcome: each.outcome,
      })),
      findings,
      findings_total: findingsTotal,
      notes,
    }),
    checks: findingsTotal === null ? [] : questions.map((each) => answer(each, findings)),
    metrics: [],
    summary: summarise(state, verdict),
  };
}

interface Question {
  readonly name: string;
  readonly isOf: (finding: BundleFinding) => boolean;
}

const anchored = new Set<BundleFinding["class"]>(["truncated", "rewritten", "restored"]);
const questions: readonly Question[] = [
  { name: "files: every one is as the report says", isOf: (each) => each.class.startsWith("file-") },
  { name: "report: it says what the rows give", isOf: (each) => each.class === "report-wrong" },
  { name: "checkpoints: the rows are what each vouches for", isOf: (each) => anchored.has(each.class) },
  { name: "proofs: each proves its event", isOf: (each) => each.class === "proof-wrong" },
  {
    name: "rows: every one gives its hashes and leads to the one before",
    isOf: (each) => !/^(?:file|report|proof)-/.test(each.class) && !anchored.has(each.class),
  },
];

function answer({ name, isOf }: Question, findings: readonly BundleFinding[]): Check {
  const found = findings.filter(isOf);
  return {
    group: "chain.bundle",
    name,
    outcome: found.length === 0 ? "passed" : "failed",
    expected: "no findings",
    actual:
      found.length === 0
        ? "no findings"
        : found
            .slice(0, 5)
            .map((each) => each.detail)
            .join("; "),
  };
}

function summarise(state: CheckBundleState, verdict: CheckBundleVerdict): readonly SummaryLine[] {
  const { folder, report: read, rows, checkpoints, findings, findingsTotal } = state;
  if (read === null || findingsTotal === null) return [];
  const pruned = rows === null ? 0 : rows.rowCount - rows.verifierWalked;
  const fact = (label: string, text: string): SummaryLine => ({
    tone: "plain",
    text: `${label.padEnd(11)} ${text}`,
  });
  return [
    fact("bundle", `${read.files} files, made ${read.createdAt} of ${read.address}`),
    fact("signed", read.signedBy.length === 0 ? "by nobody" : `by ${read.signedBy.join(", ")}`),
    ...(rows === null
      ? []
      : [fact("rows", `${rows.verifierWalked}${pruned === 0 ? "" : `; ${pruned} before them were pruned`}`)]),
    ...checkpoints.map((each) =>
      fact(
        "checkpoint",
        `${each.size} rows, ${each.origin}: ${each.outcome}, signed by ${[...each.signedBy, ...each.cosignedBy].join(", ")}`,
      ),
    ),
    ...(rows === null || rows.unanchoredRows === 0
      ? []
      : [
          {
            tone: "warn" as const,
            text: `unanchored  the newest ${rows.unanchoredRows} of them: ${read.signedBy.length === 0 ? "nobody" : "no checkpoint"} vouches for these`,
          },
        ]),
    ...listFindings(findings, findingsTotal),
    {
      tone: verdict === "clean" ? "good" : "bad",
      text: `${verdict.toUpperCase()} rows=${rows?.rowCount ?? "?"} findings=${findingsTotal} bundle=${folder}`,
    },
  ];
}
