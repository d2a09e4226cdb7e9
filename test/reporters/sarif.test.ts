import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createGithub } from "../../src/reporters/github.ts";
import { createSarif } from "../../src/reporters/sarif.ts";
import type { Analysis, AnalysisResult, FinishedReport } from "../../src/run/contract.ts";
import { expectGolden } from "../support/golden.ts";
import { recordExample } from "../support/run-example.ts";

const { report: base } = await recordExample("bad");

const result: AnalysisResult = {
  rule: "bypass",
  level: "error",
  message: "dropDatabase is entered here other than through guardedDrop",
  place: { path: "src/pool reaper.ts", line: 7, column: 3, endLine: 7, endColumn: 15 },
  fingerprint: "0123456789abcdef0123456789abcdef",
  confidence: "medium",
  steps: [
    { place: { path: "src/main.ts", line: 2, column: 1 }, message: "main calls reap" },
    {
      place: { path: "src/pool reaper.ts", line: 7, column: 3 },
      message: "reap calls dropDatabase (by-name)",
    },
  ],
};

const analysis: Analysis = {
  rules: [
    {
      id: "bypass",
      title: "A way round the chokepoint",
      description: "A function that may destroy is reached by a path that does not pass the chokepoint.",
      help: ["Make the call inside a function that is handed to the chokepoint.", "Or say why not."],
      level: "error",
      gravity: 9.1,
      tags: ["security"],
    },
  ],
  results: [result],
  notices: [
    { message: "old.php could not be parsed", path: "old.php", line: 3 },
    { message: "permission denied", path: "x:y.go", line: null },
  ],
};

function withAnalysis(changes: Partial<Analysis> = {}): FinishedReport {
  return { ...base, command: "scan", checks: [], analysis: { ...analysis, ...changes } };
}

interface Log {
  readonly runs: readonly {
    readonly results: readonly {
      readonly ruleId: string;
      readonly locations: readonly {
        readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } };
      }[];
    }[];
    readonly invocations: readonly {
      readonly executionSuccessful: boolean;
      readonly toolExecutionNotifications: readonly { readonly message: { readonly text: string } }[];
    }[];
  }[];
}

function logOf(report: FinishedReport): Log["runs"][number] {
  return (JSON.parse(createSarif().ended(report)) as Log).runs[0]!;
}

test("a finding with its path, in SARIF and as annotations", () => {
  expectGolden("reporters/analysis.sarif", createSarif().ended(withAnalysis()));
  expectGolden("reporters/analysis.github", createGithub().ended(withAnalysis()));
});

describe("SARIF", () => {
  test("holds the 5 000 gravest results, and says how many it leaves out", () => {
    const rules = [analysis.rules[0]!, { ...analysis.rules[0]!, id: "flush", gravity: 9.8 }];
    const many = Array.from({ length: 5003 }, (_, index): AnalysisResult => ({
      ...result,
      level: index < 2 ? "note" : "error",
      rule: index === 5002 ? "flush" : "bypass",
      place: { path: `${index}.ts`, line: 1, column: 1 },
    }));
    const run = logOf(withAnalysis({ rules, results: many }));
    expect(run.results).toHaveLength(5000);
    expect(run.results.at(-1)?.ruleId).toBe("flush");
    expect(run.results[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe("2.ts");
    expect(run.invocations[0]?.toolExecutionNotifications[0]?.message.text).toContain("3 more results");
  });

  test("says that a run that could not be made was none", async () => {
    const { report } = await recordExample("refused");
    const [invocation] = logOf(report).invocations;
    expect(invocation?.executionSuccessful).toBe(false);
    expect(invocation?.toolExecutionNotifications[0]?.message.text).toContain("no server at db.example:5432");
  });

  test("whatever a path is, its reference leads back to it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (path) => {
        const run = logOf(withAnalysis({ results: [{ ...result, place: { path, line: 1, column: 1 } }] }));
        const { uri } = run.results[0]!.locations[0]!.physicalLocation.artifactLocation;
        expect(decodeURIComponent(uri)).toBe(path.toWellFormed());
        expect(uri).toMatch(/^[A-Za-z0-9\-._~!*'()%/]*$/);
      }),
    );
  });
});

describe("annotations", () => {
  const lines = (levels: Readonly<Record<string, number>>): readonly string[] => {
    const results = Object.entries(levels).flatMap(([level, count]) =>
      Array.from({ length: count }, () => ({ ...result, level: level as AnalysisResult["level"] })),
    );
    return createGithub()
      .ended(withAnalysis({ results, notices: [] }))
      .trimEnd()
      .split("\n");
  };
  const count = (level: string, all: readonly string[]): number =>
    all.filter((each) => each.startsWith(`::${level} `)).length;

  test("are ten of each level at most, the last of which says how many more there are", () => {
    const all = lines({ error: 40, warning: 10, note: 9 });
    expect([count("error", all), count("warning", all), count("notice", all)]).toEqual([10, 9, 9]);
    expect(all.find((each) => each.includes("and 32 more"))).toStartWith("::error title=32 more::");
    expect(all.filter((each) => each.startsWith("::warning") && each.includes("and 2 more"))).toHaveLength(1);
  });
  test("are all there when they fit", () => expect(lines({ error: 9 })).toHaveLength(10));
});
