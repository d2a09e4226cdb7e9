import { exitCodes } from "../errors.ts";
import type { ExitCode } from "../errors.ts";
import { conclude } from "../run/conclude.ts";
import type { Analysis, Check, Metric, Outcome, Report } from "../run/contract.ts";
import type { Finding, SanctionedSite, SuppressedFinding } from "./finding.ts";
import type { ScanPolicy } from "./policy/read-policy.ts";
import { severityOf } from "./policy/read-policy.ts";
import type { ScanResult, ScanVerdict } from "./result.ts";
import { policyRules } from "../config/scan-rules.ts";
import { ruleOf } from "./rules/find-rule.ts";
import { howToMend } from "./rules/how-to-mend.ts";
import { summarise } from "./summary.ts";

const verdictExitCodes: Readonly<Record<ScanVerdict, ExitCode>> = {
  clean: exitCodes.good,
  violations: exitCodes.bad,
  incomplete: exitCodes.couldNotRun,
};

/** The report of a scan; `result` is null when it was never made. */
export function reportScan(
  result: ScanResult | null,
  outcome: Outcome<ScanVerdict>,
  policy: Pick<ScanPolicy, "severities">,
): Report {
  const { verdict, head, document } = conclude("scan", outcome, verdictExitCodes, "incomplete");
  return {
    ...head,
    document: document(scanDocument(result)),
    checks: result === null ? [] : checks(result),
    metrics: metrics(result, verdict),
    ...(result === null ? {} : { analysis: analysisOf(result, policy) }),
    // Of half a scan nothing is summed up: the error says what to do.
    summary: result === null || outcome.kind === "error" ? [] : summarise(result, verdict),
  };
}

function scanDocument(result: ScanResult | null): Readonly<Record<string, unknown>> {
  const { baseline } = result ?? { baseline: null };
  return {
    findings: (result?.findings ?? []).map(findingDocument),
    sanctioned: (result?.sanctioned ?? []).map(sanctionedDocument),
    suppressed: (result?.suppressed ?? []).map(suppressedDocument),
    unparsed: (result?.unparsed ?? []).map(({ path, line, reason, detail }) => ({
      path,
      line,
      reason,
      detail,
    })),
    unsupported: result?.unsupported ?? [],
    outside: result?.outside ?? [],
    files: result?.files ?? null,
    parsed: result?.parsed ?? null,
    lines: result?.lines ?? null,
    skipped: result?.skipped ?? null,
    kinds: result?.kinds ?? null,
    policy: result === null ? null : policyDocument(result),
    baseline: baseline && {
      path: baseline.path,
      known: baseline.known,
      stale: baseline.stale.map(({ rule, path, function: name, text, count }) => ({
        rule,
        path,
        function: name,
        text,
        count,
      })),
      written: baseline.written,
    },
    since: result?.since ?? null,
    cache: result?.cache ?? null,
    timings: result?.timings ?? null,
    notes: result?.notes ?? [],
  };
}

function findingDocument(finding: Finding): Readonly<Record<string, unknown>> {
  const { path, line, column, endLine, endColumn } = finding;
  return {
    path,
    line,
    column,
    end_line: endLine ?? null,
    end_column: endColumn ?? null,
    kind: finding.kind,
    rule: finding.rule,
    severity: finding.severity,
    function: finding.function,
    context: finding.context,
    confidence: finding.confidence,
    message: finding.message,
    what: finding.what,
    names: finding.names,
    call_path: finding.call_path.map((step) => ({
      path: step.path,
      line: step.line,
      column: step.column,
      function: step.function,
      edge: step.edge,
    })),
    fingerprint: finding.fingerprint,
  };
}

function suppressedDocument(finding: SuppressedFinding): Readonly<Record<string, unknown>> {
  return { ...findingDocument(finding), suppression: finding.suppression };
}

