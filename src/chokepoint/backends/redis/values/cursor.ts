/** A value that is cut off, or of a form that is not known: it is compared as it stands. */
export class UnreadableValue extends Error {}

/** Reads on through bytes; throws `UnreadableValue` beyond their end. */
export interface Cursor {
  position(): number;
  /** Goes to where it was before. */
  back(position: number): void;
  isAtEnd(): boolean;
  byte(): number;
  take(length: number): Buffer;
}

export function createCursor(bytes: Buffer): Cursor {
  let at = 0;
  const take = (length: number): Buffer => {
    if (length < 0 || at + length > bytes.length) throw new UnreadableValue("cut off");
    at += length;
    return bytes.subarray(at - length, at);
  };
  return {
    position: () => at,
    back: (position) => (at = position),
    isAtEnd: () => at >= bytes.length,
    byte: () => take(1)[0] ?? 0,
    take,
  };
}
