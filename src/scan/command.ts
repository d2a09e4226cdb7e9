import { realpathSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { defaultCacheDir } from "../config/folders.ts";
import { loadScanConfig } from "../config/load.ts";
import { exitCodes, OpsError } from "../errors.ts";
import type { ExitCode } from "../errors.ts";
import { defineCommand } from "../run/command.ts";
import { reportFormats } from "../run/shell.ts";
import type { Shell } from "../run/shell.ts";
import { isCompiled, versionLine } from "../run/version.ts";
import { openScanPorts } from "./adapters/scan-ports.ts";
import { scan } from "./feature.ts";
import { openCache } from "./files/cache/open-cache.ts";
import { findRepository } from "./files/find-repository.ts";
import { belowRoot } from "./files/git-changes.ts";
import type { ScanInput } from "./input.ts";
import { coversAll } from "./policy/covers-all.ts";
import { readPolicy } from "./policy/read-policy.ts";

export const command = defineCommand({
  positionals: {
    path: {
      describe: "Files and folders (scan.paths of custody.yaml, else the working directory)",
      repeatable: true,
    },
  },
  flags: {
    baseline: { type: "string", value: "FILE", describe: "Findings that are known: they do not count" },
    "write-baseline": {
      type: "string",
      value: "FILE",
      describe: "Write what is found as known; one that is there only shrinks",
    },
    since: {
      type: "string",
      value: "REF",
      describe: "Only what was added since the branch left this commit",
    },
    explain: {
      type: "string",
      value: "RULE",
      describe: "Say why a rule is one, how to mend it, with examples",
    },
    "self-test": {
      type: "boolean",
      describe: "Plant a violation of every rule in every language: each must be found, its look-alike not",
    },
    "allow-unparsed": { type: "boolean", describe: "Do not fail for files that could not be parsed" },
    "no-cache": { type: "boolean", describe: "Read and parse everything anew, and keep nothing" },
  },
  notRunVerdict: "incomplete",
  speaks: reportFormats,
  examples: [
    ["custody scan", "every way to destroy customer data in this tree"],
    ["custody scan --since origin/main", "what this branch adds"],
    ["custody scan --report sarif=scan.sarif", "and a file for GitHub code scanning"],
  ],
  async handler(flags, shell) {
    if (flags.explain !== undefined) return await explain(flags.explain, shell);
    if (flags.selfTest) {
      refuseSarif(shell);
      const { openSelfTestPorts } = await import("./adapters/self-test-ports.ts");
      const { allExamples } = await import("./rules/rule-examples.ts");
      const { scanSelfTest } = await import("./self-test/feature.ts");
      const ports = await openSelfTestPorts(Date.now());
      return await shell.run(scanSelfTest, { examples: allExamples() }, ports);
    }
    if (flags.since !== undefined && flags.writeBaseline !== undefined) {
      throw new OpsError(
        "bad-usage",
        "--write-baseline and --since: a baseline is of the whole tree",
        "leave --since out",
      );
    }
    const { cwd, env } = shell;
    const policy = readPolicy(await loadScanConfig({ path: shell.globals.config, cwd, env }));
    const path = (file: string | undefined): string | null =>
      file === undefined ? null : resolve(cwd, file);
    const given = flags.path.map((each) => resolve(cwd, each));
    const root = findRepository(cwd);
    const nowMs = Date.now();
    const input: ScanInput = {
      cwd,
      policy,
      baseline: path(flags.baseline) ?? policy.baseline,
      writeBaseline: path(flags.writeBaseline),
      since: flags.since ?? null,
      isUnparsedAllowed: flags.allowUnparsed || policy.isUnparsedAllowed,
      isPartial: !coversAll(flags.path, policy.paths, cwd),
      prefix: belowRoot(root, cwd),
      nowMs,
    };
    const paths = given.length > 0 ? flags.path : policy.paths.map((each) => relative(cwd, each) || ".");
    const listing = { cwd, paths, ignore: policy.ignore };
    // A hook's few files are parsed sooner than a cache is read; and only a binary can say which build learnt something.
    const isHook = given.length > 0 && given.every(isFile);
    using cache =
      flags.noCache || isHook || !isCompiled
        ? null
        : openCache({
            folder: join(defaultCacheDir(env), "scan"),
            root: realpathSync(root ?? cwd),
            version: `${versionLine} ${[...policy.kinds].toSorted().join()}`,
            nowMs,
          });
    return await shell.run(scan, input, openScanPorts({ listing, policy, cache, env }));
  },
});

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // What cannot be looked at is told when the files are listed.
    return false;
  }
}

/** What was planted stands in no file that an alert could be opened for. */
function refuseSarif({ globals: { output, reports } }: Shell): void {
  if (output !== "sarif" && reports.every(({ format }) => format !== "sarif")) return;
  throw new OpsError(
    "bad-usage",
    "--self-test does not speak sarif: it looks at no file",
    "--output junit, github or json tell what failed",
  );
}

async function explain(name: string, shell: Shell): Promise<ExitCode> {
  if (shell.globals.output !== "human" || shell.globals.reports.length > 0) {
    throw new OpsError("bad-usage", "--explain is a text for people", "leave --output and --report out");
  }
  const { findRule, rules } = await import("./rules/find-rule.ts");
  const { explainRule } = await import("./rules/explain.ts");
  const rule = findRule(name);
  if (rule === null) {
    throw new OpsError(
      "bad-usage",
      `there is no rule ${name}`,
      `the rules are ${rules.map(({ id }) => id).join(", ")}`,
    );
  }
  const { cwd, env, globals } = shell;
  const { section } = await loadScanConfig({ path: globals.config, cwd, env });
  for (const { text } of explainRule(rule, section.chokepoint?.[0] ?? null)) shell.stdout.write(`${text}\n`);
  return exitCodes.good;
}
