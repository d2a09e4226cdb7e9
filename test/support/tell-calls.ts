import type { ExampleFiles } from "../../src/scan/rules/rule.ts";
import { scanFiles } from "./scan-files.ts";

/**
 * The ways to what a tree drops, with how sure each step is: `go:entry wipe:exact`. Functions bear their last names, in small letters,
 * whatever the language wants of them. What lies in `other/` is not told.
 */
export async function tellCalls(files: ExampleFiles): Promise<readonly string[]> {
  const { findings } = await scanFiles(files, { chokepoint: ["guarded"] });
  return findings
    .filter(({ rule, path }) => rule === "database" && !path.startsWith("other/"))
    .map(({ call_path: steps }) => steps.map((each) => `${plain(each.function)}:${each.edge}`).join(" "));
}

function plain(qualified: string): string {
  return (qualified.split(/[^\w]+/).at(-1) ?? "").toLowerCase();
}
