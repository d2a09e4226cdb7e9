import { hole, type Destruction } from "../../destruction.ts";
import { judgeRedis } from "../../redis/judge-redis.ts";
import { programName, within, type Command, type CommandWord } from "../command.ts";
import { hasOption, readOptions } from "../read-options.ts";

const programs: ReadonlySet<string> = new Set(["redis-cli", "valkey-cli", "keydb-cli", "keydb", "iredis"]);
const valued = new Set(
  "-h -p -t -s -a -u -r -i -n -D -d -X --user --pass --cert --key --cacert --cacertdir --sni --pattern --quoted-pattern --memkeys-samples --intrinsic-latency --rdb --functions-rdb --url --host --port".split(
    " ",
  ),
);

/** Judges a command of a client that speaks to Redis: the command in its words, else each line of its input. Null when it is no such client. */
export function judgeRedisClient(command: Command): readonly Destruction[] | null {
  const [program, ...rest] = command.words;
  if (program === undefined || !programs.has(programName(program))) return null;
  const read = readOptions(rest, valued, "at-operand");
  if (hasOption(read, ["--help", "--version", "--eval"])) return [];
  // `redis-cli --cluster call HOST:PORT FLUSHALL`
  const isForAll = hasOption(read, ["--cluster"]) && read.operands[0]?.text === "call";
  const words = read.operands.slice(isForAll ? 2 : 0);
  if (words.length > 0)
    return judgeWords(takesInput(read.operands, rest) ? [...words, unknown(words)] : words);
  return command.input === null ? [] : judgeRedisInput(command.input);
}

const takesInput = (operands: readonly CommandWord[], rest: readonly CommandWord[]) =>
  rest.slice(0, rest.length - operands.length).some(({ text }) => text === "-x");

const unknown = (words: readonly CommandWord[]): CommandWord => ({ text: hole, at: words[0]?.at ?? 0 });

/** One line, one command; quotes as redis-cli reads them. */
export function judgeRedisInput(input: CommandWord): readonly Destruction[] {
  const found: Destruction[] = [];
  for (const line of input.text.matchAll(/[^\r\n]+/g)) {
    const words = [
      ...line[0].matchAll(/"((?:[^"\\]|\\.)*)(?:"|\\?$)|'((?:[^'\\]|\\.)*)(?:'|\\?$)|[^\s"']+/g),
    ].map((word) => ({
      text: word[1] ?? word[2] ?? word[0],
      at: word.index,
    }));
    found.push(...within({ text: line[0], at: input.at + line.index }, judgeWords(words)));
  }
  return found;
}

/** A whole command may be one word: `redis-cli "FLUSHALL"` is no error of redis-cli, nor is a variable that holds it. */
function judgeWords(words: readonly CommandWord[]): readonly Destruction[] {
  const [first] = words;
  if (first === undefined) return [];
  const flat = words.flatMap(({ text }, index) => (index === 0 ? text.trim().split(/\s+/) : [text]));
  const destruction = judgeRedis(flat);
  return destruction === null ? [] : [{ ...destruction, at: first.at }];
}
