/**
 * Finds where the replies of a server end, RESP2 and RESP3, however its bytes are cut, and keeps of each only what tells whose it is.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export interface ReplyReader {
  /** Reads on from `at` to behind the next reply or push, or to the end of the bytes. `at` is 0 exactly for bytes that are new. */
  read(bytes: Uint8Array, at: number): number;
  readonly event: "more" | "reply" | "broken";
  /** The byte that the reply begins with, once it has come; 0 between two. An attribute is part of what it precedes. */
  readonly type: number;
  /** No reply has begun that has not ended: something else may stand here. */
  readonly isBetween: boolean;
  /** Null, in either protocol. */
  readonly isNull: boolean;
  /** Of a line (`+ - : # , (`): what it says, up to 512 bytes. Of a bulk string and its kin: how it begins, up to 512 bytes. */
  text(): string;
  /** Of an array or a push: the first word in it, up to 32 bytes; the last integer in it. */
  firstWord(): string;
  readonly lastInteger: number;
  /** Told of each element of an array while set: what it begins with, and a line's text. */
  element: ((type: number, text: string) => void) | null;
}

export const replyType = {
  simple: 0x2b,
  error: 0x2d,
  integer: 0x3a,
  bulk: 0x24,
  array: 0x2a,
  bulkError: 0x21,
  push: 0x3e,
} as const;

// Where in a reply the next byte stands.
const between = 0;
const line = 1;
const lineLf = 2;
const payload = 3;
const payloadCr = 4;
const payloadLf = 5;

/** Nobody's data is as deep. */
const deepest = 4096;

