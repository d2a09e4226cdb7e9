/** Bytes of one token that came in pieces, up to a limit: what is beyond it is counted and not kept. */
export interface HeldBytes {
  add(bytes: Uint8Array, from: number, to: number): void;
  /** How many were added, kept or not. */
  size(): number;
  isCut(): boolean;
  /** The first one; 0 where there is none. */
  first(): number;
  /** What is kept: valid until the next `add`. */
  view(): Uint8Array;
  /** Takes so many of the last ones away. */
  trim(count: number): void;
  clear(): void;
}

export function createHeldBytes(limit: number): HeldBytes {
  let kept = new Uint8Array(256);
  let size = 0;
  return {
    add(bytes, from, to) {
      const end = Math.min(to, from + Math.max(0, limit - size));
      const needed = size + end - from;
      if (end > from && needed > kept.length) {
        const grown = new Uint8Array(Math.min(limit, Math.max(needed, kept.length * 2)));
        grown.set(kept.subarray(0, size));
        kept = grown;
      }
      // To make a view costs more than to copy what a word holds.
      if (end - from <= 32) for (let at = from; at < end; at += 1) kept[size + at - from] = bytes[at] ?? 0;
      else kept.set(bytes.subarray(from, end), size);
      size += to - from;
    },
    size: () => size,
    isCut: () => size > limit,
    first: () => (size === 0 ? 0 : (kept[0] ?? 0)),
    trim(count) {
      size -= count;
    },
    view: () => kept.subarray(0, Math.min(size, limit)),
    clear() {
      size = 0;
      // One long literal does not hold its memory for the rest of a session.
      if (kept.length > 4096) kept = new Uint8Array(256);
    },
  };
}
