const newline = 0x0a;
const tab = 0x09;

/** Rows of COPY text, one at a time, without their newline; the bytes are valid until `onLine` returns. */
export interface LineSplitter {
  push(chunk: Uint8Array): void;
  /** A last line without a newline is a row too. */
  finish(): void;
}

export function createLineSplitter(onLine: (line: Uint8Array) => void): LineSplitter {
  let parts: Uint8Array[] = [];
  return {
    push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
        const line = new Uint8Array(chunk.buffer, chunk.byteOffset + start, end - start);
        if (parts.length === 0) onLine(line);
        else {
          onLine(Buffer.concat([...parts, line]));
          parts = [];
        }
        start = end + 1;
      }
      if (start < chunk.length) parts.push(chunk.slice(start));
    },
    finish() {
      if (parts.length > 0) onLine(Buffer.concat(parts));
      parts = [];
    },
  };
}

/** The field at a position (from 0) as COPY wrote it, escapes and all; data never holds a raw tab. */
export function fieldOf(line: Uint8Array, position: number): Uint8Array {
  let start = 0;
  for (let skipped = 0; skipped < position; skipped++) {
    const next = line.indexOf(tab, start);
    if (next < 0) return line.subarray(line.length);
    start = next + 1;
  }
  const end = line.indexOf(tab, start);
  return line.subarray(start, end < 0 ? line.length : end);
}
