import { int32At } from "./int32.ts";

export interface ServerSink {
  /** A message of a type that is wanted, whole: `bytes[from, to)`. What is sent in its place: `pass` as it is, null nothing. */
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
  /** How many messages of each type came, by type. */
  readonly counts: Float64Array;
  /** 1 for each type that the sink is told of; may change at any time. */
  readonly wanted: Uint8Array;
}

/** A message that is wanted and longer than this is none that a server sends. */
const longestWanted = 1 << 20;

/** Cuts what a server sends into messages, and forwards what may pass without copying it. Holds no more than one message that is wanted. */
export function createServerReader(sink: ServerSink): ServerReader {
  const counts = new Float64Array(256);
  const wanted = new Uint8Array(256);
  let passing = 0;
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
      if (end - at < 5) return gather(chunk, from, at, 5);
      const type = chunk[at] ?? 0;
      const length = int32At(chunk, at + 1) + 1;
      if (length < 5) return fail(`a message of ${length - 1} bytes`);
      if (wanted[type] !== 1) {
        counts[type] = (counts[type] ?? 0) + 1;
        passing = length;
        continue;
      }
      if (length > longestWanted)
        return fail(`a message ${String.fromCharCode(type)} of ${length - 1} bytes`);
      if (end - at < length) return gather(chunk, from, at, length);
      counts[type] = (counts[type] ?? 0) + 1;
      const instead = sink.message(type, chunk, at, at + length);
      if (instead !== "pass") {
        if (at > from) sink.forward(chunk.subarray(from, at));
        if (instead !== null) sink.forward(instead);
        from = at + length;
      }
      at += length;
    }
    if (end > from) sink.forward(from === 0 ? chunk : chunk.subarray(from));
  }

  function fail(reason: string): void {
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
    if (buffer.length === 5 && length > 5 && wanted[buffer[0] ?? 0] === 1 && length <= longestWanted) {
      gathered = Buffer.allocUnsafe(length);
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
    counts,
    wanted,
  };
}
