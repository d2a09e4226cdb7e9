import type { SqlEffect } from "../../../destruction/sql/wire/judgement.ts";
import type { SqlState } from "../../../destruction/sql/wire/sql-state.ts";
import { client } from "../../../wire/postgres/message-types.ts";
import { keptName, latin1, longestName } from "../../../wire/postgres/text.ts";
import { errorResponse } from "../../../wire/postgres/write-server.ts";
import { createLedBackslash, otherStates } from "./judge-either.ts";
import type { SqlTextStream } from "./recogniser.ts";
import { mayHaveSet } from "./planned.ts";
import type { ReadingOptions } from "./reading.ts";

/** What is asked of a statement that is longer than is read whole: the same for all that it could destroy. */
const refused = {
  severity: "ERROR",
  code: "42501",
  message: "custody refuses a destruction within a message that is too long to be read whole",
  detail: "what it holds could not be decided on before it was sent: nothing of it was executed",
  hint: "send what destroys in a statement of its own",
} as const;

interface LongText {
  readonly type: number;
  readonly cycle: number;
  /** As the server may read it: in one way, or in more where it is not known what is set. */
  readonly streams: readonly SqlTextStream[];
  readonly isLed: ((piece: Uint8Array) => boolean) | null;
  /** Where in the message the reader stands: its five bytes of header, a Parse's name, the text, what is behind it. */
  header: number;
  isInName: boolean;
  name: string;
  isInText: boolean;
}

/**
 * A Query or Parse that streams through: its text is judged as it passes, in flat memory. Where it may destroy it is spoilt, and its error
 * replaced. The server executes nothing before it has the whole message.
 */
export function createLongText(options: ReadingOptions & { readonly state: SqlState }): {
  piece(type: number, piece: Uint8Array, isFirst: boolean, isLast: boolean): boolean;
} {
  const { book, cycles, standIns, sent, recogniser, state, context, outcomes } = options;
  let text: LongText | null = null;

  function begin(type: number): LongText {
    // What was sent before, and is not answered, may set how strings are read.
    const isUnsure = cycles.answering() < cycles.sending() || mayHaveSet(sent);
    return {
      type,
      cycle: cycles.sending(),
      streams: [state, ...(isUnsure ? otherStates(state) : [])].map((each) =>
        recogniser.openStream({ ...each }),
      ),
      isLed: isUnsure ? createLedBackslash() : null,
      header: 5,
      isInName: type === client.parse,
      name: "",
      isInText: true,
    };
  }

  function read(message: LongText, bytes: Uint8Array, isLast: boolean): boolean {
    const skipped = Math.min(message.header, bytes.length);
    message.header -= skipped;
    const from = message.isInName ? readName(message, bytes, skipped) : skipped;
    if (!message.isInText || from >= bytes.length) return true;
    const nul = bytes.indexOf(0, from);
    const isEnd = nul >= 0;
    // Behind the NUL of a Query there is nothing; whoever sends more hides it from nobody.
    if (isEnd && message.type === client.query && !(isLast && nul === bytes.length - 1)) return false;
    const piece = bytes.subarray(from, isEnd ? nul : bytes.length);
    if (message.isLed?.(piece) === true) return false;
    for (const stream of message.streams) if (!stream.push(piece)) return false;
    return !isEnd || end(message);
  }

  function end(message: LongText): boolean {
    message.isInText = false;
    for (const stream of message.streams) {
      const { destructions, effects } = stream.end();
      if (destructions.length > 0 || effects.some(({ type }) => unfollowed.has(type))) return false;
      if (effects.length === 0) continue;
      if (message.type === client.parse) return false;
      outcomes.blur();
    }
    if (message.type === client.parse) book.prepare(keptName(message.name), null, message.cycle);
    return true;
  }

  return {
    piece(type, piece, isFirst, isLast) {
      if (type !== client.query && type !== client.parse) return true;
      try {
        if (isFirst) text = begin(type);
        const isBehind = type === client.query && isFirst && sent.extended !== sent.extendedBefore;
        if (isBehind)
          options.fail("08P01", "a Query behind messages of the extended protocol that no Sync ended");
        // The commands of a walsender are no SQL, and none is long.
        if (!isBehind && !options.isReplication && text !== null && read(text, piece, isLast)) return true;
      } catch (error) {
        context.warn(
          `a bug in custody's recogniser: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
      standIns.spoil(text?.cycle ?? cycles.sending(), errorResponse(refused));
      text = null;
      return false;
    },
  };
}

/** Reads on to the NUL that ends the name. */
function readName(message: LongText, bytes: Uint8Array, from: number): number {
  const nul = bytes.indexOf(0, from);
  const end = nul < 0 ? bytes.length : nul;
  const room = longestName - message.name.length;
  message.name += latin1(bytes, from, Math.min(end, from + room));
  message.isInName = nul < 0;
  return message.isInName ? bytes.length : nul + 1;
}

/** What has to be decided on, or known, before it is run. What is closed by it is kept, as it may be there still. */
const unfollowed: ReadonlySet<SqlEffect["type"]> = new Set(["execute", "plan", "prepare", "set-role"]);
