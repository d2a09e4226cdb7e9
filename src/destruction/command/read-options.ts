import { tail, type CommandWord } from "./command.ts";

export interface ReadOption {
  /** As written, with its dashes, without a joined value: `-c`, `--command`, `-database`. */
  readonly flag: string;
  readonly value: CommandWord | null;
}

export interface ReadWords {
  readonly options: readonly ReadOption[];
  /** What is no option, in order; after `--` everything. */
  readonly operands: readonly CommandWord[];
  /** Where `--` stood: how many operands came before it. Null without one. */
  readonly split: number | null;
}

/**
 * Takes the words after a program's name apart, as getopt and the flag packages of Go do: `-c x`, `-cx`, `-lc x`, `--command x`,
 * `--command=x`, `-database=x`. `valued` names the options that take a value (`-p?` one that is joined, if there is any); any other is
 * taken for a switch.
 * With `stop`, the first word that is no option ends them: it and all that follow are operands.
 */
export function readOptions(
  words: readonly CommandWord[],
  valued: ReadonlySet<string>,
  stop: "at-operand" | "never" = "never",
): ReadWords {
  const options: ReadOption[] = [];
  const operands: CommandWord[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined) break;
    if (word.text === "--") {
      const split = operands.length;
      operands.push(...words.slice(index + 1));
      return { options, operands, split };
    }
    if (!word.text.startsWith("-") || word.text === "-") {
      if (stop === "at-operand") {
        operands.push(...words.slice(index));
        return { options, operands, split: null };
      }
      operands.push(word);
      continue;
    }
    const read = readOption(word, valued);
    const next = words[index + 1];
    if (read.awaits !== null && next !== undefined) {
      options.push(...read.options, { flag: read.awaits, value: next });
      index += 1;
    } else {
      options.push(...read.options);
      if (read.awaits !== null) options.push({ flag: read.awaits, value: null });
    }
  }
  return { options, operands, split: null };
}

function readOption(
  word: CommandWord,
  valued: ReadonlySet<string>,
): { readonly options: readonly ReadOption[]; readonly awaits: string | null } {
  const equals = word.text.indexOf("=");
  const flag = equals === -1 ? word.text : word.text.slice(0, equals);
  if (valued.has(word.text)) return { options: [], awaits: word.text };
  if (word.text.startsWith("--") || valued.has(flag)) {
    return { options: [{ flag, value: equals === -1 ? null : tail(word, equals + 1) }], awaits: null };
  }
  const options: ReadOption[] = [];
  for (let index = 1; index < word.text.length; index += 1) {
    const letter = `-${word.text[index]}`;
    if (valued.has(`${letter}?`)) {
      options.push({ flag: letter, value: tail(word, index + 1) });
      return { options, awaits: null };
    }
    if (!valued.has(letter)) {
      options.push({ flag: letter, value: null });
      continue;
    }
    if (index === word.text.length - 1) return { options, awaits: letter };
    options.push({ flag: letter, value: tail(word, index + 1) });
    return { options, awaits: null };
  }
  // A long option after one dash is told as a whole as well: `-auto-approve`, `-verbose`.
  if (word.text.length > 2) options.push({ flag, value: equals === -1 ? null : tail(word, equals + 1) });
  return { options, awaits: null };
}

/** The values of every option that bears one of these names. */
export function valuesOf(read: ReadWords, flags: readonly string[]): readonly CommandWord[] {
  return read.options.flatMap(({ flag, value }) => (flags.includes(flag) && value !== null ? [value] : []));
}

export function hasOption(read: ReadWords, flags: readonly string[]): boolean {
  return read.options.some(({ flag }) => flags.includes(flag));
}
