import type { Command } from "../run/command.ts";
import type { CommandEntry } from "./command-list.ts";
import { globalFlags } from "./global-flags.ts";

/** What may stand where the last of these words is being typed; empty where only the user (or a file name) knows. */
export async function complete(
  commands: readonly CommandEntry[],
  words: readonly string[],
): Promise<readonly string[]> {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const entry = commands.find((each) =>
    [each.name, ...(each.aliases ?? [])].some((name) => startsWith(before, name.split(" "))),
  );
  const offered =
    entry === undefined
      ? namesAfter(commands, before)
      : offerFlags((await entry.load()).command, before, typed);
  return offered.filter((each) => each.startsWith(typed));
}

/** The next word of every command that begins with these. */
function namesAfter(commands: readonly CommandEntry[], before: readonly string[]): readonly string[] {
  const next = commands.flatMap((each) => {
    const name = each.name.split(" ");
    const word = name[before.length];
    return word !== undefined && startsWith(name, before) ? [word] : [];
  });
  return [...new Set(next)];
}

function offerFlags(command: Command, before: readonly string[], typed: string): readonly string[] {
  const flags: Command["flags"] = { ...command.flags, ...globalFlags };
  const previous = before.at(-1)?.replace(/^--/, "") ?? "";
  const waiting = before.at(-1)?.startsWith("--")
    ? Object.entries(flags).find(([name]) => name === previous)?.[1]
    : undefined;
  if (waiting !== undefined && waiting.type !== "boolean") return waiting.choices ?? [];
  if (typed.startsWith("-")) return Object.keys(flags).map((name) => `--${name}`);
  return Object.values(command.positionals ?? {}).flatMap((each) => each.choices ?? []);
}

function startsWith(words: readonly string[], start: readonly string[]): boolean {
  return start.every((word, index) => words[index] === word);
}
