import { exitCodes } from "../errors.ts";
import type { Check, FinishedReport } from "../run/contract.ts";
import type { Reporter } from "./reporter.ts";
import { escapeXml } from "./xml.ts";

interface Case {
  readonly group: string;
  readonly name: string;
  readonly result: {
    readonly element: "failure" | "error" | "skipped";
    readonly message: string;
    readonly text: string;
  } | null;
}

/**
 * JUnit XML, one suite for each group of checks, and one case for the verdict itself, so that a run that could not
 * check anything is red. A check that could not run is an error; only what does not apply is skipped. Valid against
 * both schemas in use: https://github.com/windyroad/JUnit-Schema and Jenkins' jenkins-junit.xsd.
 */
export function createJunit(): Reporter {
  return { event: () => "", ended: render };
}

function render(report: FinishedReport): string {
  const cases = [...report.checks.map(caseOf), verdictCase(report)];
  const suites = [...Map.groupBy(cases, (each) => each.group)];
  const lines = suites.flatMap(([group, members], id) => renderSuite(report, group, members, id));
  return ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", ...lines, "</testsuites>", ""].join("\n");
}

function renderSuite(
  report: FinishedReport,
  group: string,
  cases: readonly Case[],
  id: number,
): readonly string[] {
  const count = (element: string): number => cases.filter((each) => each.result?.element === element).length;
  const facts = {
    id,
    package: "custody",
    name: group,
    // The schema's pattern has no zone and no fraction; UTC.
    timestamp: report.run.started_at.slice(0, 19),
    hostname: "localhost",
    tests: cases.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    // Checks are not timed singly: the run's time stands where its verdict does.
    time: group === report.command ? report.run.seconds : 0,
  };
  return [
    `  <testsuite ${attributes(facts)}>`,
    "    <properties>",
    `      <property ${attributes({ name: "custody", value: report.run.custody })}/>`,
    `      <property ${attributes({ name: "run", value: report.run.id })}/>`,
    "    </properties>",
    ...cases.flatMap(renderCase),
    "    <system-out/>",
    "    <system-err/>",
    "  </testsuite>",
  ];
}

function renderCase({ group, name, result }: Case): readonly string[] {
  const open = `    <testcase ${attributes({ classname: group, name, time: 0 })}`;
  if (result === null) return [`${open}/>`];
  const { element, message, text } = result;
  const child =
    element === "skipped"
      ? `<skipped ${attributes({ message })}/>`
      : `<${element} ${attributes({ message, type: element })}>${escapeXml(text)}</${element}>`;
  return [`${open}>`, `      ${child}`, "    </testcase>"];
}

function caseOf(check: Check): Case {
  const { group, name, outcome, actual } = check;
  const place =
    check.place === undefined ? [] : [`${check.place.path}:${check.place.line}:${check.place.column}`];
  const text = [
    ...place,
    `expected: ${check.expected}`,
    `actual: ${actual}`,
    ...(check.detail === undefined ? [] : [check.detail]),
  ].join("\n");
  switch (outcome) {
    case "passed":
      return { group, name, result: null };
    case "failed":
      return {
        group,
        name,
        result: { element: "failure", message: `expected ${check.expected}, found ${actual}`, text },
      };
    case "not-run":
      return { group, name, result: { element: "error", message: `could not run: ${actual}`, text } };
    case "not-applicable":
      return { group, name, result: { element: "skipped", message: actual, text } };
  }
}

function verdictCase(report: FinishedReport): Case {
  const where = { group: report.command, name: "verdict" };
  if (report.error !== null) {
    const { code, message, hint } = report.error;
    return { ...where, result: { element: "error", message, text: `${code}: ${message}\n${hint}` } };
  }
  if (report.exitCode === exitCodes.good) return { ...where, result: null };
  const element = report.exitCode === exitCodes.bad ? "failure" : "error";
  return {
    ...where,
    result: { element, message: report.verdict, text: report.summary.map((each) => each.text).join("\n") },
  };
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeXml(String(value))}"`)
    .join(" ");
}
