import yargs from "yargs";
import type { Options } from "yargs";
import type { Command, FlagDefinition } from "../run/command.ts";
import type { CommandEntry } from "./command-list.ts";
import { globalFlags } from "./global-flags.ts";

const width = { least: 60, most: 110 };

/** `custody --help`: the commands and the global flags. */
export function commandsHelp(commands: readonly CommandEntry[], columns: number): Promise<string> {
  const help = blank(columns)
    .usage("custody keeps the chain of custody of production data.\n\nUsage: custody <command> [flags]")
    .epilogue("custody <command> --help shows the flags of one command.");
  for (const { name, aliases, describe } of commands) {
    help.command([name, ...(aliases ?? [])], describe);
  }
  addFlags(help, globalFlags, "Flags of every command:");
  return help.getHelp();
}

/** `custody COMMAND --help`. */
export function commandHelp(entry: CommandEntry, command: Command, columns: number): Promise<string> {
  const positionals = Object.entries(command.positionals ?? {});
  const words = positionals.map(([name, each]) => {
    const shown = `${name.toUpperCase()}${each.repeatable ? "…" : ""}`;
    return each.required ? shown : `[${shown}]`;
  });
  const help = blank(columns).usage(
    `${["Usage: custody", entry.name, ...words, "[flags]"].join(" ")}\n\n${entry.describe}${
      entry.aliases === undefined
        ? ""
        : `\nAlso: ${entry.aliases.map((each) => `custody ${each}`).join(", ")}`
    }${positionals.map(([name, each]) => `\n\n  ${name.toUpperCase()}  ${each.describe}`).join("")}`,
  );
  addFlags(help, command.flags, "Flags:");
  addFlags(help, globalFlags, "Flags of every command:");
  for (const [line, describe] of command.examples ?? []) help.example(line, describe);
  return help.getHelp();
}

type Help = ReturnType<typeof blank>;

function blank(columns: number) {
  return yargs([])
    .scriptName("custody")
    .locale("en")
    .help(false)
    .version(false)
    .exitProcess(false)
    .wrap(Math.min(Math.max(columns, width.least), width.most));
}

function addFlags(help: Help, flags: Readonly<Record<string, FlagDefinition>>, group: string): void {
  // This instance parses nothing: a flag's name may carry what stands for its value.
  for (const [name, flag] of Object.entries(flags)) {
    help.option(flag.value === undefined ? name : `${name} ${flag.value}`, { ...describeFlag(flag), group });
  }
}

function describeFlag(flag: FlagDefinition): Options {
  const notes = [
    ...(flag.choices === undefined ? [] : [flag.choices.join(", ")]),
    ...(flag.default === undefined ? [] : [`default ${flag.default}`]),
    ...(flag.required ? ["required"] : []),
    ...(flag.repeatable ? ["repeatable"] : []),
  ];
  return { describe: `${flag.describe}${notes.length === 0 ? "" : ` [${notes.join("; ")}]`}` };
}
