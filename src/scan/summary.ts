import type { SummaryLine, Tone } from "../run/contract.ts";
import { showFrame } from "./code-frame.ts";
import { languageOf } from "./files/language-of.ts";
import type { Severity } from "../config/scan-rules.ts";
import type { CallStep, Finding } from "./finding.ts";
import type { ScanResult, ScanVerdict } from "./result.ts";
import { ruleOf } from "./rules/find-rule.ts";
import { howToMend, howToMendScript } from "./rules/how-to-mend.ts";

/** More than this many nobody reads in a terminal. */
const mostShown = 50;

const tones: Readonly<Record<Severity, Tone>> = { error: "bad", warning: "warn", note: "dim" };

/** Each finding with its code and the way to it, what was found of each rule, what was left out, the next step, and one line that says it all. */
export function summarise(result: ScanResult, verdict: ScanVerdict): readonly SummaryLine[] {
  const { findings } = result;
  const shown = findings.slice(0, mostShown);
  const more = findings.length - shown.length;
  return [
    ...shown.flatMap((finding) => showFinding(finding, result)),
    ...(more === 0 ? [] : [line("warn", `and ${more} more: --output json lists all`), line("plain", "")]),
    ...table(findings),
    ...leftOut(result),
    line("dim", next(result, verdict)),
    line(
      verdict === "clean" ? "good" : "bad",
      `${verdict.toUpperCase()} findings=${findings.length} files=${result.files} lines=${result.lines} sanctioned=${result.sanctioned.length} suppressed=${result.suppressed.length} unparsed=${result.unparsed.length}`,
    ),
  ];
}

function showFinding(finding: Finding, { frames, policy }: ScanResult): readonly SummaryLine[] {
  const { path, line: number, column, rule, severity, message, confidence, fingerprint } = finding;
  const frame = frames.get(fingerprint);
  const isCode = languageOf(path, "") !== null;
  const [mend = ""] = isCode
    ? howToMend(ruleOf(rule), policy.chokepoint[0] ?? null)
    : howToMendScript(ruleOf(rule));
  return [
    line(tones[severity], `${path}:${number}:${column} ${severity} ${rule}: ${message}`),
    ...(frame === undefined ? [] : showFrame(frame, finding)),
    ...showPath(finding.call_path),
    line("dim", `  ${confidence} confidence; ${mend}`),
    line("plain", ""),
  ];
}

const edgeWords: Readonly<Record<CallStep["edge"], string>> = {
  entry: "",
  exact: "",
  "by-type": " (by its type)",
  "by-name": " (by its name alone)",
  escaped: " (kept in a variable)",
};

function showPath(steps: readonly CallStep[]): readonly SummaryLine[] {
  return steps.map(({ path, line: number, column, function: name, edge }, index) =>
    line(
      "plain",
      `  ${index === 0 ? "from" : "  →"} ${name === "" ? "the file itself" : name}${edgeWords[edge]} ${path}:${number}:${column}`,
    ),
  );
}

/** A line for each rule that found something, the most first. */
function table(findings: readonly Finding[]): readonly SummaryLine[] {
  const groups = [...Map.groupBy(findings, ({ rule }) => rule)].sort((a, b) => b[1].length - a[1].length);
  const lines = groups.map(([rule, all]) => {
    const files = new Set(all.map(({ path }) => path)).size;
    return line(
      "plain",
      `${rule.padEnd(22)} ${String(all.length).padStart(5)} in ${counted(files, "file")}  ${ruleOf(rule).title}`,
    );
  });
  return lines.length === 0 ? [] : [...lines, line("plain", "")];
}

/** What was not judged, or does not count, and why: nothing of it is silent. */
function leftOut(result: ScanResult): readonly SummaryLine[] {
  const { unparsed, unsupported, suppressed, baseline, outside, skipped, since, notes } = result;
  const byComment = suppressed.filter(({ suppression }) => suppression.by === "comment").length;
  const languages = [...new Set(unsupported.map(({ language }) => language))].join(", ");
  const said: readonly (readonly [boolean, Tone, string])[] = [
    [
      since !== null,
      "plain",
      `since     ${since?.ref ?? ""} (${since?.base.slice(0, 12) ?? ""}): what was there before does not count`,
    ],
    [byComment > 0, "plain", `allowed   ${counted(byComment, "finding")} by custody-allow`],
    [
      (baseline?.known ?? 0) > 0,
      "plain",
      `baseline  ${counted(baseline?.known ?? 0, "finding")} known from ${baseline?.path ?? ""}`,
    ],
    [
      baseline !== null && baseline.stale.length > 0,
      "warn",
      `baseline  ${counted(baseline?.stale.length ?? 0, "entry", "entries")} of ${baseline?.path ?? ""} ${baseline?.stale.length === 1 ? "fits" : "fit"} nothing any more: --write-baseline drops ${baseline?.stale.length === 1 ? "it" : "them"}`,
    ],
    [
      baseline?.written !== null && baseline?.written !== undefined,
      "plain",
      `baseline  ${counted(baseline?.written ?? 0, "entry", "entries")} written to ${baseline?.path ?? ""}`,
    ],
    [
      skipped.ignored > 0,
      "dim",
      `ignored   ${counted(skipped.ignored, "file or folder", "files and folders")}`,
    ],
    [skipped.binary > 0, "dim", `binary    ${counted(skipped.binary, "file")}`],
    [
      unsupported.length > 0,
      "warn",
      `unread    ${counted(unsupported.length, "file")} in languages that are not read (${languages}) may destroy something: ${listed(unsupported.map(({ path }) => path))}`,
    ],
    [
      outside.length > 0,
      "warn",
      `outside   ${counted(outside.length, "link")} out of the tree not followed: ${listed(outside)}`,
    ],
  ];
  const lines = [
    ...said.filter(([isSo]) => isSo).map(([, tone, text]) => line(tone, text)),
    ...unparsed
      .slice(0, 10)
      .map(({ path, line: at, detail }) =>
        line("warn", `unparsed  ${path}${at === null ? "" : `:${at}`}: ${detail}`),
      ),
    ...(unparsed.length > 10
      ? [line("warn", `unparsed  and ${counted(unparsed.length - 10, "more", "more")}`)]
      : []),
    ...notes.map((note) => line("warn", `note      ${note}`)),
  ];
  return lines.length === 0 ? [] : [...lines, line("plain", "")];
}

function next({ findings, unparsed, isUnparsedAllowed, baseline }: ScanResult, verdict: ScanVerdict): string {
  switch (verdict) {
    case "violations": {
      const first = findings.find(({ severity }) => severity === "error");
      const later = baseline === null ? "; --write-baseline FILE takes what is there as known" : "";
      return `next: custody scan --explain ${first?.rule ?? "database"} tells why and how to mend it${later}`;
    }
    case "incomplete":
      return `next: mend or ignore what could not be parsed (${counted(unparsed.length, "place")}), or accept it: --allow-unparsed`;
    case "clean":
      if (findings.length > 0) return "no finding is an error: warnings and notes do not count";
      return unparsed.length > 0 && isUnparsedAllowed
        ? "what could not be parsed is accepted (allow_unparsed): nobody knows what is in it"
        : "no way to a destruction was found that the policy does not allow";
  }
}

function listed(paths: readonly string[]): string {
  const more = paths.length - 3;
  return `${paths.slice(0, 3).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function line(tone: Tone, text: string): SummaryLine {
  return { tone, text };
}
