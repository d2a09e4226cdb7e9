import { exitCodes } from "../errors.ts";
import type { Check, FinishedReport } from "../run/contract.ts";
import type { Reporter } from "./reporter.ts";
import { printable } from "./style.ts";

/**
 * Workflow commands of GitHub Actions: an `::error` for every check that failed or could not run, then the verdict.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function createGithub(): Reporter {
  return {
    event: () => "",
    ended: (report) =>
      [...report.checks.flatMap(annotate), closing(report)].map((each) => `${each}\n`).join(""),
  };
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
  name: "error" | "notice",
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
