import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report, SummaryLine } from "../../run/contract.ts";
import { checkpointDocument } from "../given-checkpoint.ts";
import type { CheckpointFacts } from "../given-checkpoint.ts";
import { listFindings } from "../list-findings.ts";
import { chainDocument, reduceChainRun, unreadChain } from "../chain-run.ts";
import type { ChainRunState } from "../chain-run.ts";
import type { BundleInput } from "./input.ts";
import type { BundlePorts } from "./ports.ts";
import { runBundle } from "./run.ts";
import type { BundleEvent, BundleFacts, BundleVerdict } from "./run.ts";

interface BundleState extends ChainRunState {
  readonly checkpoints: readonly CheckpointFacts[];
  readonly bundle: BundleFacts | null;
  readonly findingsTotal: number | null;
}

export const chainBundle: Feature<BundleInput, BundlePorts, BundleEvent, BundleVerdict, BundleState> = {
  command: "chain bundle",
  run: runBundle,
  initial: () => ({
    ...unreadChain,
    checkpoints: [],
    bundle: null,
    findingsTotal: null,
  }),
  reduce,
  report,
};

function reduce(state: BundleState, event: BundleEvent): BundleState {
  switch (event.type) {
    case "checkpoint-read":
      return { ...state, checkpoints: [...state.checkpoints, event.checkpoint] };
    case "chain-verified":
      return { ...state, findingsTotal: event.findingsTotal };
    case "bundle-written":
      return { ...state, bundle: event.bundle };
    default:
      return reduceChainRun(state, event);
  }
}

const verdictExitCodes: Readonly<Record<BundleVerdict, ExitCode>> = {
  bundled: exitCodes.good,
  broken: exitCodes.bad,
  "not-run": exitCodes.couldNotRun,
};

function report(state: BundleState, outcome: Outcome<BundleVerdict>): Report {
  const { head, document } = conclude("chain bundle", outcome, verdictExitCodes, "not-run");
  const { bundle, chain, checkpoints, findings, findingsTotal, notes } = state;
  return {
    ...head,
    document: document({
      folder: bundle?.path ?? null,
      files: bundle?.files ?? null,
      row_count: bundle?.rowCount ?? null,
      rows_written: bundle?.rowsWritten ?? null,
      root_hash: bundle?.rootHash ?? null,
      unanchored_rows: bundle?.unanchoredRows ?? null,
      signed_by: bundle?.signedBy ?? null,
      proofs: bundle?.proofs ?? [],
      checkpoints: checkpoints.map(checkpointDocument),
      findings,
      findings_total: findingsTotal,
      chain: chainDocument(chain),
      notes,
    }),
    checks: [],
    metrics: [],
    summary: bundle === null ? [] : summarise(state, bundle),
  };
}

function summarise({ findings, findingsTotal }: BundleState, bundle: BundleFacts): readonly SummaryLine[] {
  const total = findingsTotal ?? 0;
  const { path, rowsWritten, rowCount, unanchoredRows, proofs, files, signedBy } = bundle;
  const pruned = rowCount - rowsWritten;
  return [
    {
      tone: "plain",
      text: `rows     ${rowsWritten}${pruned === 0 ? "" : `; ${pruned} before them were pruned`}`,
    },
    { tone: "plain", text: `proofs   ${proofs.length}` },
    { tone: "plain", text: `signed   ${signedBy ?? "by nobody"}` },
    ...(unanchoredRows === 0
      ? []
      : [
          {
            tone: "warn" as const,
            text: `unanchored the newest ${unanchoredRows} of them, which no checkpoint vouches for`,
          },
        ]),
    ...listFindings(findings, total),
    { tone: "warn", text: "it holds personal data: what is redacted later is still in it" },
    {
      tone: "dim",
      text: `next: custody chain check-bundle ${path} --public-key FILE${signedBy === null ? " --allow-unsigned" : ""}, anywhere and offline`,
    },
    total === 0
      ? { tone: "good", text: `BUNDLED rows=${rowsWritten} files=${files} folder=${path}` }
      : { tone: "bad", text: `BROKEN findings=${total} rows=${rowsWritten} folder=${path}` },
  ];
}
