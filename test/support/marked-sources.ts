import type { AnalysisPolicy } from "../../src/scan/analyse.ts";
import type { ExampleFiles } from "../../src/scan/rules/rule.ts";
import { scanFiles } from "./scan-files.ts";

/** A mark says which rules find something on its line; the sources that are scanned do not hold it. */
const mark = / *(?:\/\/|#) @finds ([\w -]+)$/;

/** What a scan of marked sources finds, and what their marks want: `a.ts:3 database`, in order. */
export async function scanMarked(
  marked: ExampleFiles,
  policy: Partial<AnalysisPolicy> = {},
): Promise<{ readonly found: readonly string[]; readonly expected: readonly string[] }> {
  const expected: string[] = [];
  const files = Object.fromEntries(
    Object.entries(marked).map(([path, source]) => {
      const lines = source.split("\n").map((line, index) => {
        const rules = mark.exec(line)?.[1]?.trim().split(" ") ?? [];
        expected.push(...rules.map((rule) => `${path}:${index + 1} ${rule}`));
        return line.replace(mark, "");
      });
      return [path, lines.join("\n")];
    }),
  );
  const { findings } = await scanFiles(files, policy);
  return {
    found: findings.map(({ path, line, rule }) => `${path}:${line} ${rule}`).sort(),
    expected: expected.sort(),
  };
}
