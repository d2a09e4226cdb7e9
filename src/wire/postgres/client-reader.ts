import { int32At } from "./int32.ts";
import { client } from "./message-types.ts";
import { countSent } from "./tallies.ts";
import type { Sent } from "./tallies.ts";

/** What of a client's messages is looked at: how many of their first bytes, at most, by type; of all else nothing but the header. */
const lookedAt = new Int32Array(256);
const whole = 0x7fff_ffff;
lookedAt[client.query] = whole;
lookedAt[client.parse] = whole;
// The names stand first; what is bound may be long.
lookedAt[client.bind] = 4096;
lookedAt[client.execute] = 4096;
lookedAt[client.close] = 4096;
lookedAt[client.functionCall] = 9;
// That they come is enough; and CopyData where it stands right behind a Sync.
lookedAt[client.copyDone] = 5;
lookedAt[client.copyFail] = 5;

export interface ClientSink {
  /**
   * One message, `bytes[from, to)`, of which all or as much as is looked at is there. False: the reader stops before it, until
   * `release`.
   */
  message(type: number, bytes: Uint8Array, from: number, to: number): boolean;
  /**
   * A message that is longer than `wholeBytes` goes through piece by piece; `piece` begins with the header where `isFirst`. False: this piece
   * and what follows of the message are replaced by zeros. A server takes a text with a NUL in it for no statement at all ("invalid message
   * format", 08P01), and does nothing of what it has read. So that there is always something to replace, one byte of what passed is kept
   * back until more comes: a text is not over before its NUL.
   */
  piece(type: number, piece: Uint8Array, isFirst: boolean, isLast: boolean): boolean;
  /** Bytes for the server. */
  toServer(bytes: Uint8Array): void;
  /** What no client sends; nothing is read any more. */
  invalid(reason: string): void;
}

interface LongMessage {
  readonly type: number;
  readonly length: number;
  left: number;
  /** Passed, and not sent yet. */
  kept: Uint8Array;
  isSpoilt: boolean;
}

const headerBytes = 5;
const roomAtFirst = 4096;
/** About what a chunk costs beside its bytes. */
const chunkCost = 128;
const none = new Uint8Array(0);

export interface ReaderLimits {
  /** A text of more bytes is not gathered, but read as it goes. */
  readonly wholeBytes: number;
  readonly messageBytes: number;
}

/**
 * Cuts what a client sends after its start-up into messages, counts them, and forwards what may pass without copying it. Holds no more than one
 * message of `wholeBytes`, and what came behind it while it is stopped. One object and no closures: with many sessions at a time, what a
 * statement costs is the memory that it touches.
 */
export class ClientReader implements Sent {
  cycles = 0;
  extended = 0;
  binds = 0;
  executes = 0;
  closes = 0;
  syncs = 0;
  hasData = false;
  extendedBefore = 0;
  bindsBefore = 0;
  executesBefore = 0;
  closesBefore = 0;
  readonly #sink: ClientSink;
  readonly #limits: ReaderLimits;
  /** Bytes left of a message that passes. */
  #passing = 0;
  /** Bytes left of a message that something else was sent for. */
  #dropping = 0;
  /** A long message that is looked at as it goes. */
  #long: LongMessage | null = null;
  /** A header, or a message, that is not whole yet: room for it, how much of it is there, and how much is to be. */
  #gathered: Buffer | null = null;
  #filled = 0;
  #need = 0;
  #stopped: { readonly bytes: Uint8Array; readonly type: number; readonly left: number } | null = null;
  #queue: Uint8Array[] | null = null;
  #waiting = 0;
  #isDead = false;

  constructor(sink: ClientSink, limits: ReaderLimits) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /** What waits behind the message at which it stopped: its bytes, and what it costs to keep each chunk of them. */
  get waiting(): number {
    return this.#waiting;
  }

