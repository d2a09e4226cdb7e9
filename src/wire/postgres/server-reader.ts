import { int32At } from "./int32.ts";
import { countAnswered } from "./tallies.ts";
import type { Answered } from "./tallies.ts";

export interface ServerSink {
  /**
   * A message of a type that is wanted: `bytes[from, to)`, all of it or its first 64 KiB. What is sent in its place: `pass` as it is, null
   * nothing.
   */
  answer(type: number, bytes: Uint8Array, from: number, to: number): "pass" | Uint8Array | null;
  /** Bytes for the client. */
  toClient(bytes: Uint8Array): void;
  /** What no server sends; nothing is read any more. */
  invalidAnswer(reason: string): void;
}

/** So much is read of a message that is wanted: an error may bear a text of any length, but behind its SQLSTATE. */
const longestWanted = 1 << 16;

/**
 * Cuts what a server sends into messages, counts them, and forwards what may pass without copying it. Holds no more than what is read of one.
 * One object and no closures, like the client's.
 */
export class ServerReader implements Answered {
  ready = 0;
  completions = 0;
  closes = 0;
  readonly #sink: ServerSink;
  /** A bit for each type that is wanted, as a letter or digit less than 0x80 has one. */
  #low = 0;
  #middle = 0;
  #high = 0;
  #passing = 0;
  /** Bytes left of a message that something else was sent for. */
  #dropping = 0;
  #gathered: Buffer | null = null;
  #filled = 0;
  #isDead = false;

  constructor(sink: ServerSink) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    if (this.#isDead || chunk.length === 0) return;
    if (this.#gathered === null) this.#read(chunk);
    else this.#fill(this.#gathered, chunk);
  }

  /** Whether all that was forwarded ends with a message: something may be put in between. */
  isAtBoundary(): boolean {
    return this.#passing === 0 && this.#gathered === null;
  }

  /** Has the sink told of messages of this type, or not any more. */
  want(type: number, isOn: boolean): void {
    const bit = 1 << (type & 31);
    if (type < 0x40) this.#low = isOn ? this.#low | bit : this.#low & ~bit;
    else if (type < 0x60) this.#middle = isOn ? this.#middle | bit : this.#middle & ~bit;
    else this.#high = isOn ? this.#high | bit : this.#high & ~bit;
  }

  #isWanted(type: number): boolean {
    const word = type < 0x40 ? this.#low : type < 0x60 ? this.#middle : this.#high;
    return (word >>> (type & 31)) % 2 === 1;
  }

  #read(chunk: Uint8Array): void {
    const end = chunk.length;
    let from = 0;
    let at = 0;
    while (at < end) {
      if (this.#passing > 0) {
        const step = Math.min(this.#passing, end - at);
        at += step;
        this.#passing -= step;
        continue;
      }
      if (this.#dropping > 0) {
        const step = Math.min(this.#dropping, end - at);
        at += step;
        this.#dropping -= step;
        from = at;
        continue;
      }
      if (end - at < 5) return this.#gather(chunk, from, at, 5);
      const type = chunk[at] ?? 0;
      const length = int32At(chunk, at + 1) + 1;
      if (length < 5) return this.#fail(chunk.subarray(from, at), `a message of ${length - 1} bytes`);
      if (!this.#isWanted(type)) {
        countAnswered(this, type);
        this.#passing = length;
        continue;
      }
      const need = Math.min(length, longestWanted);
      if (end - at < need) return this.#gather(chunk, from, at, need);
      countAnswered(this, type);
      const instead = this.#sink.answer(type, chunk, at, at + need);
      if (instead === "pass") this.#passing = length - need;
      else {
        if (at > from) this.#sink.toClient(chunk.subarray(from, at));
        if (instead !== null) this.#sink.toClient(instead);
        from = at + need;
        this.#dropping = length - need;
      }
      at += need;
    }
    if (end > from) this.#sink.toClient(from === 0 ? chunk : chunk.subarray(from));
  }

  #gather(chunk: Uint8Array, from: number, at: number, need: number): void {
    if (at > from) this.#sink.toClient(chunk.subarray(from, at));
    this.#gathered = Buffer.allocUnsafe(need);
    this.#filled = chunk.length - at;
    this.#gathered.set(chunk.subarray(at));
  }

  #fill(buffer: Buffer, chunk: Uint8Array): void {
    const step = Math.min(buffer.length - this.#filled, chunk.length);
    buffer.set(chunk.subarray(0, step), this.#filled);
    this.#filled += step;
    if (this.#filled < buffer.length) return;
    this.#gathered = null;
    const rest = chunk.subarray(step);
    const length = int32At(buffer, 1) + 1;
    if (buffer.length === 5 && length > 5 && this.#isWanted(buffer[0] ?? 0)) {
      this.#gathered = Buffer.allocUnsafe(Math.min(length, longestWanted));
      this.#gathered.set(buffer);
      this.#filled = 5;
      if (rest.length > 0) this.#fill(this.#gathered, rest);
      return;
    }
    this.#read(buffer);
    if (rest.length > 0 && !this.#isDead) this.#read(rest);
  }

  /** What stood before it is whole, and sent. */
  #fail(before: Uint8Array, reason: string): void {
    if (before.length > 0) this.#sink.toClient(before);
    this.#isDead = true;
    this.#sink.invalidAnswer(reason);
  }
}
