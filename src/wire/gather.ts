/** Bytes of one message that come in pieces, put together in time linear in their number, in at most twice their room. */
export interface Gather {
  readonly length: number;
  add(bytes: Uint8Array): void;
  /** All that was added: a view that is good until the next `add`. */
  view(): Buffer;
  /** All that was added, the taker's own; nothing is left. */
  take(): Buffer;
}

const leastRoom = 256;

export function openGather(): Gather {
  let room: Buffer = Buffer.alloc(0);
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(bytes) {
      if (length + bytes.length > room.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(leastRoom, 2 * length, length + bytes.length));
        larger.set(room.subarray(0, length));
        room = larger;
      }
      room.set(bytes, length);
      length += bytes.length;
    },
    view: () => room.subarray(0, length),
    take() {
      const taken = room.subarray(0, length);
      room = Buffer.alloc(0);
      length = 0;
      return taken;
    },
  };
}

/** The same bytes, as the class that reads numbers. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