export function openReplyReader(): ReplyReader {
  let phase = between;
  let event: ReplyReader["event"] = "more";
  let type = 0;
  let isNull = false;
  /** Of what is being read: the first byte, and its line so far. */
  let mark = 0;
  const text = Buffer.alloc(512);
  let textLength = 0;
  const word = Buffer.alloc(32);
  let wordLength = 0;
  let hasWord = false;
  let lastInteger = 0;
  let left = 0;
  /** The chunks of a streamed string are being read. */
  let isStreamed = false;
  /** How many elements are to come in each array that is open; -1: until its end is told. */
  const toCome: number[] = [];
  const marks: number[] = [];

  const isOutside = (byte: number): boolean => byte === 0x3e || byte === 0x7c;

  /** A number in the line; NaN when it is none. */
  const readNumber = (): number => {
    const first = text[0] === 0x2d ? 1 : 0;
    if (textLength === first || textLength > 19) return NaN;
    let value = 0;
    for (let at = first; at < textLength; at += 1) {
      const byte = text[at] ?? 0;
      if (byte < 0x30 || byte > 0x39) return NaN;
      value = value * 10 + byte - 0x30;
    }
    return first === 1 ? -value : value;
  };

  /** One value has ended, the last one that its array waits for perhaps. Pushes and attributes count nowhere. */
  const complete = (ended: number): ReplyReader["event"] => {
    let last = ended;
    phase = between;
    for (;;) {
      const depth = toCome.length;
      if (depth === 0) {
        if (last === 0x7c) {
          type = 0;
          return "more";
        }
        return "reply";
      }
      if (isOutside(last)) return "more";
      if (depth === 1) noteElement(last);
      const rest = toCome[depth - 1] ?? 0;
      if (rest < 0) return "more";
      toCome[depth - 1] = rest - 1;
      if (rest > 1) return "more";
      toCome.pop();
      last = marks.pop() ?? 0;
    }
  };

  const noteElement = (byte: number): void => {
    reader.element?.(byte, byte === mark ? text.toString("latin1", 0, textLength) : "");
    if (!hasWord && (byte === 0x24 || byte === 0x2b) && byte === mark) {
      wordLength = Math.min(textLength, word.length);
      text.copy(word, 0, 0, wordLength);
    }
    hasWord = true;
    if (byte === 0x3a) lastInteger = readNumber();
  };

  const open = (count: number): ReplyReader["event"] => {
    if (count === 0) return complete(mark);
    if (toCome.length === deepest) return "broken";
    toCome.push(count);
    marks.push(mark);
    phase = between;
    return "more";
  };

  /** A line has come whole. */
  const take = (): ReplyReader["event"] => {
    switch (mark) {
      case 0x2b:
      case 0x2d:
      case 0x3a:
      case 0x2c:
      case 0x23:
      case 0x28:
        return complete(mark);
      case 0x5f:
        if (toCome.length === 0) isNull = true;
        return complete(mark);
      case 0x2e:
        return endStreamed();
      default:
        return takeCount();
    }
  };

  /** `.`: the array of unknown length that is open has no more. */
  const endStreamed = (): ReplyReader["event"] => {
    if (toCome.pop() !== -1) return "broken";
    return complete(marks.pop() ?? 0);
  };

  const takeCount = (): ReplyReader["event"] => {
    const isUnknown = textLength === 1 && text[0] === 0x3f;
    const count = isUnknown ? -1 : readNumber();
    if (Number.isNaN(count) || (count < 0 && !isUnknown && count !== -1)) return "broken";
    switch (mark) {
      case 0x2a:
      case 0x7e:
      case 0x3e:
        if (count === -1 && !isUnknown) return completeNull();
        return open(count);
      case 0x25:
      case 0x7c:
        return open(count < 0 ? count : count * 2);
      case 0x24:
      case 0x21:
      case 0x3d:
        if (isUnknown) {
          isStreamed = true;
          textLength = 0;
          phase = between;
          return "more";
        }
        return count === -1 ? completeNull() : beginPayload(count);
      default:
        return "broken";
    }
  };

  const completeNull = (): ReplyReader["event"] => {
    if (toCome.length === 0) isNull = true;
    textLength = 0;
    return complete(mark);
  };

  const beginPayload = (count: number): ReplyReader["event"] => {
    left = count;
    textLength = 0;
    phase = count === 0 ? payloadCr : payload;
    return "more";
  };

  /** `;LENGTH`: a chunk of a streamed string; of length 0, its end. */
  const takeChunk = (): ReplyReader["event"] => {
    const count = readNumber();
    if (!(count >= 0)) return "broken";
    if (count > 0) return beginPayload(count);
    isStreamed = false;
    return complete(mark);
  };

  const begin = (byte: number): ReplyReader["event"] => {
    textLength = 0;
    phase = line;
    if (isStreamed) return byte === 0x3b ? "more" : "broken";
    mark = byte;
    if (toCome.length === 0) {
      type = byte;
      isNull = false;
      wordLength = 0;
      hasWord = false;
    }
    return "more";
  };

  const readLine = (bytes: Uint8Array, from: number): number => {
    let at = from;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === 0x0d) {
        phase = lineLf;
        return at + 1;
      }
      if (textLength < text.length) {
        text[textLength] = byte;
        textLength += 1;
      }
    }
    return at;
  };

  const readPayload = (bytes: Uint8Array, at: number): number => {
    const taken = Math.min(left, bytes.length - at);
    const kept = Math.min(taken, text.length - textLength);
    for (let index = 0; index < kept; index += 1) text[textLength + index] = bytes[at + index] ?? 0;
    textLength += kept;
    left -= taken;
    if (left === 0) phase = payloadCr;
    return at + taken;
  };

  const step = (byte: number): ReplyReader["event"] => {
    switch (phase) {
      case between:
        return begin(byte);
      case lineLf:
        if (byte !== 0x0a) return "broken";
        return isStreamed ? takeChunk() : take();
      case payloadCr:
        phase = payloadLf;
        return byte === 0x0d ? "more" : "broken";
      default:
        if (byte !== 0x0a) return "broken";
        phase = between;
        return isStreamed ? "more" : complete(mark);
    }
  };

  const reader = {
    element: null as ReplyReader["element"],
    get event() {
      return event;
    },
    get type() {
      return type;
    },
    get isBetween() {
      return phase === between && toCome.length === 0 && !isStreamed && (event === "reply" || type === 0);
    },
    get isNull() {
      return isNull;
    },
    get lastInteger() {
      return lastInteger;
    },
    text: () => text.toString("latin1", 0, textLength),
    firstWord: () => word.toString("latin1", 0, wordLength),
    read(bytes: Uint8Array, from: number): number {
      if (event === "broken") return from;
      if (event === "reply") type = 0;
      event = "more";
      let at = from;
      while (at < bytes.length && event === "more") {
        if (phase === line) at = readLine(bytes, at);
        else if (phase === payload) at = readPayload(bytes, at);
        else {
          event = step(bytes[at] ?? 0);
          at += 1;
        }
      }
      return at;
    },
  };
  return reader;
}
