import { Malformed } from "./cursor.ts";

/** What was found when the data blocks of a custom archive were walked. */
export interface BlockSummary {
  /** Dump ids of the blocks that are there and complete. */
  readonly complete: ReadonlySet<number>;
  /** Set when the bytes ended inside a block. */
  readonly openBlock: number | null;
  /** Bytes of data, as stored, by dump id. */
  readonly bytes: ReadonlyMap<number, number>;
  /** Whether the bytes ended where a block may end. */
  readonly endsCleanly: boolean;
}

type Expect = "type" | "id" | "length" | "oid" | "skip";

/**
 * Walks the data blocks of a custom archive without decompressing them: `push` takes the bytes after the table of
 * contents, cut anywhere. Throws `Malformed` at what cannot be a block (source: _readBlockHeader, _skipData and
 * _skipLOs in pg_backup_custom.c). Memory is flat.
 */
export function createBlockWalker(intSize: number): {
  push(chunk: Uint8Array): void;
  finish(): BlockSummary;
} {
  const complete = new Set<number>();
  const bytes = new Map<number, number>();
  let expect: Expect = "type";
  let isBlobs = false;
  let id = 0;
  let toSkip = 0;
  let position = 0;
  const pending = new Uint8Array(intSize + 1);
  let held = 0;

  const took = (value: number): void => {
    switch (expect) {
      case "id":
        if (value <= 0) throw new Malformed(`a data block of entry ${value}`, position);
        id = value;
        expect = isBlobs ? "oid" : "length";
        return;
      case "oid":
        if (value === 0) end();
        else expect = "length";
        return;
      default:
        if (value < 0) throw new Malformed("a piece of data of negative length", position);
        bytes.set(id, (bytes.get(id) ?? 0) + value);
        if (value > 0) {
          toSkip = value;
          expect = "skip";
        } else if (isBlobs) expect = "oid";
        else end();
    }
  };
  const end = (): void => {
    complete.add(id);
    expect = "type";
  };

  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (expect === "skip") {
          const step = Math.min(toSkip, chunk.length - at);
          at += step;
          toSkip -= step;
          position += step;
          if (toSkip === 0) expect = "length";
          continue;
        }
        const byte = chunk[at] ?? 0;
        at += 1;
        position += 1;
        if (expect === "type") {
          if (byte !== 1 && byte !== 3)
            throw new Malformed(`a data block of unknown type ${byte}`, position - 1);
          isBlobs = byte === 3;
          expect = "id";
          continue;
        }
        pending[held] = byte;
        held += 1;
        if (held <= intSize) continue;
        held = 0;
        took(readInt(pending, intSize, position));
      }
    },
    finish: () => ({
      complete,
      bytes,
      openBlock: expect === "type" || expect === "id" ? null : id,
      endsCleanly: expect === "type",
    }),
  };
}

function readInt(pending: Uint8Array, intSize: number, position: number): number {
  const sign = pending[0] ?? 0;
  if (sign > 1) throw new Malformed("a number with an impossible sign", position - intSize - 1);
  let value = 0;
  for (let index = intSize; index >= 1; index -= 1) value = value * 256 + (pending[index] ?? 0);
  if (!Number.isSafeInteger(value)) throw new Malformed("a number beyond all bounds", position - intSize - 1);
  return sign === 1 ? -value : value;
}
