import type { SqlEffect } from "../../../destruction/sql/wire/judgement.ts";
import type { SqlState } from "../../../destruction/sql/wire/sql-state.ts";
import { client } from "../../../wire/postgres/message-types.ts";
import { keptName } from "../../../wire/postgres/text.ts";
import { errorResponse } from "../../../wire/postgres/write-server.ts";
import { applyEffect } from "./apply-effect.ts";
import type { SqlTextStream } from "./recogniser.ts";
import type { ReadingOptions } from "./reading.ts";

/** What is asked of a statement that is longer than is read whole: the same for all that it could destroy. */
const refused = {
  severity: "ERROR",
  code: "42501",
  message: "custody refuses a destruction within a message that is too long to be read whole",
  detail: "what it holds could not be decided on before it was sent: nothing of it was executed",
  hint: "send what destroys in a statement of its own",
} as const;

/**
 * A Query or Parse that streams through: its text is judged as it passes, in flat memory. Where it may destroy it is spoilt, and its error
 * replaced. The server executes nothing before it has the whole message.
 */
export function createLongText(options: ReadingOptions & { readonly state: SqlState }): {
  piece(type: number, piece: Uint8Array, isFirst: boolean, isLast: boolean): boolean;
} {
  const { book, cycles, standIns, recogniser, state, context } = options;
  let text: SqlTextStream | null = null;
  /** Where in the message the reader stands: its five bytes of header, a Parse's name, the text, what is behind it. */
  let header = 5;
  let isInName = false;
  let name: string[] = [];
  let isInText = false;

  /** Reads on to the NUL that ends the name. */
  function readName(bytes: Uint8Array, from: number): number {
    const nul = bytes.indexOf(0, from);
    const end = nul < 0 ? bytes.length : nul;
    if (name.length < longestName) name.push(Buffer.from(bytes.subarray(from, end)).toString("latin1"));
    isInName = nul < 0;
    return isInName ? bytes.length : nul + 1;
  }

  function read(type: number, bytes: Uint8Array, isLast: boolean): boolean {
    const skipped = Math.min(header, bytes.length);
    header -= skipped;
    const from = isInName ? readName(bytes, skipped) : skipped;
    if (!isInText || text === null || from >= bytes.length) return true;
    const nul = bytes.indexOf(0, from);
    const isEnd = nul >= 0;
    // Behind the NUL of a Query there is nothing; whoever sends more hides it from nobody.
    if (isEnd && type === client.query && !(isLast && nul === bytes.length - 1)) return false;
    if (!text.push(bytes.subarray(from, isEnd ? nul : bytes.length))) return false;
    if (!isEnd) return true;
    isInText = false;
    const { destructions, effects } = text.end();
    if (destructions.length > 0 || effects.some(({ type: effect }) => unfollowed.has(effect))) return false;
    if (effects.length > 0 && type === client.parse) return false;
    for (const effect of effects) applyEffect(effect, options);
    if (type === client.parse) book.prepare(keptName(name.join("")), null, cycles.sending());
    return true;
  }

  return {
    piece(type, piece, isFirst, isLast) {
      if (type !== client.query && type !== client.parse) return true;
      if (isFirst) {
        text = recogniser.openStream(state);
        header = 5;
        isInName = type === client.parse;
        name = [];
        isInText = true;
      }
      try {
        if (read(type, piece, isLast)) return true;
      } catch (error) {
        context.warn(
          `a bug in custody's recogniser: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
      text = null;
      standIns.spoil(type === client.query ? cycles.sending() - 1 : cycles.sending(), errorResponse(refused));
      return false;
    },
  };
}

/** What has to be decided on, or known, before it is run. */
const unfollowed: ReadonlySet<SqlEffect["type"]> = new Set(["execute", "prepare", "set-role"]);

/** Pieces of a name that are kept: one is enough for any name that a client sends. */
const longestName = 4;