function sanctionedDocument(site: SanctionedSite): Readonly<Record<string, unknown>> {
  const { path, line, column, kind, function: name, what, names, sanctioned_by: by } = site;
  return { path, line, column, kind, function: name, what, names, sanctioned_by: by };
}

function policyDocument({ policy }: ScanResult): Readonly<Record<string, unknown>> {
  const { file, chokepoint, sanctioned, roots, destroys } = policy;
  return { file, chokepoint, sanctioned, roots, destroys };
}

/** One case for each finding, each file that could not be parsed, and each rule that found nothing. */
function checks({ findings, unparsed, isUnparsedAllowed, kinds }: ScanResult): readonly Check[] {
  const found = new Set(findings.map(({ rule }) => rule));
  const group = "scan";
  return [
    ...findings.map((finding): Check => {
      const { path, line, column, rule, severity, message, call_path: steps } = finding;
      const where = `${path}:${line}:${column}`;
      return {
        group,
        name: `${rule} ${where}`,
        outcome: severity === "error" ? "failed" : "not-applicable",
        expected: "none",
        actual: severity === "error" ? message : `${severity}: ${message}`,
        ...(steps.length === 0
          ? {}
          : {
              detail: steps
                .map((each) => `${each.function} ${each.path}:${each.line} (${each.edge})`)
                .join("\n"),
            }),
        place: { path, line, column },
      };
    }),
    ...unparsed.map(({ path, line, detail }): Check => ({
      group,
      name: `parse ${path}${line === null ? "" : `:${line}`}`,
      outcome: isUnparsedAllowed ? "not-applicable" : "not-run",
      expected: "parsed",
      actual: detail,
      place: { path, line: line ?? 1, column: 1 },
    })),
    ...[...kinds, ...policyRules]
      .filter((rule) => !found.has(rule))
      .map((rule): Check => ({ group, name: rule, outcome: "passed", expected: "none", actual: "none" })),
  ];
}

function analysisOf(
  { findings, unparsed, isUnparsedAllowed, kinds, policy: { chokepoint } }: ScanResult,
  policy: Pick<ScanPolicy, "severities">,
): Analysis {
  const ids = [...kinds, ...policyRules];
  return {
    rules: ids.flatMap((id) => {
      const level = severityOf(id, policy);
      if (level === null) return [];
      const rule = ruleOf(id);
      const { title, why: description, gravity } = rule;
      const help = howToMend(rule, chokepoint[0] ?? null);
      return [{ id, title, description, help, level, gravity, tags: ["security", "data-loss"] }];
    }),
    results: findings.map((finding) => ({
      rule: finding.rule,
      level: finding.severity,
      message: finding.message,
      place: finding,
      fingerprint: finding.fingerprint,
      confidence: finding.confidence,
      steps: finding.call_path.map((step) => ({
        place: step,
        message: `${step.function === "" ? "the file itself" : step.function}${step.edge === "entry" ? "" : ` (${step.edge})`}`,
      })),
    })),
    notices: isUnparsedAllowed
      ? []
      : unparsed.map(({ path, line, detail }) => ({ path, line, message: `not analysed: ${detail}` })),
  };
}

function metrics(result: ScanResult | null, verdict: ScanVerdict): readonly Metric[] {
  const outcomes = (["clean", "violations", "incomplete"] as const).map((outcome): Metric => ({
    name: "scan_total",
    help: "Scans of sources, by verdict",
    type: "counter",
    labels: { outcome },
    value: outcome === verdict ? 1 : 0,
  }));
  if (result === null) return outcomes;
  const gauge = (name: string, help: string, value: number): Metric => ({ name, help, type: "gauge", value });
  return [
    ...outcomes,
    gauge("scan_findings", "Findings of the last scan", result.findings.length),
    gauge("scan_suppressed", "Findings of the last scan that are allowed or known", result.suppressed.length),
    gauge("scan_unparsed", "Files and places that the last scan could not parse", result.unparsed.length),
    gauge("scan_files", "Files that the last scan looked at", result.files),
  ];
}
