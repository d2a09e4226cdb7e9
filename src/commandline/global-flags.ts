import { OpsError } from "../errors.ts";
import type { ArgumentsOf, FlagDefinition } from "../run/command.ts";
import { logLevels, outputFormats, reportFormats } from "../run/shell.ts";
import type { Globals, ProcessEdge } from "../run/shell.ts";

/** The flags that every command has. */
export const globalFlags = {
  output: {
    type: "string",
    choices: outputFormats,
    default: "human",
    value: "FORMAT",
    describe: "What stdout speaks",
  },
  report: {
    type: "string",
    repeatable: true,
    value: "FORMAT=FILE",
    describe: `Write the run to a file as well; FORMAT is one of ${reportFormats.join(", ")}`,
  },
  config: {
    type: "string",
    value: "FILE",
    describe: "The configuration; else ./custody.yaml, else the XDG folder's",
  },
  "log-level": {
    type: "string",
    choices: logLevels,
    default: "warn",
    value: "LEVEL",
    describe: "What stderr logs",
  },
  "no-color": { type: "boolean", describe: "No colours (so does NO_COLOR)" },
  quiet: { type: "boolean", describe: "No steps and notes, the result alone" },
  help: { type: "boolean", describe: "Show this help" },
  version: { type: "boolean", describe: "Show the version, the commit and the build target" },
} as const satisfies Readonly<Record<string, FlagDefinition>>;

/** Colours and characters are decided here, once, for every viewer. */
export function readGlobals(argv: ArgumentsOf<typeof globalFlags>, edge: ProcessEdge): Globals {
  const noColor = argv.noColor || (edge.env["NO_COLOR"] ?? "") !== "" || edge.env["TERM"] === "dumb";
  return {
    output: argv.output,
    reports: argv.report.map(readReport),
    config: argv.config ?? null,
    logLevel: argv.logLevel,
    quiet: argv.quiet,
    color: edge.stdout.isTTY && !noColor,
    unicode: speaksUtf8(edge.env),
  };
}

function readReport(text: string): Globals["reports"][number] {
  const cut = text.indexOf("=");
  const path = text.slice(cut + 1);
  const format = reportFormats.find((each) => each === text.slice(0, cut));
  if (cut === -1 || format === undefined || path === "") {
    throw new OpsError(
      "bad-usage",
      `--report ${text} is not FORMAT=FILE`,
      `FORMAT is one of ${reportFormats.join(", ")}: --report json=report.json`,
    );
  }
  return { format, path };
}

/** POSIX: the first of these that is set and not empty names the character set. */
function speaksUtf8(env: ProcessEdge["env"]): boolean {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find(
    (each) => each !== undefined && each !== "",
  );
  return locale !== undefined && /utf-?8/i.test(locale);
}
