import type { SummaryLine, Tone } from "../../run/contract.ts";
import { listFindings } from "../list-findings.ts";
import type { CutFacts, NoCut, PruneVerdict } from "./events.ts";
import type { PruneState } from "./feature.ts";

/** What goes or went, what stands in the way, the next step, and the one line that says it all last. */
export function summarise(state: PruneState, verdict: PruneVerdict): readonly SummaryLine[] {
  const { chain, verified, checkpoints, findings, cut } = state;
  if (chain === null || verified === null) return [];
  const pruned = verified.prunedBefore === 0 ? "" : `, of which ${verified.prunedBefore} were pruned before`;
  return [
    fact("chain", `${chain.schema}.${chain.table} of ${chain.address}`),
    fact("rows", `${verified.rowCount}${pruned}`),
    ...checkpoints.map(({ path, size, outcome }) => fact("anchor", `${outcome} at ${size} rows: ${path}`)),
    ...listFindings(findings, verified.findingsTotal),
    ...(cut === null ? [] : describeCut(cut)),
    ...(verdict === "not-run" ? [] : [line("plain", ""), ...ending(state, verdict)]),
  ];
}

function describeCut(cut: CutFacts): readonly SummaryLine[] {
  return [
    fact("cut", `after row ${cut.size}, for which ${cut.checkpoint} vouches`),
    fact("goes", `${cut.rows} rows of ${cut.oldest} to ${cut.newest}, ${quantity(cut.bytes)}`),
  ];
}

function ending(
  { before, cut, noCut, archive, eventId, verified }: PruneState,
  verdict: PruneVerdict,
): readonly SummaryLine[] {
  switch (verdict) {
    case "pruned":
      return [
        line("warn", "the archive holds personal data: what is redacted later is still in it"),
        line(
          "dim",
          `next: keep ${archive?.path ?? ""} with its checkpoints elsewhere; VACUUM frees the rows' space`,
        ),
        line(
          "good",
          `PRUNED rows=${cut?.rows ?? 0} size=${cut?.size ?? 0} archive=${archive?.path ?? ""} sha256=${(archive?.sha256 ?? "").slice(0, 16)}… event=${eventId ?? ""}`,
        ),
      ];
    case "would-prune":
      return [
        line("dim", "next: the same command without --dry-run, with --archive DIR"),
        line("good", `WOULD-PRUNE rows=${cut?.rows ?? 0} size=${cut?.size ?? 0}: nothing was changed`),
      ];
    case "nothing-to-prune":
      return [...(noCut === null ? [] : explain(noCut, before)), line("good", "NOTHING-TO-PRUNE rows=0")];
    case "refused":
      return [
        line("dim", "next: custody chain verify says what is wrong, and what to keep first"),
        line("bad", `REFUSED findings=${verified?.findingsTotal ?? 0}: nothing was removed`),
      ];
    case "not-run":
      return [];
  }
}

function explain({ why, young }: NoCut, before: string): readonly SummaryLine[] {
  switch (why) {
    case "pruned":
      return [
        line(
          "plain",
          "no checkpoint vouches for rows that are still there: a newer one is needed to cut the chain",
        ),
      ];
    case "newest":
      return [
        line(
          "plain",
          "the newest row always stays: a checkpoint of fewer rows is needed, or a row that is newer",
        ),
      ];
    case "young":
      return [
        line(
          "plain",
          `below every checkpoint there is a row that is not older than ${before}; the first of them:`,
        ),
        ...young.map(({ seq, id, timestamp, recordedAt }) =>
          line("plain", `  row ${seq}, ${id}: of ${timestamp}, recorded ${recordedAt}`),
        ),
        line("dim", "next: a checkpoint of fewer rows, or a later --before"),
      ];
  }
}

function quantity(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function fact(label: string, text: string): SummaryLine {
  return line("plain", `${label.padEnd(8)} ${text}`);
}

function line(tone: Tone, text: string): SummaryLine {
  return { tone, text };
}
