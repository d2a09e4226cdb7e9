import { destructionKinds, scannedByDefault } from "../../destruction/kinds.ts";
import { createTurns } from "../../run/turns.ts";
import { analyse } from "../analyse.ts";
import { commentsOf } from "../facts.ts";
import type { Facts, FileFacts } from "../facts.ts";
import { linesOf } from "../lines.ts";
import type { Judges } from "../meaning/judges.ts";
import { applySuppressions } from "../policy/apply-suppressions.ts";
import { readSuppressions } from "../policy/read-suppressions.ts";
import type { ExampleFiles, RuleExample } from "../rules/rule.ts";
import { tellFindings } from "../tell-findings.ts";
import { resolverInMemory } from "../modules/create-resolver.ts";
import type { ToldFinding } from "../tell-findings.ts";

/** One example that was planted, and what the scan made of it. */
export interface SelfTestResult {
  readonly example: RuleExample;
  /** Whether the violation was found, by its rule. */
  readonly isFound: boolean;
  /** Rules that were found where nothing is to be found. */
  readonly falseAlarms: readonly string[];
}

export interface SelfTestPorts {
  readonly judges: Judges;
  /** What a file says; null when nothing reads it. */
  readonly facts: (path: string, source: string) => Promise<Facts | null>;
  readonly nowMs: number;
}

/** Plants an example in memory, and scans it as a tree of its own. */
export async function testExample(example: RuleExample, ports: SelfTestPorts): Promise<SelfTestResult> {
  const violations = await scanFiles(example.violation, example, ports);
  const lookAlikes = await scanFiles(example.lookAlike, example, ports);
  return {
    example,
    isFound: violations.some(({ rule }) => rule === example.rule),
    falseAlarms: [...new Set(lookAlikes.map(({ rule }) => rule))],
  };
}

async function scanFiles(
  files: ExampleFiles,
  { policy, rule }: RuleExample,
  { judges, facts, nowMs }: SelfTestPorts,
): Promise<readonly ToldFinding[]> {
  const read: FileFacts[] = [];
  for (const [path, source] of Object.entries(files)) {
    const said = await facts(path, source);
    if (said !== null) read.push({ path, facts: said });
  }
  const lines = (path: string) => linesOf(files[path] ?? "");
  const { chokepoint, sanctioned } = policy ?? { chokepoint: [], sanctioned: [] };
  const kinds = new Set([...scannedByDefault, ...destructionKinds.filter((kind) => kind === rule)]);
  const resolveModule = resolverInMemory(files);
  const turns = createTurns(new AbortController().signal);
  const analysis = await analyse(
    read,
    { chokepoint, sanctioned, roots: [], destroys: {}, kinds },
    { judges, resolveModule },
    turns,
  );
  const told = tellFindings(analysis, {
    linesOf: lines,
    policyPath: "custody.yaml",
    chokepoint: chokepoint[0] ?? null,
  });
  const comments = new Map(
    read.map(({ path, facts: each }) => [path, readSuppressions(commentsOf(each), lines(path))]),
  );
  return applySuppressions(told.findings, comments, { nowMs, reportsUnused: true }).findings;
}
