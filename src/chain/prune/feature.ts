import { formatIsoMicros } from "../../audit/rows/iso-micros.ts";
import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report } from "../../run/contract.ts";
import { chainDocument, reduceChainRun, unreadChain } from "../chain-run.ts";
import type { ChainRunState } from "../chain-run.ts";
import type {
  ArchiveFacts,
  ComparedCheckpoint,
  CutFacts,
  NoCut,
  PruneEvent,
  PruneVerdict,
} from "./events.ts";
import type { PruneInput } from "./input.ts";
import type { PrunePorts } from "./ports.ts";
import { runPrune } from "./run.ts";
import { summarise } from "./summary.ts";

export interface PruneState extends ChainRunState {
  /** ISO 8601. */
  readonly before: string;
  readonly checkpoints: readonly ComparedCheckpoint[];
  readonly verified: Extract<PruneEvent, { type: "chain-verified" }> | null;
  readonly cut: CutFacts | null;
  readonly noCut: NoCut | null;
  readonly archive: ArchiveFacts | null;
  readonly eventId: string | null;
}

/** Moves the beginning of a chain into an archive, and lets the rest go on verifying. */
export const chainPrune: Feature<PruneInput, PrunePorts, PruneEvent, PruneVerdict, PruneState> = {
  command: "chain prune",
  run: runPrune,
  initial: ({ before }) => ({
    ...unreadChain,
    before: formatIsoMicros(before),
    checkpoints: [],
    verified: null,
    cut: null,
    noCut: null,
    archive: null,
    eventId: null,
  }),
  reduce,
  report,
};

function reduce(state: PruneState, event: PruneEvent): PruneState {
  switch (event.type) {
    case "checkpoint-compared":
      return { ...state, checkpoints: [...state.checkpoints, event.checkpoint] };
    case "chain-verified":
      return { ...state, verified: event };
    case "cut-chosen":
      return { ...state, cut: event.cut };
    case "cut-not-found":
      return { ...state, noCut: event.noCut };
    case "archive-written":
      return { ...state, archive: event.archive };
    case "chain-pruned":
      return { ...state, eventId: event.eventId };
    default:
      return reduceChainRun(state, event);
  }
}

const verdictExitCodes: Readonly<Record<PruneVerdict, ExitCode>> = {
  pruned: exitCodes.good,
  "would-prune": exitCodes.good,
  "nothing-to-prune": exitCodes.good,
  refused: exitCodes.bad,
  "not-run": exitCodes.couldNotRun,
};

function report(state: PruneState, outcome: Outcome<PruneVerdict>): Report {
  const { verdict, head, document } = conclude("chain prune", outcome, verdictExitCodes, "not-run");
  const { before, chain, cut, noCut, archive, eventId, verified, checkpoints, findings, notes } = state;
  return {
    ...head,
    document: document({
      before,
      cut: cut && {
        size: cut.size,
        checkpoint: cut.checkpoint,
        rows: cut.rows,
        bytes: cut.bytes,
        oldest: cut.oldest,
        newest: cut.newest,
        redacted: cut.erased,
        row_hash: cut.rowHash,
        root_hash: cut.rootHash,
      },
      no_cut: noCut && {
        why: noCut.why,
        young: noCut.young.map(({ id, seq, timestamp, recordedAt }) => ({
          id,
          seq,
          timestamp,
          recorded_at: recordedAt,
        })),
      },
      // An archive whose rows were not removed is gone again.
      archive: verdict === "pruned" ? archive : null,
      event_id: eventId,
      row_count: verified?.rowCount ?? null,
      pruned_before: verified?.prunedBefore ?? null,
      checkpoints,
      findings,
      findings_total: verified?.findingsTotal ?? null,
      chain: chainDocument(chain),
      notes,
    }),
    checks: [],
    metrics: [],
    summary: summarise(state, verdict),
  };
}
