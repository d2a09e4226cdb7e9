import { headerBytes, opcodes } from "./opcodes.ts";
import { readMessage } from "./read-message.ts";
import type { Message } from "./read-message.ts";
import type { Interest } from "./reader.ts";

/** Commands that are sent all the time and destroy nothing, on collections that are not the server's own. */
const quiet = [
  "find",
  "insert",
  "update",
  "getMore",
  "ping",
  "count",
  "distinct",
  "killCursors",
  "endSessions",
].map((each) => Buffer.from(`${each}\0`));
/** Behind the length of a text: the server's own collections (`system.users`). */
const systemPrefix = Buffer.from("system.");
const textType = 0x02;

/** Where the body's first element stands when the body is the first section: header, flags, kind, length. */
const firstElement = headerBytes + 4 + 1 + 4;
/** So many bytes show the name of every quiet command and the beginning of its collection. */
const enough = firstElement + 1 + 12 + 4 + systemPrefix.length;

/**
 * A client's messages, but for the quiet ones, of which the number alone is told. A message of up to `wholeBytes` is seen whole, of a longer one so many
 * bytes.
 */
export function clientInterest(
  wholeBytes: number,
  quietNumber: (requestId: number) => void,
): Interest<Message> {
  return {
    isNote: false,
    needs(bytes, at, have, length) {
      if (bytes.readInt32LE(at + 12) === opcodes.message) {
        if (have < Math.min(enough, length)) return Math.min(enough, length);
        if (isQuiet(bytes, at, at + have)) {
          quietNumber(bytes.readInt32LE(at + 4));
          return 0;
        }
      }
      return Math.min(length, Math.max(wholeBytes, enough));
    },
    see: (message, length) => readMessage(message, message.length === length),
  };
}

/** OP_MSG whose first section is the body and names a quiet command. */
function isQuiet(bytes: Buffer, at: number, end: number): boolean {
  if (bytes[at + headerBytes + 4] !== 0) return false;
  // Flags that are to be known: none but the checksum and moreToCome.
  if (((bytes[at + headerBytes] ?? 0) & 0xfc) !== 0 || bytes[at + headerBytes + 1] !== 0) return false;
  const name = at + firstElement + 1;
  const found = quiet.find((each) => startsAt(each, bytes, name, end));
  if (found === undefined) return false;
  const isText = bytes[at + firstElement] === textType;
  return !isText || !startsAt(systemPrefix, bytes, name + found.length + 4, end);
}

function startsAt(text: Buffer, bytes: Buffer, at: number, end: number): boolean {
  if (end - at < text.length) return false;
  for (let index = 0; index < text.length; index += 1) if (bytes[at + index] !== text[index]) return false;
  return true;
}
