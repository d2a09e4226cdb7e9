import { describe, expect, test } from "bun:test";
import { reporters } from "../../src/reporters/registry.ts";
import type { FinishedReport } from "../../src/run/contract.ts";
import { reportFormats } from "../../src/run/shell.ts";
import { frameOf, showFrame } from "../../src/scan/code-frame.ts";
import type { Finding } from "../../src/scan/finding.ts";
import { linesOf } from "../../src/scan/lines.ts";
import { reportScan } from "../../src/scan/report.ts";
import { judgeResult } from "../../src/scan/result.ts";
import type { ScanResult } from "../../src/scan/result.ts";
import { expectGolden } from "../support/golden.ts";
import { plainOptions } from "../support/run-example.ts";
import { told } from "../support/told-finding.ts";

const source =
  "package pool\n\nfunc Reap(ctx context.Context, names []string) {\n\tfor _, name := range names {\n\t\tbackend.Deprovision(ctx, name)\n\t}\n}\n";

const bypass: Finding = {
  ...told({
    path: "internal/pool/reap.go",
    line: 5,
    column: 11,
    endLine: 5,
    endColumn: 22,
    rule: "bypass",
    function: "Reap",
    confidence: "medium",
    message:
      "(*LocalBackend).Deprovision is entered here other than through guardedDrop, and leads to DROP DATABASE …",
    call_path: [
      { path: "cmd/main.go", line: 12, column: 7, function: "main", edge: "entry" },
      { path: "internal/pool/reap.go", line: 5, column: 11, function: "Reap", edge: "exact" },
      {
        path: "internal/backend/local.go",
        line: 40,
        column: 19,
        function: "(*LocalBackend).Deprovision",
        edge: "by-type",
      },
    ],
  }),
  severity: "error",
  fingerprint: "00000000000000000000000000000001",
};
const flush: Finding = {
  ...told({
    path: "bin/reset.sh",
    line: 3,
    column: 1,
    rule: "flush",
    kind: "flush",
    function: "",
    what: "FLUSHALL",
    names: [],
    message: "FLUSHALL runs here",
  }),
  severity: "warning",
  fingerprint: "00000000000000000000000000000002",
};

const clean: ScanResult = {
  findings: [],
  sanctioned: [
    {
      path: "internal/backend/local.go",
      line: 40,
      column: 19,
      kind: "database",
      function: "(*LocalBackend).Deprovision",
      what: "DROP DATABASE",
      names: ["…"],
      sanctioned_by: "(*LocalBackend).Deprovision",
    },
  ],
  suppressed: [],
  unparsed: [],
  isUnparsedAllowed: false,
  unsupported: [],
  outside: [],
  files: 120,
  parsed: 9,
  lines: 2345,
  skipped: { ignored: 0, dependencies: 1, links: 0, special: 0, binary: 0, documents: 4 },
  notes: [],
  kinds: ["database", "flush"],
  policy: {
    file: "/shop/custody.yaml",
    chokepoint: ["guardedDrop"],
    sanctioned: ["(*LocalBackend).Deprovision"],
    roots: [],
    destroys: {},
  },
  baseline: null,
  since: null,
  cache: { hits: 0, misses: 120 },
  timings: { list: 10, read: 20, analyse: 30 },
  frames: new Map(),
};
const unparsed = {
  path: "old/broken.php",
  line: 7,
  reason: "syntax",
  detail: "a string that does not end",
} as const;
const violations: ScanResult = {
  ...clean,
  findings: [flush, bypass],
  suppressed: [
    {
      ...flush,
      line: 9,
      fingerprint: "3",
      suppression: { by: "comment", reason: "the test's own server", until: "2027-01-31", line: 8 },
    },
    { ...flush, line: 19, fingerprint: "4", suppression: { by: "baseline" } },
  ],
  unparsed: [unparsed],
  unsupported: [{ path: "app/Main.kt", language: "Kotlin" }],
  outside: ["vendor/shared"],
  skipped: { ...clean.skipped, ignored: 3, binary: 2 },
  notes: ["scan.roots names cron, which no function of this tree bears"],
  baseline: {
    path: "scan-baseline.json",
    known: 1,
    stale: [{ rule: "role", path: "a.go", function: "f", text: "DROP ROLE", count: 1 }],
    written: null,
  },
  since: { ref: "origin/main", base: "0123456789abcdef0123456789abcdef01234567" },
  frames: new Map([[bypass.fingerprint, frameOf(linesOf(source), bypass)]]),
};

function report(result: ScanResult): FinishedReport {
  const made = reportScan(
    result,
    { kind: "verdict", verdict: judgeResult(result) },
    { severities: new Map([["flush", "warning"]]) },
  );
  const run = {
    id: "0",
    started_at: "2026-11-21T12:00:00.250Z",
    seconds: 1.25,
    exit_code: made.exitCode,
    custody: "0.0.0",
  };
  return { ...made, document: { ...made.document, run }, run };
}

for (const format of reportFormats) {
  test(`violations in ${format}`, () => {
    expectGolden(`scan/violations.${format}`, reporters[format](plainOptions).ended(report(violations)));
  });
}

test("a clean scan for people", () => {
  expectGolden("scan/clean.human", reporters.human(plainOptions).ended(report(clean)));
});

describe("the verdict", () => {
  test.each([
    ["clean", 0, clean],
    ["violations", 1, violations],
    ["incomplete", 3, { ...clean, unparsed: [unparsed] }],
    ["clean", 0, { ...clean, unparsed: [unparsed], isUnparsedAllowed: true }],
    ["violations", 1, { ...violations, isUnparsedAllowed: false }],
    ["clean", 0, { ...clean, findings: [flush] }],
  ] as const)("is %s with %d", (verdict, exitCode, result) => {
    expect(report(result)).toMatchObject({ verdict, exitCode });
  });
});

test("a scan that could not be made has all fields, and no findings", () => {
  const error = { code: "bad-input", message: "no", hint: "yes" } as const;
  const made = reportScan(null, { kind: "error", error, exitCode: 2 }, { severities: new Map() });
  expect(made).toMatchObject({
    verdict: "incomplete",
    exitCode: 2,
    checks: [],
    summary: [],
    document: { findings: [], files: null, error },
  });
  expect(Object.keys(made.document)).toEqual(
    Object.keys(report(clean).document).filter((key) => key !== "run"),
  );
});

describe("a code frame", () => {
  const shown = (text: string, line: number, column: number): readonly string[] =>
    showFrame(frameOf(linesOf(text), { line, column }), { line, column }).map((each) => each.text);
  test("has two lines around, and a caret below the column, tabs or not", () => {
    expect(shown(source, 5, 11)).toEqual([
      "  3 | func Reap(ctx context.Context, names []string) {",
      "  4 |     for _, name := range names {",
      "> 5 |         backend.Deprovision(ctx, name)",
      "    |                 ^",
      "  6 |     }",
      "  7 | }",
    ]);
  });
  test("at the ends of a file", () => {
    expect(shown("drop();\n", 1, 1)).toEqual(["> 1 | drop();", "    | ^"]);
    expect(shown("", 1, 1)).toEqual(["> 1 |", "    | ^"]);
  });
  test("of a line without end holds the part around the column", () => {
    const lines = shown(`${"a;".repeat(50_000)}drop();${"b;".repeat(50_000)}`, 1, 100_001);
    expect(lines[0]?.length).toBeLessThan(160);
    expect(lines[0]?.slice(lines[1]!.indexOf("^"))).toStartWith("drop();");
  });
});
