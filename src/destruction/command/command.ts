import type { SqlParser } from "../../postgres/parse-sql.ts";
import type { Destruction } from "../destruction.ts";

/** A word of a simple command after expansion, and where it begins in the text that is judged. */
export interface CommandWord {
  readonly text: string;
  readonly at: number;
}

/** One simple command. */
export interface Command {
  /** The first is the program; never empty. */
  readonly words: readonly CommandWord[];
  /** What is piped or here-documented into it, as far as that is known. */
  readonly input: CommandWord | null;
}

export interface CommandPorts {
  readonly parseSql: SqlParser;
  /** Judges a script for a shell; `at` counts from its start. */
  readonly judgeScript: (script: string) => readonly Destruction[];
}

/**
 * The program's name without folder, extension and a leading backslash: `/usr/bin/psql`, `\psql`, `psql.exe` are `psql`. A file of a
 * package goes by the package: `node_modules/typeorm/cli.js` is `typeorm`.
 */
export function programName(word: CommandWord): string {
  const installed = /node_modules\/(?!\.bin\/)(?:@[^/]+\/)?([^/]+)\/.*\.[cm]?js$/.exec(word.text);
  if (installed?.[1] !== undefined) return installed[1];
  const name = word.text.slice(Math.max(word.text.lastIndexOf("/"), word.text.lastIndexOf("\\")) + 1);
  return name.replace(/\.(?:exe|cmd|bat)$/i, "");
}

/** Moves what was found in a word to where the word stands. */
export function within(word: CommandWord, found: readonly Destruction[]): readonly Destruction[] {
  return found.map((destruction) => ({ ...destruction, at: word.at + destruction.at }));
}

/** The rest of a word from `index` on. */
export function tail(word: CommandWord, index: number): CommandWord {
  return { text: word.text.slice(index), at: word.at + index };
}
