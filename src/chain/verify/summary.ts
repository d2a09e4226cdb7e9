import type { Finding } from "../../audit/finding.ts";
import type { SummaryLine, Tone } from "../../run/contract.ts";
import type { VerifyVerdict } from "./events.ts";
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
    ...listed(findings, result.findingsTotal),
    line("plain", ""),
    line(
      "dim",
      isClean ? cleanNext(result.rowCount, result.unanchoredRows) : brokenNext(result.firstBreakId),
    ),
    line(
      isClean ? "good" : "bad",
      `${verdict.toUpperCase()} rows=${result.rowCount} chain_head=${shortHead(result.chainHeadHash)} findings=${result.findingsTotal}`,
    ),
  ];
}

function listed(findings: readonly Finding[], total: number): readonly SummaryLine[] {
  if (findings.length === 0) return [];
  const width = Math.max(...findings.map((each) => each.class.length));
  const places = Math.max(...findings.map((each) => String(each.position).length));
  return [
    line("plain", ""),
    ...findings.flatMap((each) => [
      line(
        "bad",
        `${each.class.padEnd(width)}  ${String(each.position).padStart(places)}  ${each.id === "" ? "" : `${each.id}: `}${each.detail}`,
      ),
      line("dim", `${" ".repeat(width + places + 4)}likely: ${each.cause}`),
    ]),
    ...(total > findings.length
      ? [line("warn", `${total - findings.length} more findings are not shown: --limit-findings ${total}`)]
      : []),
  ];
}

function brokenNext(id: string): string {
  const first = id === "" ? "" : `, starting with event ${id}`;
  return `next: keep a copy of the database and of its log before anything else; then look at the findings${first}`;
}

function cleanNext(rows: number, unanchored: number): string {
  if (rows === 0) return "the chain is empty: there is nothing to protect yet";
  return unanchored === 0
    ? "every row stands under a checkpoint"
    : `next: keep this root outside the database: nothing newer than it is protected from the database's owner (${unanchored} rows)`;
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
