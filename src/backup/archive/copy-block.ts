const mark = Buffer.from("\n\\.");
const [newline, backslash, dot] = [10, 92, 46];
const heldBackslash = Uint8Array.of(backslash);

/** Finds where the rows of a COPY block end in a script: at `\.` at the start of a line. */
export interface CopyBlock {
  /** Forgets everything: the next byte is the first of a block. */
  start(): void;
  /** Takes bytes cut anywhere; returns where the bytes after `\.` start in `chunk`, or -1 when the block goes on. */
  push(chunk: Buffer): number;
}

/** `rows` is given the bytes of the rows, line ends included; they are valid until it returns. */
export function createCopyBlock(rows: (bytes: Uint8Array) => void): CopyBlock {
  /** How many bytes of `\n\.` the bytes so far end with; the line end before the block counts. */
  let matched = 1;

  const begin = (chunk: Buffer): number => {
    if (matched === 2) {
      if (chunk[0] === dot) return 1;
      rows(heldBackslash);
    } else if (matched === 1 && chunk[0] === backslash) {
      if (chunk[1] === dot) return 2;
    }
    return -1;
  };

  return {
    start: () => {
      matched = 1;
    },
    push(chunk) {
      if (chunk.length === 0) return -1;
      const early = begin(chunk);
      if (early >= 0) return early;
      if (matched === 1 && chunk.length === 1 && chunk[0] === backslash) {
        matched = 2;
        return -1;
      }
      const end = chunk.indexOf(mark);
      if (end >= 0) {
        rows(chunk.subarray(0, end + 1));
        return end + mark.length;
      }
      const last = chunk[chunk.length - 1];
      if (last === newline) matched = 1;
      else matched = last === backslash && chunk[chunk.length - 2] === newline ? 2 : 0;
      rows(matched === 2 ? chunk.subarray(0, -1) : chunk);
      return -1;
    },
  };
}
