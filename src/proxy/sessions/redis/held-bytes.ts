/** Bytes of one command that came in several pieces: a copy of its own, that grows. */
export interface HeldBytes {
  add(bytes: Uint8Array): void;
  /** What is held, which is nothing then. */
  take(): Uint8Array;
  readonly length: number;
}

export function openHeldBytes(): HeldBytes {
  let buffer = new Uint8Array(0);
  let length = 0;
  return {
    add(bytes) {
      if (length + bytes.length > buffer.length) {
        const larger = new Uint8Array(Math.max(256, 2 * (length + bytes.length)));
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      buffer.set(bytes, length);
      length += bytes.length;
    },
    take() {
      const held = buffer.subarray(0, length);
      buffer = new Uint8Array(0);
      length = 0;
      return held;
    },
    get length() {
      return length;
    },
  };
}
