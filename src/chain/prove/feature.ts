import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report, SummaryLine } from "../../run/contract.ts";
import { checkpointDocument } from "../given-checkpoint.ts";
import type { CheckpointFacts } from "../given-checkpoint.ts";
import { listFindings } from "../list-findings.ts";
import { chainDocument, reduceChainRun, unreadChain } from "../chain-run.ts";
import type { ChainRunState } from "../chain-run.ts";
import type { ProveInput } from "./input.ts";
import type { ProvePorts } from "./ports.ts";
import { runProve } from "./run.ts";
import type { ProveEvent, ProveVerdict } from "./run.ts";

interface ProveState extends ChainRunState {
  readonly id: string;
  readonly checkpoint: CheckpointFacts | null;
  readonly proof: { readonly path: string; readonly index: number } | null;
  readonly findingsTotal: number | null;
}

export const chainProve: Feature<ProveInput, ProvePorts, ProveEvent, ProveVerdict, ProveState> = {
  command: "chain prove",
  run: runProve,
  initial: ({ id }) => ({
    ...unreadChain,
    id,
    checkpoint: null,
    proof: null,
    findingsTotal: null,
  }),
  reduce,
  report,
};

function reduce(state: ProveState, event: ProveEvent): ProveState {
  switch (event.type) {
    case "checkpoint-read":
      return { ...state, checkpoint: event.checkpoint };
    case "chain-verified":
      return { ...state, findingsTotal: event.findingsTotal };
    case "event-proved":
      return { ...state, proof: event.proof };
    default:
      return reduceChainRun(state, event);
  }
}

const verdictExitCodes: Readonly<Record<ProveVerdict, ExitCode>> = {
  proved: exitCodes.good,
  refused: exitCodes.bad,
  "not-run": exitCodes.couldNotRun,
};

function report(state: ProveState, outcome: Outcome<ProveVerdict>): Report {
  const { verdict, head, document } = conclude("chain prove", outcome, verdictExitCodes, "not-run");
  const { id, checkpoint, chain, proof, findings, findingsTotal, notes } = state;
  return {
    ...head,
    document: document({
      id,
      file: proof?.path ?? null,
      index: proof?.index ?? null,
      checkpoint: checkpoint && checkpointDocument(checkpoint),
      findings,
      findings_total: findingsTotal,
      chain: chainDocument(chain),
      notes,
    }),
    checks: [],
    metrics: [],
    summary: summarise(state, verdict),
  };
}

function summarise(
  { id, checkpoint, proof, findings, findingsTotal }: ProveState,
  verdict: ProveVerdict,
): readonly SummaryLine[] {
  if (verdict === "refused") {
    return [
      ...listFindings(findings, findingsTotal ?? 0),
      { tone: "plain", text: "" },
      { tone: "dim", text: "next: custody chain verify says what is wrong, and what to keep first" },
      {
        tone: "bad",
        text: `REFUSED id=${id} findings=${findingsTotal ?? 0}: of a broken chain nothing is proved`,
      },
    ];
  }
  if (checkpoint === null || proof === null) return [];
  return [
    { tone: "plain", text: `event      ${id}, row ${proof.index + 1}` },
    { tone: "plain", text: `checkpoint ${checkpoint.origin}, ${checkpoint.size} rows` },
    { tone: "warn", text: "it holds the event as it is now: what is redacted later is still in it" },
    {
      tone: "dim",
      text: `next: custody chain check-proof ${proof.path} --public-key FILE, anywhere and offline`,
    },
    { tone: "good", text: `PROVED id=${id} index=${proof.index} proof=${proof.path}` },
  ];
}
