import { exitCodes } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Check, Feature, Metric, Outcome, Report, StepFact, SummaryLine } from "../../run/contract.ts";
import { throwIfInterrupted } from "../../run/interrupt.ts";
import { step } from "../../run/step.ts";
import type { RuleExample } from "../rules/rule.ts";
import { testExample } from "./test-example.ts";
import type { SelfTestPorts, SelfTestResult } from "./test-example.ts";

interface SelfTestInput {
  readonly examples: readonly RuleExample[];
}

type SelfTestEvent = StepFact | { readonly type: "example-tested"; readonly result: SelfTestResult };

/** `sound`: every violation that was planted was found, and no look-alike was. */
type SelfTestVerdict = "sound" | "unsound" | "not-run";

interface SelfTestState {
  readonly results: readonly SelfTestResult[];
}

/** Plants one violation of every rule in every language, in memory: a scanner that cannot be seen to fail proves nothing. */
export const scanSelfTest: Feature<
  SelfTestInput,
  SelfTestPorts,
  SelfTestEvent,
  SelfTestVerdict,
  SelfTestState
> = {
  command: "scan --self-test",
  async *run({ examples }, ports, signal) {
    const results = yield* step(
      "plant",
      "Plant violations and look-alikes",
      async (progress) => {
        const tested: SelfTestResult[] = [];
        for (const example of examples) {
          throwIfInterrupted(signal);
          tested.push(await testExample(example, ports));
          progress(tested.length, examples.length);
        }
        return tested;
      },
      { unit: "objects", describe: (tested) => `${tested.length} of each` },
    );
    for (const result of results) yield { type: "example-tested", result };
    return results.length > 0 && results.every(isSound) ? "sound" : "unsound";
  },
  initial: () => ({ results: [] }),
  reduce: (state, event) =>
    event.type === "example-tested" ? { results: [...state.results, event.result] } : state,
  report: reportSelfTest,
};

function isSound({ isFound, falseAlarms }: SelfTestResult): boolean {
  return isFound && falseAlarms.length === 0;
}

function reportSelfTest({ results }: SelfTestState, outcome: Outcome<SelfTestVerdict>): Report {
  const { head, document } = conclude(
    "scan --self-test",
    outcome,
    { sound: exitCodes.good, unsound: exitCodes.bad, "not-run": exitCodes.couldNotRun },
    "not-run",
  );
  const failed = results.filter((each) => !isSound(each));
  return {
    ...head,
    document: document({
      planted: results.length,
      found: results.filter(({ isFound }) => isFound).length,
      failed: failed.map(({ example, isFound, falseAlarms }) => ({
        rule: example.rule,
        language: example.language,
        found: isFound,
        false_alarms: falseAlarms,
      })),
    }),
    checks: results.map(toCheck),
    metrics: metrics(results, failed.length, outcome),
    summary: summarise(results, failed),
  };
}

function metrics(
  results: readonly SelfTestResult[],
  failed: number,
  outcome: Outcome<SelfTestVerdict>,
): readonly Metric[] {
  const verdict = outcome.kind === "verdict" ? outcome.verdict : "not-run";
  const runs = (["sound", "unsound", "not-run"] as const).map((each): Metric => ({
    name: "scan_self_test_total",
    help: "Self-tests of the scanner, by verdict",
    type: "counter",
    labels: { outcome: each },
    value: each === verdict ? 1 : 0,
  }));
  const gauge = (name: string, help: string, value: number): Metric => ({ name, help, type: "gauge", value });
  return [
    ...runs,
    gauge("scan_self_test_planted", "Violations that the last self-test planted", results.length),
    gauge("scan_self_test_failed", "Of those, how many were not found, or not alone", failed),
  ];
}

function toCheck(result: SelfTestResult): Check {
  const { example, isFound, falseAlarms } = result;
  return {
    group: "scan.self-test",
    name: `${example.rule} in ${example.language}`,
    outcome: isSound(result) ? "passed" : "failed",
    expected: "the violation found, the look-alike not",
    actual: isFound
      ? falseAlarms.length === 0
        ? "so it is"
        : `the look-alike is found: ${falseAlarms.join(", ")}`
      : "the violation is not found",
  };
}

function summarise(
  results: readonly SelfTestResult[],
  failed: readonly SelfTestResult[],
): readonly SummaryLine[] {
  if (results.length === 0) return [];
  const byRule = [...Map.groupBy(results, ({ example }) => example.rule)];
  const widest = Math.max(...byRule.map(([rule]) => rule.length));
  const rows = byRule.map(([rule, all]): SummaryLine => {
    const found = all.filter(isSound).length;
    const languages = [...new Set(all.map(({ example }) => example.language))].join(" ");
    return {
      tone: found === all.length ? "plain" : "bad",
      text: `${rule.padEnd(widest)}  ${String(found).padStart(3)} of ${String(all.length).padStart(3)}  ${languages}`,
    };
  });
  const closing: SummaryLine =
    failed.length === 0
      ? {
          tone: "good",
          text: `SOUND: ${results.length} violations were planted and found, ${results.length} look-alikes were not`,
        }
      : {
          tone: "bad",
          text: `UNSOUND: ${failed.length} of ${results.length} failed; this build is not to be trusted: report it`,
        };
  return [
    ...failed.map((each): SummaryLine => ({
      tone: "bad",
      text: `${toCheck(each).name}: ${toCheck(each).actual}`,
    })),
    ...rows,
    closing,
  ];
}
