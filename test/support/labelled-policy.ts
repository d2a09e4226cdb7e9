import { readFileSync } from "node:fs";
import { join } from "node:path";
import ignore from "ignore";
import { z } from "zod";
import { loadScanConfig } from "../../src/config/load.ts";
import { destructionKinds } from "../../src/destruction/kinds.ts";
import { readPolicy } from "../../src/scan/policy/read-policy.ts";
import type { ScanPolicy } from "../../src/scan/policy/read-policy.ts";
import type { ExampleFiles } from "../../src/scan/rules/rule.ts";
import type { ToldFinding } from "../../src/scan/tell-findings.ts";
import { readFolder } from "./scan-files.ts";

const place = { path: z.string(), line: z.int().positive() };
const expectedSchema = z.strictObject({
  findings: z.array(
    z.union([
      z.strictObject({
        ...place,
        kind: z.enum(destructionKinds),
        also: z.array(z.int().positive()).optional(),
      }),
      z.strictObject({
        ...place,
        rule: z.literal("bypass"),
        enters: z.string(),
        call_path: z.array(z.string()),
      }),
    ]),
  ),
  lookalikes: z.array(z.strictObject({ ...place, why: z.string().min(1) })),
});

export type ExpectedFinding = z.infer<typeof expectedSchema>["findings"][number];

/** A repository of test/fixtures/scan with a policy of its own, and all that a scan must find in it. */
interface LabelledPolicy {
  readonly files: ExampleFiles;
  readonly policy: ScanPolicy;
  readonly expected: readonly ExpectedFinding[];
}

export async function readLabelledPolicy(name: string): Promise<LabelledPolicy> {
  const folder = join(import.meta.dirname, "../fixtures/scan", name);
  const path = join(folder, "custody.yaml");
  const policy = readPolicy(await loadScanConfig({ path, cwd: folder, env: {} }));
  const rules = ignore().add([...policy.ignore.patterns]);
  return {
    files: Object.fromEntries(Object.entries(readFolder(folder)).filter(([each]) => !rules.ignores(each))),
    policy,
    expected: expectedSchema.parse(JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"))).findings,
  };
}

/**
 * A finding as its label would tell it. What a call of an interface enters may be any of its implementations, so only the last name of a
 * sanctioned function counts; functions that stand in one another are one step.
 */
export function toLabel(finding: ToldFinding, expected: readonly ExpectedFinding[]): ExpectedFinding {
  const { path, line, rule, kind } = finding;
  if (rule === "bypass") {
    const steps = finding.call_path.map((each) => each.function);
    const label = expected.find((each) => "rule" in each && each.path === path && each.line === line);
    const names = steps.filter((each, index) => each !== steps[index - 1]);
    const enters = finding.message.split(" is entered ")[0] ?? "";
    if (label === undefined || !("rule" in label)) return { path, line, rule, enters, call_path: names };
    const isSame =
      lastName(enters) === lastName(label.enters) &&
      names.map(lastName).join() === label.call_path.map(lastName).join() &&
      names.slice(0, -1).join() === label.call_path.slice(0, -1).join();
    return isSame ? label : { path, line, rule, enters, call_path: names };
  }
  const label = expected.find(
    (each) =>
      "kind" in each &&
      each.path === path &&
      each.kind === kind &&
      (each.line === line || each.also?.includes(line) === true),
  );
  if (label !== undefined) return label;
  if (kind === null) throw new Error(`${path}:${line} ${rule}: ${finding.message}`);
  return { path, line, kind };
}

function lastName(name: string): string {
  return name.split(".").at(-1) ?? name;
}
