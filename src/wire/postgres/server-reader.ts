import { int32At } from "./int32.ts";
import { countAnswered } from "./tallies.ts";
import type { Answered } from "./tallies.ts";

export interface ServerSink {
  /**
   * A message of a type that is wanted: `bytes[from, to)`, all of it or its first 64 KiB. What is sent in its place: `pass` as it is, null
   * nothing.
   */
  message(type: number, bytes: Uint8Array, from: number, to: number): "pass" | Uint8Array | null;
  /** Bytes for the client. */
  forward(bytes: Uint8Array): void;
  /** What no server sends; nothing is read any more. */
  invalid(reason: string): void;
}

export interface ServerReader {
  push(chunk: Uint8Array): void;
  /** Whether all that was forwarded ends with a message: something may be put in between. */
  isAtBoundary(): boolean;
  readonly answered: Readonly<Answered>;
  /** Has the sink told of messages of this type, or not any more. */
  want(type: number, isWanted: boolean): void;
}

/** So much is read of a message that is wanted: an error may bear a text of any length, but behind its SQLSTATE. */
const longestWanted = 1 << 16;

/** Cuts what a server sends into messages, and forwards what may pass without copying it. Holds no more than what is read of one. */
export function createServerReader(sink: ServerSink): ServerReader {
  const answered: Answered = { ready: 0, completions: 0, closes: 0 };
  /** A bit for each type, as a letter or digit less than 0x80 has one: four words, so that a session is small. */
  let [low, middle, high] = [0, 0, 0];
  const isWanted = (type: number): boolean =>
    ((type < 0x40 ? low : type < 0x60 ? middle : high) >>> (type & 31)) % 2 === 1;
  let passing = 0;
  /** Bytes left of a message that something else was sent for. */
  let dropping = 0;
  let gathered: Buffer | null = null;
  let filled = 0;
  let isDead = false;

  function read(chunk: Uint8Array): void {
    const end = chunk.length;
    let from = 0;
    let at = 0;
    while (at < end) {
      if (passing > 0) {
        const step = Math.min(passing, end - at);
        at += step;
        passing -= step;
        continue;
      }
      if (dropping > 0) {
        const step = Math.min(dropping, end - at);
        at += step;
        dropping -= step;
        from = at;
        continue;
      }
      if (end - at < 5) return gather(chunk, from, at, 5);
      const type = chunk[at] ?? 0;
      const length = int32At(chunk, at + 1) + 1;
      if (length < 5) return fail(chunk.subarray(from, at), `a message of ${length - 1} bytes`);
      if (!isWanted(type)) {
        countAnswered(answered, type);
        passing = length;
        continue;
      }
      const need = Math.min(length, longestWanted);
      if (end - at < need) return gather(chunk, from, at, need);
      countAnswered(answered, type);
      const instead = sink.message(type, chunk, at, at + need);
      if (instead === "pass") passing = length - need;
      else {
        if (at > from) sink.forward(chunk.subarray(from, at));
        if (instead !== null) sink.forward(instead);
        from = at + need;
        dropping = length - need;
      }
      at += need;
    }
    if (end > from) sink.forward(from === 0 ? chunk : chunk.subarray(from));
  }

  /** What stood before it is whole, and sent. */
  function fail(before: Uint8Array, reason: string): void {
    if (before.length > 0) sink.forward(before);
    isDead = true;
    sink.invalid(reason);
  }

  function gather(chunk: Uint8Array, from: number, at: number, need: number): void {
    if (at > from) sink.forward(chunk.subarray(from, at));
    gathered = Buffer.allocUnsafe(need);
    filled = chunk.length - at;
    gathered.set(chunk.subarray(at));
  }

  function fill(buffer: Buffer, chunk: Uint8Array): void {
    const step = Math.min(buffer.length - filled, chunk.length);
    buffer.set(chunk.subarray(0, step), filled);
    filled += step;
    if (filled < buffer.length) return;
    gathered = null;
    const rest = chunk.subarray(step);
    const length = int32At(buffer, 1) + 1;
    if (buffer.length === 5 && length > 5 && isWanted(buffer[0] ?? 0)) {
      gathered = Buffer.allocUnsafe(Math.min(length, longestWanted));
      gathered.set(buffer);
      filled = 5;
      if (rest.length > 0) fill(gathered, rest);
      return;
    }
    read(buffer);
    if (rest.length > 0 && !isDead) read(rest);
  }

  return {
    push(chunk) {
      if (isDead || chunk.length === 0) return;
      if (gathered === null) read(chunk);
      else fill(gathered, chunk);
    },
    isAtBoundary: () => passing === 0 && gathered === null,
    answered,
    want(type, isOn) {
      const bit = 1 << (type & 31);
      const set = (word: number): number => (isOn ? word | bit : word & ~bit);
      if (type < 0x40) low = set(low);
      else if (type < 0x60) middle = set(middle);
      else high = set(high);
    },
  };
}
