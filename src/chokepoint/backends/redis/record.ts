import { sha256Into } from "../../../run/sha256.ts";
import { digestValue } from "./values/digest-value.ts";

/** One key as a tombstone has it. */
export interface KeyRecord {
  readonly database: number;
  /** Without any prefix of a fence, with that of its tenant. */
  readonly key: Buffer;
  /** Milliseconds since 1970, as RESTORE … ABSTTL takes them; null: never. */
  readonly expiresAt: number | null;
  /** What DUMP gave. */
  readonly dumped: Buffer;
}

/** What two sets of keys share when they are equal, in whatever order they come. */
export interface KeySum {
  add(record: KeyRecord): void;
  readonly count: number;
  /** `redis-1:COUNT:HEX`. */
  text(): string;
}

/**
 * The sum modulo 2^256 of each key's SHA-256, which is of database (4 bytes), length of the key (4), key, expiry (8, -1 for never, big
 * endian) and the digest of its value. With `expiry: "told"` 1 stands for every expiry: servers before 7.0 do not say it exactly.
 */
export function createKeySum(expiry: "exact" | "told"): KeySum {
  // Words of 32 bits, the lowest first; a carry is added at once, so that each stays exact.
  const sum = new Uint32Array(8);
  const digest = new Uint8Array(32);
  const words = new DataView(digest.buffer);
  let count = 0;
  return {
    add({ database, key, expiresAt, dumped }) {
      const head = Buffer.allocUnsafe(8 + key.length + 8);
      head.writeUInt32BE(database, 0);
      head.writeUInt32BE(key.length, 4);
      key.copy(head, 8);
      head.writeBigInt64BE(
        expiresAt === null ? -1n : expiry === "told" ? 1n : BigInt(expiresAt),
        8 + key.length,
      );
      sha256Into(Buffer.concat([head, digestValue(dumped)]), digest);
      let carry = 0;
      for (let word = 0; word < 8; word++) {
        const total = (sum[word] ?? 0) + words.getUint32(28 - word * 4) + carry;
        sum[word] = total % 2 ** 32;
        carry = total >= 2 ** 32 ? 1 : 0;
      }
      count += 1;
    },
    get count() {
      return count;
    },
    text: () =>
      `redis-1:${count}:${Array.from(sum, (word) => word.toString(16).padStart(8, "0"))
        .reverse()
        .join("")}`,
  };
}
