import { sha256Into } from "../../../run/sha256.ts";

/** Which keys a scan has brought already: SCAN may bring one twice while the server's table shrinks. 32 bytes a key at most times two. */
export interface SeenKeys {
  /** Whether it is new; it is known from then on. */
  add(database: number, key: Buffer): boolean;
}

/** By the first 128 bits of SHA-256: two keys that share them are not to be expected. */
export function createSeenKeys(): SeenKeys {
  let slots = 1 << 12;
  let table = new BigUint64Array(slots * 2);
  let count = 0;
  const digest = new Uint8Array(32);
  const words = new BigUint64Array(digest.buffer);

  const place = (into: BigUint64Array, size: number, high: bigint, low: bigint): boolean => {
    let slot = Number(high & BigInt(size - 1));
    for (;;) {
      const [foundHigh, foundLow] = [into[slot * 2], into[slot * 2 + 1]];
      if (foundHigh === 0n && foundLow === 0n) {
        into[slot * 2] = high;
        into[slot * 2 + 1] = low;
        return true;
      }
      if (foundHigh === high && foundLow === low) return false;
      slot = (slot + 1) & (size - 1);
    }
  };
  const grow = (): void => {
    const larger = new BigUint64Array(slots * 4);
    for (let slot = 0; slot < slots; slot++) {
      const [high = 0n, low = 0n] = [table[slot * 2], table[slot * 2 + 1]];
      if (high !== 0n || low !== 0n) place(larger, slots * 2, high, low);
    }
    table = larger;
    slots *= 2;
  };
  return {
    add(database, key) {
      const named = Buffer.allocUnsafe(4 + key.length);
      named.writeUInt32BE(database);
      key.copy(named, 4);
      sha256Into(named, digest);
      const isNew = place(table, slots, words[0] ?? 0n, words[1] ?? 0n);
      if (isNew && ++count > slots / 2) grow();
      return isNew;
    },
  };
}
