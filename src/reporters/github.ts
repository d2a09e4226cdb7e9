import { exitCodes } from "../errors.ts";
import type { Analysis, AnalysisResult, Check, FinishedReport } from "../run/contract.ts";
import type { Reporter } from "./reporter.ts";
import { printable } from "./style.ts";

/** GitHub shows no more of each level from one step; the verdict is one of them. */
const mostAnnotations = 10;

/**
 * Workflow commands of GitHub Actions: an `::error` for every check that failed or could not run, of an analysis one for each result in its
 * own level, then the verdict. https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function createGithub(): Reporter {
  return {
    event: () => "",
    ended: (report) => {
      const annotations =
        report.analysis === undefined ? report.checks.flatMap(annotate) : annotateResults(report.analysis);
      return [...annotations, closing(report)].map((each) => `${each}\n`).join("");
    },
  };
}

const commands = { error: "error", warning: "warning", note: "notice" } as const;

function annotateResults({ results, notices }: Analysis): readonly string[] {
  const unread = notices.map(({ message, path, line }) =>
    command("error", message, {
      file: path,
      ...(line === null ? {} : { line: String(line) }),
      title: "could not be analysed",
    }),
  );
  const of = (level: AnalysisResult["level"]): readonly string[] =>
    results.filter((each) => each.level === level).map(annotateResult);
  return [
    ...cut("error", [...of("error"), ...unread]),
    ...cut("warning", of("warning")),
    ...cut("note", of("note")),
  ];
}

/** The last one that fits says how many more there are; the verdict needs a place as well. */
function cut(level: AnalysisResult["level"], annotations: readonly string[]): readonly string[] {
  const room = mostAnnotations - 1;
  if (annotations.length <= room) return annotations;
  const more = annotations.length - room + 1;
  return [
    ...annotations.slice(0, room - 1),
    command(commands[level], `and ${more} more: see the log, or the report in another format`, {
      title: `${more} more`,
    }),
  ];
}

function annotateResult({ level, rule, message, place }: AnalysisResult): string {
  return command(commands[level], message, {
    file: place.path,
    line: String(place.line),
    ...(place.endLine === undefined ? {} : { endLine: String(place.endLine) }),
    col: String(place.column),
    // Without a line of its own, GitHub takes the end to be on the first.
    ...(place.endColumn === undefined || (place.endLine ?? place.line) !== place.line
      ? {}
      : { endColumn: String(place.endColumn) }),
    title: `custody: ${rule}`,
  });
}

function annotate(check: Check): readonly string[] {
  if (check.outcome === "passed" || check.outcome === "not-applicable") return [];
  const what =
    check.outcome === "failed"
      ? `expected ${check.expected}, found ${check.actual}`
      : `could not run: ${check.actual}`;
  const detail = check.detail === undefined ? "" : `\n${check.detail}`;
  const { place } = check;
  return [
    command("error", `${what}${detail}`, {
      ...(place === undefined
        ? {}
        : { file: place.path, line: String(place.line), col: String(place.column) }),
      title: `${check.group}: ${check.name}`,
    }),
  ];
}

function closing(report: FinishedReport): string {
  const title = { title: `custody ${report.command}` };
  if (report.error !== null) return command("error", `${report.error.message}\n${report.error.hint}`, title);
  const text = report.summary.findLast((line) => line.tone !== "dim")?.text;
  return command(
    report.exitCode === exitCodes.good ? "notice" : "error",
    text === undefined ? report.verdict : `${report.verdict}: ${text}`,
    title,
  );
}

function command(
  name: "error" | "warning" | "notice",
  message: string,
  properties: Readonly<Record<string, string>>,
): string {
  const shown = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name} ${shown.join(",")}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  const escaped = text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  return printable(escaped, { color: false, unicode: true });
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
