import { exitCodes, OpsError } from "../errors.ts";
import type { ExitCode } from "../errors.ts";
import type { Command } from "../run/command.ts";
import { explain } from "../run/execute.ts";
import { commonFormats } from "../run/shell.ts";
import type { Globals, ProcessEdge } from "../run/shell.ts";
import { findCommand } from "./command-list.ts";
import type { CommandEntry } from "./command-list.ts";
import { globalFlags, readGlobals } from "./global-flags.ts";
import { parseFlags, parsePositionals, requireFlags } from "./parse-flags.ts";
import { errorDocument, printError } from "./print-error.ts";
import { runFeature } from "./run-feature.ts";
import { versionLine } from "../run/version.ts";

/** What is known of a command line by the time that something goes wrong with it. */
interface Progress {
  name: string;
  verdict: string;
}

/** Finds the command, parses its flags, runs it. The one catch: what is expected ends as two lines and a code; a bug is rethrown. */
export async function runCommandLine(
  commands: readonly CommandEntry[],
  args: readonly string[],
  edge: ProcessEdge,
): Promise<ExitCode> {
  const progress: Progress = { name: "custody", verdict: "not-run" };
  try {
    return await dispatch(commands, args, edge, progress);
  } catch (thrown) {
    const { error, exitCode } = explain(thrown, edge.signal);
    if (asksForJson(args)) {
      edge.stdout.write(`${JSON.stringify(errorDocument(progress.name, progress.verdict, error))}\n`);
    }
    if (exitCode === exitCodes.bug) throw thrown;
    printError(error, edge);
    return exitCode;
  }
}

async function dispatch(
  commands: readonly CommandEntry[],
  args: readonly string[],
  edge: ProcessEdge,
  progress: Progress,
): Promise<ExitCode> {
  if (args[0] === "--complete") {
    const { complete } = await import("./complete.ts");
    return say(edge, (await complete(commands, args.slice(1))).join("\n"));
  }
  const start = firstWord(args);
  const tail = args.slice(start);
  const end = tail.findIndex((each) => each.startsWith("-"));
  const found = findCommand(commands, end === -1 ? tail : tail.slice(0, end));
  if (found === null || "group" in found) {
    return showCommands(found === null ? commands : found.group, args, edge);
  }
  const { entry, length } = found;
  progress.name = entry.name;
  const { command } = await entry.load();
  progress.verdict = command.notRunVerdict ?? progress.verdict;
  const hint = `custody ${entry.name} --help lists the flags`;
  const rest = [...args.slice(0, start), ...tail.slice(length)];
  const parsed = parseFlags(rest, { ...command.flags, ...globalFlags }, hint);
  if (parsed.values.version) return say(edge, versionLine);
  if (parsed.values.help) {
    const { commandHelp } = await import("./help.ts");
    return say(edge, await commandHelp(entry, command, edge.stdout.columns()));
  }
  requireFlags(parsed.values, command.flags, hint);
  const positionals = parsePositionals(parsed.words, command.positionals ?? {}, hint);
  const globals = readGlobals(parsed.values, edge);
  refuseUnspoken(entry.name, command, globals);
  const running = command.handler(
    { ...parsed.values, ...positionals },
    { ...edge, globals, run: (feature, input, ports) => runFeature(feature, input, ports, edge, globals) },
  );
  edge.onBegun();
  return running;
}

/** Where the command's name starts: global flags may stand before it. */
function firstWord(args: readonly string[]): number {
  let index = 0;
  while (index < args.length && args[index]?.startsWith("-")) {
    const name = args[index]?.slice(2) ?? "";
    const flag = Object.entries(globalFlags).find(([each]) => each === name)?.[1];
    index += flag === undefined || flag.type === "boolean" ? 1 : 2;
  }
  return index;
}

async function showCommands(
  commands: readonly CommandEntry[],
  args: readonly string[],
  edge: ProcessEdge,
): Promise<ExitCode> {
  const { values } = parseFlags(args, globalFlags, "custody --help lists the commands");
  if (values.version) return say(edge, versionLine);
  const { commandsHelp } = await import("./help.ts");
  say(edge, await commandsHelp(commands, edge.stdout.columns()));
  return values.help ? exitCodes.good : exitCodes.usage;
}

function say(edge: ProcessEdge, text: string): ExitCode {
  edge.stdout.write(`${text}\n`);
  return exitCodes.good;
}

function refuseUnspoken(name: string, command: Command, globals: Globals): void {
  const speaks = command.speaks ?? commonFormats;
  for (const format of [globals.output, ...globals.reports.map((each) => each.format)]) {
    if (speaks.includes(format)) continue;
    throw new OpsError(
      "bad-usage",
      `custody ${name} does not speak ${format}`,
      `it speaks ${speaks.join(", ")}`,
    );
  }
}

/** Read from the bare words, since parsing them may be what failed. */
function asksForJson(args: readonly string[]): boolean {
  return args.some(
    (each, index) =>
      /^--output=jsonl?$/.test(each) || (each === "--output" && /^jsonl?$/.test(args[index + 1] ?? "")),
  );
}
