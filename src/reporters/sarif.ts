import { exitCodes } from "../errors.ts";
import type {
  Analysis,
  AnalysisLevel,
  AnalysisResult,
  AnalysisRule,
  FinishedReport,
  SourcePlace,
} from "../run/contract.ts";
import type { Reporter } from "./reporter.ts";

/** GitHub shows no more of one upload. */
const mostResults = 5000;

/**
 * SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), in the part of it that GitHub code scanning reads
 * (https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning). Findings that are
 * suppressed are not in it: GitHub takes no notice of `suppressions`, and would open an alert for each.
 */
export function createSarif(): Reporter {
  return { event: () => "", ended: (report) => `${JSON.stringify(logOf(report), null, 2)}\n` };
}

const noAnalysis: Analysis = { rules: [], results: [], notices: [] };
const root = "%SRCROOT%";

function logOf(report: FinishedReport): unknown {
  const { rules, results, notices } = report.analysis ?? noAnalysis;
  const shown = chooseResults(results, rules);
  const left = results.length - shown.length;
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "custody", semanticVersion: report.run.custody, rules: rules.map(ruleOf) },
        },
        // The category of an upload, unless the step that uploads names one.
        automationDetails: { id: `custody-${report.command.replaceAll(" ", "-")}/` },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { [root]: { description: { text: "The working directory of the run" } } },
        invocations: [
          {
            executionSuccessful: report.error === null && report.exitCode !== exitCodes.couldNotRun,
            exitCode: report.exitCode,
            startTimeUtc: report.run.started_at,
            toolExecutionNotifications: [
              ...(report.error === null
                ? []
                : [notification("error", `${report.error.message}. ${report.error.hint}`)]),
              ...(left === 0
                ? []
                : [
                    notification("warning", `${left} more results are left out: ${mostResults} are the most`),
                  ]),
              ...notices.map(({ message, path, line }) => ({
                ...notification("error", message),
                locations: [
                  {
                    physicalLocation: {
                      artifactLocation: artifactOf(path),
                      ...(line === null ? {} : { region: { startLine: line } }),
                    },
                  },
                ],
              })),
            ],
          },
        ],
        results: shown.map((result) => resultOf(result, rules)),
      },
    ],
  };
}

/** Those that matter most, in the order of their places. */
function chooseResults(
  results: readonly AnalysisResult[],
  rules: readonly AnalysisRule[],
): readonly AnalysisResult[] {
  if (results.length <= mostResults) return results;
  const gravity = new Map(rules.map(({ id, gravity: of }) => [id, of]));
  const weight = ({ level, rule }: AnalysisResult): number =>
    (level === "error" ? 200 : level === "warning" ? 100 : 0) + (gravity.get(rule) ?? 0);
  const chosen = new Set(results.toSorted((a, b) => weight(b) - weight(a)).slice(0, mostResults));
  return results.filter((each) => chosen.has(each));
}

function ruleOf({ id, title, description, help, level, gravity, tags }: AnalysisRule): unknown {
  return {
    id,
    // A name that says no more than the id is none (SARIF1001 of Microsoft's validator).
    ...(id.includes("-") ? { name: pascalCase(id) } : {}),
    shortDescription: { text: `${title}.` },
    fullDescription: { text: description },
    help: {
      text: [description, "", ...help.map((each) => `- ${each}`)].join("\n"),
      markdown: asMarkdown([description, "", "**How to mend it**", "", ...help.map((each) => `- ${each}`)]),
    },
    defaultConfiguration: { level },
    properties: { precision: "high", "security-severity": gravity.toFixed(1), tags: [...tags] },
  };
}

function pascalCase(id: string): string {
  return id.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** What stands between angle brackets would be taken for HTML, and not be shown. */
function asMarkdown(lines: readonly string[]): string {
  return lines.join("\n").replaceAll("<", "&lt;");
}

function resultOf(result: AnalysisResult, rules: readonly AnalysisRule[]): unknown {
  const index = rules.findIndex(({ id }) => id === result.rule);
  return {
    ruleId: result.rule,
    ...(index === -1 ? {} : { ruleIndex: index }),
    level: result.level,
    message: { text: result.message },
    locations: [{ physicalLocation: physicalLocation(result.place) }],
    partialFingerprints: { "custodyFinding/v1": result.fingerprint },
    ...(result.steps.length === 0
      ? {}
      : {
          codeFlows: [
            {
              threadFlows: [
                {
                  locations: result.steps.map(({ place, message }) => ({
                    location: { physicalLocation: physicalLocation(place), message: { text: message } },
                  })),
                },
              ],
            },
          ],
        }),
    properties: { confidence: result.confidence },
  };
}

function physicalLocation({ path, line, column, endLine, endColumn }: SourcePlace): unknown {
  return {
    artifactLocation: artifactOf(path),
    region: {
      startLine: line,
      startColumn: column,
      ...(endLine === undefined ? {} : { endLine }),
      ...(endColumn === undefined ? {} : { endColumn }),
    },
  };
}

/** A relative reference of RFC 3986: a colon in the first segment would be a scheme. */
function artifactOf(path: string): unknown {
  const uri = path.toWellFormed().split("/").map(encodeURIComponent).join("/");
  return { uri, uriBaseId: root };
}

function notification(level: AnalysisLevel, text: string): { readonly [key: string]: unknown } {
  return { level, message: { text } };
}
