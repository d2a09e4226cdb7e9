import { OpsError } from "../errors.ts";

/**
 * One row where it lies in the buffer; valid only until the callback returns. Field `i` is
 * `buffer.subarray(starts[i], starts[i] + lengths[i])`, its length word the 4 bytes before; a NULL has length -1.
 */
export interface BinaryRow {
  readonly buffer: Uint8Array;
  /** Of the whole buffer. */
  readonly view: DataView;
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
}

export interface BinaryCopyParser {
  /**
   * Takes the next bytes of the stream, cut anywhere: those of `chunk` at `from` and before `to`. Calls `onRow` for every row
   * that they complete.
   */
  push(chunk: Uint8Array, from?: number, to?: number): void;
  /** To be called when the stream has ended. Throws when its trailer did not come. */
  end(): void;
}

export interface BinaryCopyLimits {
  /** A row beyond this many bytes is refused before anything is allocated for it. */
  readonly maxRowBytes: number;
}

const signature = Uint8Array.of(0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00);
const headerBytes = signature.length + 8;
const maxExtensionBytes = 1024;
const defaultLimits: BinaryCopyLimits = { maxRowBytes: 64 * 1024 * 1024 };

/**
 * Reads the stream of `COPY … TO STDOUT (FORMAT binary)`, in which every row has `fields` fields:
 * https://www.postgresql.org/docs/current/sql-copy.html (Binary Format). Rows are shown in place, in the caller's chunk,
 * unless a chunk cut them. Throws `OpsError` for what is no such stream.
 */
export function createBinaryCopyParser(
  fields: number,
  onRow: (row: BinaryRow) => void,
  limits: BinaryCopyLimits = defaultLimits,
): BinaryCopyParser {
  const starts = new Int32Array(fields);
  const lengths = new Int32Array(fields);
  /** The beginning of what a chunk cut, in the first `held` bytes; it grows by doubling. */
  let hold: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  let held = 0;
  let state: "header" | "rows" | "ended" = "header";
  let row = rowOf(hold);

  return {
    push(chunk, from = 0, to = chunk.length) {
      if (held === 0) {
        const at = read(chunk, from, to);
        if (at < to) append(chunk, at, to);
        return;
      }
      append(chunk, from, to);
      const at = read(hold, 0, held);
      if (at > 0) hold.copyWithin(0, at, held);
      held -= at;
    },
    end() {
      if (state !== "ended") throw malformed("it ends without its trailer");
    },
  };

  function rowOf(buffer: Uint8Array): BinaryRow {
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    return { buffer, view, starts, lengths };
  }

  function append(chunk: Uint8Array, from: number, to: number): void {
    const needed = held + to - from;
    if (needed > hold.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * hold.length));
      larger.set(hold.subarray(0, held));
      hold = larger;
    }
    hold.set(chunk.subarray(from, to), held);
    held = needed;
  }

  /** Shows every whole row from `at` on and returns where the first that is not whole begins. */
  function read(buffer: Uint8Array, from: number, end: number): number {
    let at = from;
    if (state === "header") {
      const length = headerLength(buffer.subarray(from, end));
      if (length === undefined) return from;
      at += length;
      state = "rows";
    }
    if (row.buffer !== buffer) row = rowOf(buffer);
    while (at < end) {
      const next = readRow(at, end);
      if (next === at) break;
      at = next;
    }
    return at;
  }

  /** Reads what begins at `at`, a row or the trailer, and returns where it ends; `at` itself when it is not whole. */
  function readRow(at: number, end: number): number {
    if (state === "ended") throw malformed("bytes follow its trailer");
    const { view } = row;
    if (end - at < 2) return at;
    const count = view.getInt16(at);
    if (count === -1) {
      state = "ended";
      return at + 2;
    }
    if (count !== fields) throw malformed(`a row has ${count} fields where ${fields} are due`);
    let next = at + 2;
    for (let field = 0; field < fields; field += 1) {
      if (end - next < 4) return at;
      const length = view.getInt32(next);
      next += 4;
      if (length < -1) throw malformed(`a field has the length ${length}`);
      starts[field] = next;
      lengths[field] = length;
      if (length > 0) next += length;
      if (next - at > limits.maxRowBytes) throw tooLarge(limits.maxRowBytes);
    }
    if (next > end) return at;
    onRow(row);
    return next;
  }
}

/** Length of the header, or undefined while it is not whole. */
function headerLength(buffer: Uint8Array): number | undefined {
  for (let index = 0; index < Math.min(buffer.length, signature.length); index += 1) {
    if (buffer[index] !== signature[index]) throw malformed("it does not start with its signature");
  }
  if (buffer.length < headerBytes) return undefined;
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  const flags = view.getInt32(signature.length);
  if ((flags & 0xffff0000) !== 0) throw malformed(`its flags 0x${(flags >>> 0).toString(16)} are unknown`);
  const extension = view.getInt32(signature.length + 4);
  if (extension < 0 || extension > maxExtensionBytes)
    throw malformed(`its header is ${extension} bytes longer than known`);
  return buffer.length < headerBytes + extension ? undefined : headerBytes + extension;
}

function malformed(what: string): OpsError {
  return new OpsError(
    "server-error",
    `a binary COPY stream cannot be read: ${what}`,
    "what answers is no PostgreSQL server, or something between changes its bytes",
  );
}

function tooLarge(limit: number): OpsError {
  return new OpsError(
    "server-error",
    `a row is larger than ${limit} bytes`,
    "rows of that size cannot have been written through the chain's rules: look at the largest rows of the table",
  );
}
