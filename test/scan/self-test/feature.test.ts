import { expect, test } from "bun:test";
import type { FinishedReport } from "../../../src/run/contract.ts";
import { execute } from "../../../src/run/execute.ts";
import type { Judges } from "../../../src/scan/meaning/judges.ts";
import { allExamples } from "../../../src/scan/rules/rule-examples.ts";
import type { RuleExample } from "../../../src/scan/rules/rule.ts";
import { scanSelfTest } from "../../../src/scan/self-test/feature.ts";
import type { SelfTestPorts } from "../../../src/scan/self-test/test-example.ts";
import { selfTestPorts } from "../../support/scan-files.ts";

const examples = allExamples();

function selfTest(
  planted: readonly RuleExample[],
  ports: SelfTestPorts = selfTestPorts,
): Promise<FinishedReport> {
  return execute(scanSelfTest, { examples: planted }, ports, {
    signal: new AbortController().signal,
    observers: [],
    version: "0.0.0",
  });
}

function failedChecks({ checks }: FinishedReport): readonly string[] {
  return checks.filter(({ outcome }) => outcome !== "passed").map(({ name, actual }) => `${name}: ${actual}`);
}

test("all examples are sound: what is planted is found, what looks like it is not", async () => {
  const report = await selfTest(examples);
  expect(failedChecks(report)).toEqual([]);
  expect(report).toMatchObject({ exitCode: 0, verdict: "sound" });
  expect(report.checks).toHaveLength(examples.length);
  expect(
    report.metrics.map(({ name, labels, value }) => `${name} ${labels?.["outcome"] ?? ""} ${value}`),
  ).toEqual([
    "scan_self_test_total sound 1",
    "scan_self_test_total unsound 0",
    "scan_self_test_total not-run 0",
    `scan_self_test_planted  ${examples.length}`,
    "scan_self_test_failed  0",
  ]);
});

test("judges that find nothing make it unsound", async () => {
  const blind: Judges = {
    sql: () => [],
    shell: () => [],
    command: () => [],
    redis: () => null,
    mongoCommand: () => null,
    mongoScript: () => [],
    natsSubject: () => null,
  };
  const inCode = examples.filter(({ rule, language }) => rule === "database" && language === "go");
  const report = await selfTest(inCode, { ...selfTestPorts, judges: blind });
  expect(report).toMatchObject({ exitCode: 1, verdict: "unsound" });
  expect(failedChecks(report)).toEqual(["database in go: the violation is not found"]);
});

test("readers that give nothing make it unsound, in every language", async () => {
  const report = await selfTest(examples, { ...selfTestPorts, facts: () => Promise.resolve(null) });
  expect(report).toMatchObject({ exitCode: 1, verdict: "unsound" });
  // What a policy says of a tree in which nothing is to be seen needs no reader.
  const rules = new Set(
    report.checks.filter(({ outcome }) => outcome === "passed").map(({ name }) => name.split(" in ")[0]),
  );
  expect([...rules]).toEqual([]);
});

test("judges that see a destruction in everything make it unsound", async () => {
  const eager: Judges = {
    ...selfTestPorts.judges,
    sql: () => [{ kind: "database", what: "DROP DATABASE", names: [], at: 0, certainty: "certain" }],
  };
  const report = await selfTest(examples, { ...selfTestPorts, judges: eager });
  expect(report).toMatchObject({ exitCode: 1, verdict: "unsound" });
  expect(failedChecks(report).length).toBeGreaterThan(100);
});

test("nothing planted proves nothing", async () => {
  expect(await selfTest([])).toMatchObject({ exitCode: 1, verdict: "unsound" });
});
