import { hole } from "../../destruction.ts";
import type { Command, CommandWord } from "../command.ts";
import { readOptions, valuesOf } from "../read-options.ts";
import type { Inner } from "./unwrap-command.ts";

const xargsValued = new Set(
  "-I -n -P -L -d -s -a -E -R -S -J --max-args --max-procs --max-lines --delimiter --arg-file --replace --max-chars".split(
    " ",
  ),
);
const parallelValued = new Set(
  "-j -P --jobs -a --arg-file --colsep -C -N -n --max-args --delay --timeout --retries --joblog --results -S --sshlogin -d -I --tmpdir --halt".split(
    " ",
  ),
);
/** More than so many words of input are not told apart. */
const mostArguments = 16;

/** The commands that run another one on each of a list: xargs, parallel, find, concurrently. Null for any other. */
export function unwrapList(name: string, command: Command): readonly Inner[] | null {
  const rest = command.words.slice(1);
  switch (name) {
    case "xargs":
    case "gxargs":
      return unwrapXargs(rest, command.input);
    case "parallel":
      return unwrapParallel(rest, command.input);
    case "find":
    case "gfind":
      return unwrapFind(rest);
    case "concurrently":
    case "npm-run-all":
      return readOptions(rest, new Set(["-n", "--names", "-c", "-m"])).operands.map((script) => ({
        is: "script",
        script,
        input: null,
      }));
    default:
      return null;
  }
}

function unwrapXargs(rest: readonly CommandWord[], input: CommandWord | null): readonly Inner[] {
  const read = readOptions(rest, xargsValued, "at-operand");
  if (read.operands.length === 0) return [];
  const given = readList(input);
  const mark = valuesOf(read, ["-I", "-J", "--replace"])[0]?.text ?? (hasSwitch(rest, "-i") ? "{}" : null);
  const inner = (words: readonly CommandWord[]): Inner => ({
    is: "command",
    command: { words, input: null },
  });
  if (mark !== null) {
    const lines = input === null ? [hole] : readLines(input);
    return lines.map((line) => inner(read.operands.map((word) => replaceMark(word, mark, line))));
  }
  const end = rest.at(-1);
  const at = end === undefined ? 0 : end.at + end.text.length;
  return [inner([...read.operands, ...given.map((text) => ({ text, at }))])];
}

const hasSwitch = (words: readonly CommandWord[], flag: string) => words.some(({ text }) => text === flag);

function readList(input: CommandWord | null): readonly string[] {
  if (input === null || input.text.includes(hole)) return [hole];
  const words = input.text.split(/\s+/).filter((word) => word !== "");
  return words.length === 0 || words.length > mostArguments ? [hole] : words;
}

function readLines(input: CommandWord): readonly string[] {
  const lines = input.text.split("\n").filter((line) => line.trim() !== "");
  return lines.length === 0 || lines.length > mostArguments ? [hole] : lines;
}

function replaceMark(word: CommandWord, mark: string, by: string): CommandWord {
  return mark === "" ? word : { text: word.text.replaceAll(mark, by), at: word.at };
}

function unwrapParallel(rest: readonly CommandWord[], input: CommandWord | null): readonly Inner[] {
  const { operands } = readOptions(rest, parallelValued, "at-operand");
  const colons = operands.findIndex(({ text }) => text.startsWith(":::"));
  const template = colons === -1 ? operands : operands.slice(0, colons);
  const given = colons === -1 ? [] : operands.slice(colons + 1).filter(({ text }) => !text.startsWith(":::"));
  const [first] = template;
  if (first === undefined) {
    if (given.length > 0) return given.map((script) => ({ is: "script", script, input: null }));
    return input === null ? [] : [{ is: "script", script: input, input: null }];
  }
  const joined = template.map(({ text }) => text).join(" ");
  const names = given.length > 0 && given.length <= mostArguments ? given.map(({ text }) => text) : [hole];
  return names.map((name) => ({
    is: "script",
    script: {
      text: /\{[^ {}]*\}/.test(joined) ? joined.replaceAll(/\{[^ {}]*\}/g, name) : `${joined} ${name}`,
      at: first.at,
    },
    input: null,
  }));
}

function unwrapFind(rest: readonly CommandWord[]): readonly Inner[] | null {
  const inner: Inner[] = [];
  for (let index = 0; index < rest.length; index += 1) {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(rest[index]?.text ?? "")) continue;
    const from = index + 1;
    while (index < rest.length && !/^\\?[;+]$/.test(rest[index]?.text ?? "")) index += 1;
    const words = rest.slice(from, index).map((word) => replaceMark(word, "{}", hole));
    if (words.length > 0) inner.push({ is: "command", command: { words, input: null } });
  }
  // `find … -delete` is judged by itself.
  return inner.length === 0 ? null : inner;
}
