import { int32At } from "./int32.ts";
import { client } from "./message-types.ts";
import { countSent, createSent } from "./tallies.ts";
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
  forward(bytes: Uint8Array): void;
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
/** About what a chunk costs beside its bytes. */
const chunkCost = 128;
const none = new Uint8Array(0);

export interface ClientReader {
  push(chunk: Uint8Array): void;
  /** Goes on behind the message at which it stopped, which is sent as it was (null), or as another message, which counts in its place. */
  release(instead: Uint8Array | null): void;
  /** What waits behind the message at which it stopped: its bytes, and what it costs to keep each chunk of them. */
  waiting(): number;
  readonly sent: Readonly<Sent>;
}

/**
 * Cuts what a client sends after its start-up into messages, and forwards what may pass without copying it. Holds no more than one
 * message of `wholeBytes`, and what came behind it while it is stopped.
 */
export function createClientReader(
  sink: ClientSink,
  limits: { readonly wholeBytes: number; readonly messageBytes: number },
): ClientReader {
  const sent = createSent();
  /** Bytes left of a message that passes. */
  let passing = 0;
  /** Bytes left of a message that something else was sent for. */
  let dropping = 0;
  /** A long message that is looked at as it goes. */
  let long: LongMessage | null = null;
  /** A header, or a message, that is not whole yet. */
  let gathered: Buffer | null = null;
  let filled = 0;
  let stopped: { readonly bytes: Uint8Array; readonly type: number; readonly left: number } | null = null;
  const queue: Uint8Array[] = [];
  let waiting = 0;
  let isDead = false;

  const peekOf = (type: number, length: number): number =>
    type === client.copyData && sent.syncs > 0 ? headerBytes : Math.min(lookedAt[type] ?? 0, length);

  /** What stood before it is whole, and sent. */
  function fail(before: Uint8Array, reason: string): void {
    if (before.length > 0) sink.forward(before);
    isDead = true;
    sink.invalid(reason);
  }

  /** Looks at a message whose looked-at part is `bytes[from, to)`; what is left of it passes behind. */
  function look(type: number, bytes: Uint8Array, from: number, to: number, left: number): boolean {
    if (sink.message(type, bytes, from, to)) {
      countSent(sent, type);
      return true;
    }
    stopped = { bytes: bytes.subarray(from, to), type, left };
    return false;
  }

  function read(chunk: Uint8Array): void {
    const end = chunk.length;
    /** What is read and not forwarded begins here. */
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
        if (at > from) sink.forward(chunk.subarray(from, at));
        dropping -= step;
        at += step;
        from = at;
        continue;
      }
      if (long !== null) {
        const step = Math.min(long.left, end - at);
        if (at > from) sink.forward(chunk.subarray(from, at));
        goOnLong(long, chunk.subarray(at, at + step), false);
        at += step;
        from = at;
        continue;
      }
      if (end - at < 5) return gather(chunk, from, at, 5);
      const type = chunk[at] ?? 0;
      const length = int32At(chunk, at + 1) + 1;
      if (length < 5 || length > limits.messageBytes)
        return fail(chunk.subarray(from, at), `a message of ${length - 1} bytes`);
      // With a body it is an error, behind which the server takes nothing before a Sync: nobody sends one.
      if (type === client.flush && length > headerBytes)
        return fail(chunk.subarray(from, at), `a Flush of ${length - 1} bytes`);
      const peek = peekOf(type, length);
      if (peek === 0) {
        countSent(sent, type);
        passing = length;
        continue;
      }
      if (peek > limits.wholeBytes) {
        if (at > from) sink.forward(chunk.subarray(from, at));
        const step = Math.min(length, end - at);
        long = { type, length, left: length, kept: none, isSpoilt: false };
        goOnLong(long, chunk.subarray(at, at + step), true);
        countSent(sent, type);
        at += step;
        from = at;
        continue;
      }
      if (end - at < peek) return gather(chunk, from, at, peek);
      if (!look(type, chunk, at, at + peek, length - peek)) {
        if (at > from) sink.forward(chunk.subarray(from, at));
        if (at + peek < end) putBack(chunk.subarray(at + peek));
        return;
      }
      at += peek;
      passing = length - peek;
    }
    if (end > from) sink.forward(from === 0 ? chunk : chunk.subarray(from));
  }

  function goOnLong(message: LongMessage, piece: Uint8Array, isFirst: boolean): void {
    message.left -= piece.length;
    const isLast = message.left === 0;
    if (isLast) long = null;
    message.isSpoilt ||= !sink.piece(message.type, piece, isFirst, isLast);
    const { kept } = message;
    message.kept = none;
    if (message.isSpoilt) {
      const zeros = new Uint8Array(kept.length + piece.length);
      // The header says how much there is to read.
      if (isFirst) zeros.set(piece.subarray(0, headerBytes));
      sink.forward(zeros);
      return;
    }
    if (kept.length > 0) sink.forward(kept);
    const isHeader = message.length - message.left <= headerBytes;
    if (isLast || isHeader) return sink.forward(piece);
    message.kept = piece.subarray(piece.length - 1);
    if (piece.length > 1) sink.forward(piece.subarray(0, piece.length - 1));
  }

  /** Keeps what is there of a header or message of `need` bytes, and forwards what stands before it. */
  function gather(chunk: Uint8Array, from: number, at: number, need: number): void {
    if (at > from) sink.forward(chunk.subarray(from, at));
    gathered = Buffer.allocUnsafe(need);
    filled = chunk.length - at;
    gathered.set(chunk.subarray(at));
  }

  /** Adds to what is gathered; what is behind it is read on. */
  function fill(buffer: Buffer, chunk: Uint8Array): void {
    const step = Math.min(buffer.length - filled, chunk.length);
    buffer.set(chunk.subarray(0, step), filled);
    filled += step;
    if (filled < buffer.length) return;
    const rest = chunk.subarray(step);
    gathered = null;
    const length = int32At(buffer, 1) + 1;
    if (buffer.length === 5) {
      const type = buffer[0] ?? 0;
      const peek = peekOf(type, length);
      if (length > 5 && length <= limits.messageBytes && peek > 5 && peek <= limits.wholeBytes) {
        gathered = Buffer.allocUnsafe(peek);
        gathered.set(buffer);
        filled = 5;
        if (rest.length > 0) fill(gathered, rest);
        return;
      }
      // The header alone is enough, and joins what is behind it.
      read(buffer);
    } else if (look(buffer[0] ?? 0, buffer, 0, buffer.length, length - buffer.length)) {
      passing = length - buffer.length;
      sink.forward(buffer);
    }
    if (rest.length === 0 || isDead) return;
    if (stopped === null) read(rest);
    else putBack(rest);
  }

  function putBack(rest: Uint8Array): void {
    queue.unshift(rest);
    waiting += rest.length + chunkCost;
  }

  function take(chunk: Uint8Array): void {
    if (gathered === null) read(chunk);
    else fill(gathered, chunk);
  }

  return {
    push(chunk) {
      if (isDead || chunk.length === 0) return;
      if (stopped === null) return take(chunk);
      queue.push(chunk);
      waiting += chunk.length + chunkCost;
    },
    release(instead) {
      if (stopped === null) return;
      const { bytes, type, left } = stopped;
      stopped = null;
      countSent(sent, instead?.[0] ?? type);
      if (instead === null) passing = left;
      else dropping = left;
      sink.forward(instead ?? bytes);
      while (stopped === null && !isDead) {
        const next = queue.shift();
        if (next === undefined) return;
        waiting -= next.length + chunkCost;
        take(next);
      }
    },
    waiting: () => waiting,
    sent,
  };
}
