import { OpsError } from "../errors.ts";
import type { Command } from "../run/command.ts";
import { didYouMean } from "./suggest.ts";

/** A command as the list knows it, before its module is loaded. */
export interface CommandEntry {
  /** The words that call it: `smoke`, `chain verify`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly describe: string;
  load(): Promise<{ readonly command: Command }>;
}

/**
 * The command that the first words name, and how many words that took. Null without words; a group alone
 * (`chain`) gives the entries below it. Throws `bad-usage` for words that name nothing.
 */
export function findCommand(
  commands: readonly CommandEntry[],
  words: readonly string[],
):
  | { readonly entry: CommandEntry; readonly length: number }
  | { readonly group: readonly CommandEntry[] }
  | null {
  if (words.length === 0) return null;
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    const entry = commands.find((each) => each.name === name || each.aliases?.includes(name));
    if (entry !== undefined && words.length >= length) return { entry, length };
  }
  const group = commands.filter((each) => each.name.startsWith(`${words[0]} `));
  if (group.length > 0 && words.length === 1) return { group };
  const names = commands.flatMap((each) => [each.name, ...(each.aliases ?? [])]);
  const unknown = words.slice(0, group.length > 0 ? 2 : 1).join(" ");
  throw new OpsError(
    "bad-usage",
    `unknown command: ${unknown}`,
    didYouMean(unknown, names, (name) => `custody ${name}`) ?? "custody --help lists the commands",
  );
}
