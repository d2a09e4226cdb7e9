import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createTurns } from "../../src/run/turns.ts";
import { scannedByDefault } from "../../src/destruction/kinds.ts";
import { openSelfTestPorts } from "../../src/scan/adapters/self-test-ports.ts";
import { analyse } from "../../src/scan/analyse.ts";
import type { AnalysisPolicy } from "../../src/scan/analyse.ts";
import type { FileFacts } from "../../src/scan/facts.ts";
import { resolverInMemory } from "../../src/scan/modules/create-resolver.ts";
import { linesOf } from "../../src/scan/lines.ts";
import type { ExampleFiles } from "../../src/scan/rules/rule.ts";
import { tellFindings } from "../../src/scan/tell-findings.ts";
import type { Told } from "../../src/scan/tell-findings.ts";

/** The real parsers and judges, opened once for a file of tests. */
export const selfTestPorts = await openSelfTestPorts(Date.now());

/** Scans sources that are in memory, by what a scan runs behind its listing and its prefilter. */
export async function scanFiles(files: ExampleFiles, policy: Partial<AnalysisPolicy> = {}): Promise<Told> {
  const read: FileFacts[] = [];
  for (const [path, source] of Object.entries(files)) {
    const facts = await selfTestPorts.facts(path, source);
    if (facts !== null) read.push({ path, facts });
  }
  const whole = {
    chokepoint: [],
    sanctioned: [],
    roots: [],
    destroys: {},
    kinds: scannedByDefault,
    ...policy,
  };
  const turns = createTurns(new AbortController().signal);
  const ports = { judges: selfTestPorts.judges, resolveModule: resolverInMemory(files) };
  const lines = new Map(Object.entries(files).map(([path, source]) => [path, linesOf(source)]));
  return tellFindings(await analyse(read, whole, ports, turns), {
    linesOf: (path) => lines.get(path) ?? linesOf(""),
    policyPath: "custody.yaml",
    chokepoint: whole.chokepoint[0] ?? null,
  });
}

/** All files below a folder of fixtures, without what says what is expected of them. */
export function readFolder(folder: string): ExampleFiles {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile() && each.name !== "expected.json" && each.name !== "custody.yaml")
      .map((each) => join(each.parentPath, each.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]),
  );
}
