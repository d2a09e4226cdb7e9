import { hole, type Destruction } from "../destruction.ts";
import type { DestructionKind } from "../kinds.ts";
import { programName, type Command, type CommandWord } from "./command.ts";
import { hasOption, readOptions, type ReadWords } from "./read-options.ts";

/** A command of a tool that destroys by itself, without any language inside of it. */
export interface DestroyingCommand {
  /** The program, or several by `|`. */
  readonly program: string;
  /** Its first operands, each one word or several by `|`; `*` is any one. Empty when every call of the program destroys. */
  readonly operands: readonly string[];
  /** One of these options must be there, with a value when written `-limit=0`. */
  readonly with: readonly string[];
  /** None of these may. */
  readonly without: readonly string[];
  readonly kind: DestructionKind;
  /** Options of the program that take a value. */
  readonly valued: ReadonlySet<string>;
  /** What its first name after the operands must look like, where only some of what it may name holds data. */
  readonly only: RegExp | null;
  /** Not with more operands than these: `nats kv del BUCKET KEY` deletes a key. */
  readonly most: number;
  /** Whether its operands are a list of things to do, any of which may be this: the tasks of rake, the goals of Maven. */
  readonly isTask: boolean;
}

const asks = ["--help", "-?", "--version", "--dry-run", "-help", "--dryrun", "--what-if", "--whatif"];

/** One line of a table: `"kubectl", "delete namespace|ns"`. */
export function destroys(
  program: string,
  operands: string,
  form: {
    with?: string;
    without?: string;
    kind?: DestructionKind;
    valued?: string;
    only?: RegExp;
    most?: number;
    isTask?: boolean;
  } = {},
): DestroyingCommand {
  const split = (list: string | undefined) => (list ?? "").split(" ").filter((word) => word !== "");
  return {
    program,
    operands: split(operands),
    with: split(form.with),
    without: [...asks, ...split(form.without)],
    kind: form.kind ?? "server",
    valued: new Set(split(form.valued)),
    only: form.only ?? null,
    most: form.most ?? Infinity,
    isTask: form.isTask ?? false,
  };
}

export type CommandTable = ReadonlyMap<string, readonly DestroyingCommand[]>;

export function tabulate(commands: readonly DestroyingCommand[]): CommandTable {
  const table = new Map<string, DestroyingCommand[]>();
  for (const command of commands) {
    for (const program of command.program.split("|")) {
      table.set(program, [...(table.get(program) ?? []), command]);
    }
  }
  return table;
}

/** The first line of the table that a command fits. Null when the program is not in it. */
export function judgeByTable(command: Command, table: CommandTable): readonly Destruction[] | null {
  const [program, ...rest] = command.words;
  if (program === undefined) return null;
  const name = programName(program);
  const lines = table.get(name);
  if (lines === undefined) return null;
  for (const line of lines) {
    const read = fromTask(line, readOptions(rest, line.valued));
    if (!fits(line, read)) continue;
    const after = read.operands.slice(line.operands.length);
    if (line.only !== null && !after.some(({ text }) => isHole(text) || line.only?.test(text) === true))
      continue;
    const matched = read.operands
      .filter((_, index) => (line.operands[index] ?? "*") !== "*")
      .map(({ text }) => text);
    const named = line.operands.at(-1) === "*" ? read.operands.slice(line.operands.length - 1) : after;
    return [
      {
        kind: line.kind,
        what: [name, ...matched, ...line.with.filter((flag) => hasOption(read, [flag])).slice(0, 1)].join(
          " ",
        ),
        names: (line.isTask ? [] : named).map(readName).filter((text) => text !== ""),
        at: program.at,
        certainty: "certain",
      },
    ];
  }
  return [];
}

/** The operands from the task on that it is about. */
function fromTask(line: DestroyingCommand, read: ReadWords): ReadWords {
  if (!line.isTask) return read;
  const first = read.operands.findIndex(({ text }) => isOneOf(text, line.operands[0] ?? ""));
  return first <= 0 ? read : { ...read, operands: read.operands.slice(first) };
}

const holes = new RegExp(`${hole}+`, "g");
const isHole = (text: string) => text.replaceAll(hole, "") === "";

const readName = ({ text }: CommandWord) => text.replaceAll(holes, "…");

function fits(line: DestroyingCommand, read: ReadWords): boolean {
  const matches = line.operands.every((pattern, index) => {
    const word = read.operands[index]?.text;
    return word !== undefined && isOneOf(word, pattern);
  });
  if (!matches || read.operands.length > line.most) return false;
  if (!line.valued.has("-h") && hasOption(read, ["-h"])) return false;
  if (line.without.some((option) => isGiven(option, read))) return false;
  return line.with.length === 0 || line.with.some((option) => isGiven(option, read));
}

const isOneOf = (word: string, pattern: string) =>
  pattern === "*" || pattern.split("|").some((name) => isNamed(word, name));

/** `pvc`, `pvc/data-0` and `deployment,pvc` all name a pvc. */
const isNamed = (word: string, name: string) =>
  word === name ||
  (name.endsWith("*") && word.startsWith(name.slice(0, -1))) ||
  word.startsWith(`${name}/`) ||
  (word.includes(",") && word.split(",").includes(name));

/** `--volumes` as it is, `-limit=0` with its value, `destroy` as an operand anywhere. */
function isGiven(option: string, read: ReadWords): boolean {
  const equals = option.indexOf("=");
  const flag = equals === -1 ? option : option.slice(0, equals);
  if (!flag.startsWith("-")) return read.operands.some(({ text }) => text === option);
  return read.options.some(
    (given) =>
      given.flag === flag &&
      (equals === -1 ? isOn(given.value) : given.value?.text === option.slice(equals + 1)),
  );
}

/** `--dry-run=none` and `--volumes=false` are as if not given. */
const isOn = (value: CommandWord | null) => value === null || !/^(?:none|false|no|0)$/i.test(value.text);