  push(chunk: Uint8Array): void {
    if (this.#isDead || chunk.length === 0) return;
    if (this.#stopped === null) this.#take(chunk);
    else {
      (this.#queue ??= []).push(chunk);
      this.#waiting += chunk.length + chunkCost;
    }
  }

  /** Goes on behind the message at which it stopped, which is sent as it was (null), or as another message, which counts in its place. */
  release(instead: Uint8Array | null): void {
    if (this.#stopped === null) return;
    const { bytes, type, left } = this.#stopped;
    this.#stopped = null;
    countSent(this, instead?.[0] ?? type);
    if (instead === null) this.#passing = left;
    else this.#dropping = left;
    this.#sink.toServer(instead ?? bytes);
    while (this.#stopped === null && !this.#isDead) {
      const next = this.#queue?.shift();
      if (next === undefined) return;
      this.#waiting -= next.length + chunkCost;
      this.#take(next);
    }
  }

  #take(chunk: Uint8Array): void {
    if (this.#gathered === null) this.#read(chunk);
    else this.#fill(this.#gathered, chunk);
  }

  #read(chunk: Uint8Array): void {
    const end = chunk.length;
    /** What is read and not forwarded begins here. */
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
        if (at > from) this.#sink.toServer(chunk.subarray(from, at));
        this.#dropping -= step;
        at += step;
        from = at;
        continue;
      }
      if (this.#long !== null) {
        const step = Math.min(this.#long.left, end - at);
        if (at > from) this.#sink.toServer(chunk.subarray(from, at));
        this.#goOnLong(this.#long, chunk.subarray(at, at + step), false);
        at += step;
        from = at;
        continue;
      }
      if (end - at < 5) return this.#gather(chunk, from, at, 5);
      const type = chunk[at] ?? 0;
      const length = int32At(chunk, at + 1) + 1;
      if (length < 5 || length > this.#limits.messageBytes)
        return this.#fail(chunk.subarray(from, at), `a message of ${length - 1} bytes`);
      // With a body it is an error, behind which the server takes nothing before a Sync: nobody sends one.
      if (type === client.flush && length > headerBytes)
        return this.#fail(chunk.subarray(from, at), `a Flush of ${length - 1} bytes`);
      const peek = this.#peekOf(type, length);
      if (peek === 0) {
        countSent(this, type);
        this.#passing = length;
        continue;
      }
      if (peek > this.#limits.wholeBytes) {
        if (at > from) this.#sink.toServer(chunk.subarray(from, at));
        const step = Math.min(length, end - at);
        this.#long = { type, length, left: length, kept: none, isSpoilt: false };
        this.#goOnLong(this.#long, chunk.subarray(at, at + step), true);
        countSent(this, type);
        at += step;
        from = at;
        continue;
      }
      if (end - at < peek) return this.#gather(chunk, from, at, peek);
      if (!this.#look(type, chunk, at, at + peek, length - peek)) {
        if (at > from) this.#sink.toServer(chunk.subarray(from, at));
        if (at + peek < end) this.#putBack(chunk.subarray(at + peek));
        return;
      }
      at += peek;
      this.#passing = length - peek;
    }
    if (end > from) this.#sink.toServer(from === 0 ? chunk : chunk.subarray(from));
  }

  /** Looks at a message whose looked-at part is `bytes[from, to)`; what is left of it passes behind. */
  #look(type: number, bytes: Uint8Array, from: number, to: number, left: number): boolean {
    if (this.#sink.message(type, bytes, from, to)) {
      countSent(this, type);
      return true;
    }
    this.#stopped = { bytes: bytes.subarray(from, to), type, left };
    return false;
  }

  #goOnLong(message: LongMessage, piece: Uint8Array, isFirst: boolean): void {
    message.left -= piece.length;
    const isLast = message.left === 0;
    if (isLast) this.#long = null;
    message.isSpoilt ||= !this.#sink.piece(message.type, piece, isFirst, isLast);
    const { kept } = message;
    message.kept = none;
    if (message.isSpoilt) {
      const zeros = new Uint8Array(kept.length + piece.length);
      // The header says how much there is to read.
      if (isFirst) zeros.set(piece.subarray(0, headerBytes));
      this.#sink.toServer(zeros);
      return;
    }
    if (kept.length > 0) this.#sink.toServer(kept);
    const isHeader = message.length - message.left <= headerBytes;
    if (isLast || isHeader) return this.#sink.toServer(piece);
    message.kept = piece.subarray(piece.length - 1);
    if (piece.length > 1) this.#sink.toServer(piece.subarray(0, piece.length - 1));
  }

  /** Keeps what is there of a header or message of `need` bytes, and forwards what stands before it. */
  #gather(chunk: Uint8Array, from: number, at: number, need: number): void {
    if (at > from) this.#sink.toServer(chunk.subarray(from, at));
    this.#begin(need, chunk.subarray(at));
  }

  #begin(need: number, first: Uint8Array): void {
    this.#gathered = Buffer.allocUnsafe(Math.min(need, Math.max(roomAtFirst, first.length)));
    this.#gathered.set(first);
    this.#filled = first.length;
    this.#need = need;
  }

  /** Room grows with what comes: who announces a long message and sends none of it takes none. */
  #makeRoom(buffer: Buffer, size: number): Buffer {
    if (size <= buffer.length) return buffer;
    const larger = Buffer.allocUnsafe(Math.min(this.#need, Math.max(size, 2 * buffer.length)));
    larger.set(buffer.subarray(0, this.#filled));
    return larger;
  }

  /** Adds to what is gathered; what is behind it is read on. */
  #fill(room: Buffer, chunk: Uint8Array): void {
    const step = Math.min(this.#need - this.#filled, chunk.length);
    const buffer = this.#makeRoom(room, this.#filled + step);
    this.#gathered = buffer;
    buffer.set(chunk.subarray(0, step), this.#filled);
    this.#filled += step;
    if (this.#filled < this.#need) return;
    const rest = chunk.subarray(step);
    this.#gathered = null;
    const length = int32At(buffer, 1) + 1;
    if (buffer.length === 5) {
      const type = buffer[0] ?? 0;
      const peek = this.#peekOf(type, length);
      if (length > 5 && length <= this.#limits.messageBytes && peek > 5 && peek <= this.#limits.wholeBytes) {
        this.#begin(peek, buffer);
        if (rest.length > 0) this.#take(rest);
        return;
      }
      // The header alone is enough, and joins what is behind it.
      this.#read(buffer);
    } else if (this.#look(buffer[0] ?? 0, buffer, 0, buffer.length, length - buffer.length)) {
      this.#passing = length - buffer.length;
      this.#sink.toServer(buffer);
    }
    if (rest.length === 0 || this.#isDead) return;
    if (this.#stopped === null) this.#read(rest);
    else this.#putBack(rest);
  }

  #putBack(rest: Uint8Array): void {
    (this.#queue ??= []).unshift(rest);
    this.#waiting += rest.length + chunkCost;
  }

  /** What stood before it is whole, and sent. */
  #fail(before: Uint8Array, reason: string): void {
    if (before.length > 0) this.#sink.toServer(before);
    this.#isDead = true;
    this.#sink.invalid(reason);
  }

  #peekOf(type: number, length: number): number {
    return type === client.copyData && this.syncs > 0 ? headerBytes : Math.min(lookedAt[type] ?? 0, length);
  }
}
