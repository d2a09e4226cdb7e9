import { longestLine } from "./command-limits.ts";
import type { CommandLimits } from "./command-limits.ts";

/** Whether a command is of interest, by its first word and the number of its words. */
export type IsWatched = (bytes: Uint8Array, from: number, to: number, words: number) => boolean;

/**
 * Finds where the commands of a client end, however its bytes are cut, and keeps none of them. Stricter than the server in two things: a
 * line ends in CR LF, where Redis takes any byte behind the CR, and a line typed by hand has no NUL, on which Redis waits for ever.
 */
export interface CommandReader {
  /**
   * Reads on from `at`, over commands that nobody watches, and returns where it stopped: behind one that is watched, or at the end of the
   * bytes. `at` is 0 exactly for bytes that are new.
   */
  read(bytes: Uint8Array, at: number): number;
  /** `command`: one that is watched, an empty one, or a line typed by hand has ended. `rest`: one that was let go has. */
  readonly event: "more" | "command" | "rest" | "broken";
  /** What is broken, in Redis' words. */
  readonly problem: string;
  /** Where the command that is being read, or that ended last, begins in these bytes; negative: in earlier ones. */
  readonly start: number;
  /** The command that is being read must not be passed on yet: it is watched, or not known not to be. */
  readonly isWatching: boolean;
  /** No command has begun that has not ended. */
  readonly isBetween: boolean;
  /** How many that nobody watches have ended since it was asked last. */
  takePlain(): number;
  /** What is left of the command that is being read is of no interest any more. */
  letGo(): void;
}

// Where in a command the next byte stands.
const between = 0;
const count = 1;
const countLf = 2;
const mark = 3;
const length = 4;
const lengthLf = 5;
const payload = 6;
const payloadCr = 7;
const payloadLf = 8;
const typed = 9;

export function openCommandReader(limits: CommandLimits, isWatched: IsWatched): CommandReader {
  let phase = between;
  let start = 0;
  let plain = 0;
  let isWatching = false;
  let isLetGo = false;
  let event: CommandReader["event"] = "more";
  let problem = "";
  /** The number that is being read; of digits so many. */
  let number = 0;
  let digits = 0;
  let isNegative = false;
  let words = 0;
  let wordsLeft = 0;
  let size = 0;
  /** Of the word, or of the line typed by hand. */
  let left = 0;
  let lineBytes = 0;

  const beginNumber = (next: number): void => {
    phase = next;
    number = 0;
    digits = 0;
    isNegative = false;
  };
  /** Redis' string2ll: no sign but a minus, no zero in front. False when it is none. */
  const takeDigit = (byte: number): boolean => {
    if (byte === 0x2d && digits === 0 && !isNegative) {
      isNegative = true;
      return true;
    }
    if (byte < 0x30 || byte > 0x39 || digits >= 15 || (digits === 1 && number === 0)) return false;
    if (isNegative && digits === 0 && byte === 0x30) return false;
    number = number * 10 + byte - 0x30;
    digits += 1;
    return true;
  };
  const fail = (what: string): "broken" => {
    problem = what;
    return "broken";
  };
  const end = (): CommandReader["event"] => {
    phase = between;
    if (isLetGo) {
      isLetGo = false;
      return "rest";
    }
    if (isWatching) {
      isWatching = false;
      return "command";
    }
    plain += 1;
    return "more";
  };

  /** The byte at `at`, where it is not of a word's own. */
  const step = (bytes: Uint8Array, at: number): CommandReader["event"] => {
    const byte = bytes[at] ?? 0;
    switch (phase) {
      case count:
        if (byte !== 0x0d) return takeDigit(byte) ? "more" : fail("invalid multibulk length");
        if (digits === 0 || number > limits.words) return fail("invalid multibulk length");
        phase = countLf;
        return "more";
      case countLf:
        if (byte !== 0x0a) return fail("expected CR LF");
        if (isNegative || number === 0) {
          isWatching = true;
          return end();
        }
        words = number;
        wordsLeft = number;
        size = 0;
        phase = mark;
        return "more";
      case mark:
        if (byte !== 0x24) return fail(`expected '$', got '${printable(byte)}'`);
        beginNumber(length);
        return "more";
      case length:
        if (byte !== 0x0d) return takeDigit(byte) ? "more" : fail("invalid bulk length");
        if (digits === 0 || isNegative || number > limits.wordBytes) return fail("invalid bulk length");
        size += number;
        if (size > limits.commandBytes) return fail("too big command");
        phase = lengthLf;
        return "more";
      case lengthLf:
        if (byte !== 0x0a) return fail("expected CR LF");
        left = number;
        phase = left === 0 ? payloadCr : payload;
        // The name is known when it stands whole in the bytes that the command begins in.
        if (wordsLeft === words && !isLetGo)
          isWatching =
            start < 0 || bytes.length - at - 1 < left || isWatched(bytes, at + 1, at + 1 + left, words);
        return "more";
      case payloadCr:
        if (byte !== 0x0d) return fail("expected CR LF");
        phase = payloadLf;
        return "more";
      case payloadLf:
        if (byte !== 0x0a) return fail("expected CR LF");
        wordsLeft -= 1;
        if (wordsLeft === 0) return end();
        phase = mark;
        return "more";
      default:
        return fail("unknown");
    }
  };

  /** Up to the end of a line typed by hand. */
  const readTyped = (bytes: Uint8Array, at: number): number => {
    const feed = bytes.indexOf(0x0a, at);
    const to = feed < 0 ? bytes.length : feed;
    lineBytes += to - at;
    const nul = bytes.indexOf(0, at);
    if (nul >= 0 && nul < to) event = fail("NUL in inline request");
    else if (lineBytes > longestLine) event = fail("too big inline request");
    else if (feed >= 0) event = end();
    return feed < 0 ? to : feed + 1;
  };

  const begin = (bytes: Uint8Array, at: number): number => {
    start = at;
    isWatching = true;
    if (bytes[at] !== 0x2a) {
      phase = typed;
      lineBytes = 0;
      return at;
    }
    beginNumber(count);
    return at + 1;
  };

  return {
    get event() {
      return event;
    },
    get problem() {
      return problem;
    },
    get start() {
      return start;
    },
    get isWatching() {
      return isWatching && phase !== between;
    },
    get isBetween() {
      return phase === between;
    },
    takePlain() {
      const ended = plain;
      plain = 0;
      return ended;
    },
    letGo() {
      isLetGo = phase !== between;
      isWatching = false;
    },
    read(bytes, from) {
      if (event === "broken") return from;
      event = "more";
      let at = from;
      if (at === 0) start = phase === between ? 0 : -1;
      while (at < bytes.length) {
        switch (phase) {
          case between:
            at = begin(bytes, at);
            break;
          case typed:
            at = readTyped(bytes, at);
            break;
          case payload: {
            const taken = Math.min(left, bytes.length - at);
            left -= taken;
            at += taken;
            if (left === 0) phase = payloadCr;
            break;
          }
          default:
            event = step(bytes, at);
            at += 1;
        }
        if (event !== "more") return at;
      }
      return at;
    },
  };
}

function printable(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "?";
}
