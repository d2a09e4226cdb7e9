import { judgeCommandSent } from "../../../destruction/redis/judge-command-sent.ts";
import type { Destruction } from "../../../destruction/destruction.ts";
import { isRedisCommand, judgedCommands, redisCommands } from "../../../destruction/redis/commands.ts";
import { openNameTable } from "../../../wire/redis/name-table.ts";
import type { IsWatched } from "../../../wire/redis/command-reader.ts";
import { nameOf, showWord } from "../../../wire/redis/show-word.ts";
import { splitCommand } from "../../../wire/redis/split-command.ts";

/** A command of the client's, in words. */
export interface SessionCommand {
  /** The first word, in capitals. */
  readonly name: string;
  /** The words behind it. */
  readonly rest: readonly string[];
  /** There are more. */
  readonly isCut: boolean;
  /** How many words there are, the first one too. */
  readonly count: number;
  readonly destruction: Destruction | null;
  /** Known, answered once, and nothing that the session or anybody else must know of. */
  readonly isPlain: boolean;
}

/** What the session must follow to know who speaks, and how often a command is answered. */
const followed: ReadonlySet<string> = new Set(
  `AUTH CLIENT DISCARD EXEC HELLO MONITOR MULTI PSYNC REPLCONF RESET SELECT SYNC WATCH
  PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE UNSUBSCRIBE`.split(/\s+/u),
);

const never = 2 ** 31;

const watchedFrom = openNameTable(
  new Map(
    [...redisCommands].map((name) => [name, followed.has(name) ? 1 : (judgedCommands.get(name) ?? never)]),
  ),
);

/** A command that is not in the table is looked at, whatever it is. */
export const isWatchedCommand: IsWatched = (bytes, from, to, words) => words >= watchedFrom(bytes, from, to);

/** Words that are looked at, of one command: enough for whatever is judged by all of its words. */
const mostWords = 4096;

/** Null: no command, for a quote in the line does not close. The name is empty where there is no word. */
export function readCommand(bytes: Uint8Array): SessionCommand | null {
  const split = splitCommand(bytes, mostWords);
  if (split === null) return null;
  const [first, ...others] = split.words;
  // A name that is longer than what is looked at is none that is known.
  if (first === undefined && split.isCut)
    return { ...empty, isCut: true, count: split.count, destruction: judgeCommandSent(nameless) };
  if (first === undefined) return empty;
  const name = nameOf(first);
  const isJudged = !isRedisCommand(name) || split.words.length >= (judgedCommands.get(name) ?? never);
  const isPlain = !isJudged && !followed.has(name);
  if (isPlain) return { ...empty, name, isPlain, count: split.count };
  const rest = others.map(showWord);
  const destruction = isJudged ? judgeCommandSent({ name, rest, isCut: split.isCut }) : null;
  const isQuiet = destruction === null && !followed.has(name);
  return { name, rest, isCut: split.isCut, count: split.count, destruction, isPlain: isQuiet };
}

const nameless = { name: "", rest: [], isCut: true };

const empty: SessionCommand = {
  count: 0,
  name: "",
  rest: [],
  isCut: false,
  destruction: null,
  isPlain: false,
};
