import type { SummaryLine, Tone } from "../../run/contract.ts";
import { listFindings } from "../list-findings.ts";
import type { CheckpointFacts, VerifyVerdict } from "./events.ts";
import type { VerifyState } from "./state.ts";

/** Facts, findings, the next step, and the one line that says it all last. */
export function summarise(state: VerifyState, verdict: VerifyVerdict): readonly SummaryLine[] {
  const { chain, result, findings } = state;
  if (chain === null || result === null) return [];
  const isClean = verdict === "clean";
  const server = `PostgreSQL ${chain.serverVersion}${chain.isStandby ? ", standby" : ""}`;
  const pruned = result.rowCount - result.verifierWalked;
  return [
    fact("chain", `${chain.schema}.${chain.table} of ${chain.address} (${server}), profile ${chain.profile}`),
    fact("rows", `${result.rowCount}${pruned === 0 ? "" : `, of which ${pruned} were pruned`}`),
    fact("head", result.chainHeadHash === "" ? "none" : result.chainHeadHash),
    fact("root", result.rootHash),
    ...state.checkpoints.map(anchor),
    ...listFindings(findings, result.findingsTotal),
    line("plain", ""),
    line("dim", next(state, verdict)),
    line(
      isClean ? "good" : "bad",
      `${verdict.toUpperCase()} rows=${result.rowCount} chain_head=${shortHead(result.chainHeadHash)} findings=${result.findingsTotal}`,
    ),
  ];
}

/** What a checkpoint says to the chain, and who signed it. */
function anchor({ path, size, outcome, signedBy, cosignedBy }: CheckpointFacts): SummaryLine {
  const witnesses = cosignedBy.length === 0 ? "" : `, witnessed by ${cosignedBy.join(", ")}`;
  const tone = outcome === "matched" ? "good" : isPassedOver(outcome) ? "warn" : "bad";
  return line(
    tone,
    `${"anchor".padEnd(8)} ${outcome} at ${size} rows: ${path}, signed by ${signedBy.join(", ")}${witnesses}`,
  );
}

/** Whether nothing was compared. */
export function isPassedOver(outcome: CheckpointFacts["outcome"]): boolean {
  return outcome === "superseded" || outcome === "pruned" || outcome === "behind";
}

function next({ accepted, result }: VerifyState, verdict: VerifyVerdict): string {
  if (accepted !== null) {
    return `the restore is accepted: from here on the chain is signed as ${accepted.origin}; keep ${accepted.checkpoint} with the others`;
  }
  if (result === null) return "";
  if (verdict === "restored") {
    return "next: if this restore was meant, sign for it: the same command with --accept-restore --reason TEXT --key FILE";
  }
  if (verdict === "not-verified") return "this is no verdict: not all that was asked for could be compared";
  return verdict === "clean"
    ? cleanNext(result.rowCount, result.unanchoredRows)
    : brokenNext(result.firstBreakId);
}

function brokenNext(id: string): string {
  const first = id === "" ? "" : `, starting with event ${id}`;
  return `next: keep a copy of the database and of its log before anything else; then look at the findings${first}`;
}

function cleanNext(rows: number, unanchored: number): string {
  if (rows === 0) return "the chain is empty: there is nothing to protect yet";
  return unanchored === 0
    ? "every row stands under a checkpoint"
    : `next: sign a checkpoint and keep it outside the database: ${unanchored} of ${rows} rows are not protected from the database's owner (custody chain checkpoint)`;
}

function shortHead(hash: string): string {
  return hash === "" ? "none" : `${hash.slice(0, 16)}…`;
}

function fact(label: string, text: string): SummaryLine {
  return line("plain", `${label.padEnd(8)} ${text}`);
}

function line(tone: Tone, text: string): SummaryLine {
  return { tone, text };
}
