import type { QuorumJudgement } from "../../audit/witness/judge-quorum.ts";
import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Feature, Outcome, Report, SummaryLine } from "../../run/contract.ts";
import { reduceChainRun, unreadChain } from "../chain-run.ts";
import type { ChainRunState } from "../chain-run.ts";
import { listFindings } from "../list-findings.ts";
import type { CheckpointInput } from "./input.ts";
import { runCheckpoint } from "./run.ts";
import type { CheckpointEvent, CheckpointPorts, CheckpointVerdict, SignedFacts } from "./run.ts";

interface CheckpointState extends ChainRunState {
  readonly signed: SignedFacts | null;
  /** Of a chain that was refused: `findings` are the first of them. */
  readonly findingsTotal: number;
  /** Those that cosigned. */
  readonly witnesses: readonly string[];
  /** Those that said that it forks what they have seen, and how. */
  readonly conflicts: readonly { readonly witness: string; readonly detail: string }[];
  /** How far the policy's quorum is met; null without a policy. */
  readonly quorum: QuorumJudgement | null;
}

const verdictExitCodes: Readonly<Record<CheckpointVerdict, ExitCode>> = {
  signed: exitCodes.good,
  refused: exitCodes.bad,
  conflict: exitCodes.bad,
  "not-run": exitCodes.couldNotRun,
};

/** Signs what the chain is now, if it is whole and extends what was signed before. */
export const chainCheckpoint: Feature<
  CheckpointInput,
  CheckpointPorts,
  CheckpointEvent,
  CheckpointVerdict,
  CheckpointState
> = {
  command: "chain checkpoint",
  run: runCheckpoint,
  initial: () => ({
    ...unreadChain,
    signed: null,
    findingsTotal: 0,
    witnesses: [],
    conflicts: [],
    quorum: null,
  }),
  reduce(state, event) {
    switch (event.type) {
      case "checkpoint-signed":
        return { ...state, signed: event.signed };
      case "chain-refused":
        return { ...state, findingsTotal: event.findingsTotal };
      case "checkpoint-witnessed":
        return { ...state, witnesses: [...state.witnesses, event.witness] };
      case "witness-refused":
        return {
          ...state,
          conflicts: [...state.conflicts, { witness: event.witness, detail: event.detail }],
        };
      case "quorum-judged":
        return { ...state, quorum: { isMet: event.isMet, detail: event.detail } };
      default:
        return reduceChainRun(state, event);
    }
  },
  report,
};

function report(state: CheckpointState, outcome: Outcome<CheckpointVerdict>): Report {
  const { verdict, head, document } = conclude("chain checkpoint", outcome, verdictExitCodes, "not-run");
  const { signed, findings, findingsTotal, witnesses, conflicts, quorum, notes } = state;
  return {
    ...head,
    document: document({
      checkpoint: signed?.path ?? null,
      origin: signed?.origin ?? null,
      signed_by: signed?.signedBy ?? null,
      size: signed?.size ?? null,
      root_hash: signed?.rootHash ?? null,
      extended: signed?.extended ?? null,
      identity: signed?.hasIdentity ?? null,
      witnessed_by: witnesses,
      conflicts,
      quorum: quorum && { met: quorum.isMet, detail: quorum.detail },
      findings,
      findings_total: findingsTotal,
      notes,
    }),
    checks: [],
    metrics: [],
    summary: summarise(state, verdict),
  };
}

function summarise(state: CheckpointState, verdict: CheckpointVerdict): readonly SummaryLine[] {
  const { signed, findings, findingsTotal, witnesses, conflicts, quorum } = state;
  const lines: SummaryLine[] = [];
  if (signed !== null) {
    lines.push(
      fact("origin", signed.origin),
      fact("rows", String(signed.size)),
      fact("root", signed.rootHash),
    );
    lines.push(
      fact(
        "extends",
        signed.extended === null ? "nothing: it is the first" : `the one of ${signed.extended} rows`,
      ),
    );
    lines.push(fact("key", signed.signedBy));
    if (witnesses.length > 0) lines.push(fact("witness", witnesses.join(", ")));
    if (quorum !== null)
      lines.push({ ...fact("quorum", told(quorum)), tone: quorum.isMet ? "good" : "warn" });
  }
  lines.push(...listFindings(findings, findingsTotal, "custody chain verify"));
  for (const { witness, detail } of conflicts)
    lines.push({ tone: "bad", text: `conflict ${witness}: ${detail}` });
  if (verdict === "not-run" && signed === null) return lines;
  return [...lines, { tone: "plain", text: "" }, ...ending(state, verdict)];
}

function ending(
  { signed, findingsTotal }: CheckpointState,
  verdict: CheckpointVerdict,
): readonly SummaryLine[] {
  switch (verdict) {
    case "signed":
      return [
        {
          tone: "dim",
          text: `next: keep ${signed?.path ?? ""} and its .identity where the database's owner cannot reach them`,
        },
        { tone: "good", text: `SIGNED rows=${signed?.size ?? 0} checkpoint=${signed?.path ?? ""}` },
      ];
    case "refused":
      return [
        { tone: "dim", text: "next: custody chain verify says what is wrong, and what to keep first" },
        { tone: "bad", text: `REFUSED findings=${findingsTotal}: nothing was signed` },
      ];
    case "conflict":
      return [
        {
          tone: "dim",
          text: "next: a witness has seen another history of this chain: compare its checkpoint with yours before anything else",
        },
        { tone: "bad", text: `CONFLICT rows=${signed?.size ?? 0} checkpoint=${signed?.path ?? ""}` },
      ];
    case "not-run":
      return signed === null
        ? []
        : [
            {
              tone: "warn",
              text: `SIGNED rows=${signed.size} checkpoint=${signed.path}: it is written, but not all was done that was asked for`,
            },
          ];
  }
}

function told({ isMet, detail }: QuorumJudgement): string {
  return isMet ? `met: ${detail}` : `not met, so whoever verifies by this policy will refuse it: ${detail}`;
}

function fact(label: string, text: string): SummaryLine {
  return { tone: "plain", text: `${label.padEnd(8)} ${text}` };
}
