import { asElement, documentLength, MalformedBson } from "./bson.ts";
import type { Element } from "./bson.ts";
import { headerBytes, opcodes } from "./opcodes.ts";
import type { Interest } from "./reader.ts";

/** The answer to a message that was let through. Null: it cannot be read. */
export interface Answer {
  readonly responseTo: number;
  readonly document: Element | null;
}

/** Answers to what destroys are small. */
const longestAnswer = 1 << 20;

/** The server's answers that somebody waits for. */
export function serverInterest(isAwaited: (responseTo: number) => boolean): Interest<Answer> {
  return {
    isNote: false,
    needs(bytes, at, _have, length) {
      return isAwaited(bytes.readInt32LE(at + 8)) ? Math.min(length, longestAnswer) : 0;
    },
    see(message, length) {
      const responseTo = message.readInt32LE(8);
      return { responseTo, document: message.length === length ? readAnswer(message) : null };
    },
  };
}

/** The one document of an OP_MSG or an OP_REPLY. */
function readAnswer(message: Buffer): Element | null {
  const opcode = message.readInt32LE(12);
  const isMessage = opcode === opcodes.message && message[headerBytes + 4] === 0;
  if (!isMessage && opcode !== opcodes.reply) return null;
  const at = headerBytes + (isMessage ? 5 : 20);
  try {
    return asElement(message, at, at + documentLength(message, at, message.length));
  } catch (error) {
    if (error instanceof MalformedBson) return null;
    throw error;
  }
}
