import { OpsError } from "../errors.ts";
import { int32At } from "../postgres/int32-at.ts";
import { equalHashes } from "./row-bytes.ts";

/** A row that was read before the row that it follows. */
export interface WaitingRow {
  /** 32 bytes; zeros for a row without prev_hash. */
  readonly previous: Uint8Array;
  readonly hash: Uint8Array;
  /** The hash that the row's content gives: differs from `hash` only when `isContentRight` is false. */
  readonly isContentRight: boolean;
  /** UTF-8. */
  readonly id: Uint8Array;
  readonly order: number;
}

export interface WaitingRows {
  /** Copies the row in. Throws `unorderable-chain` beyond the limit. */
  add(row: WaitingRow): void;
  /** Removes and returns a row that follows `hash`. Its arrays are valid until the next `add`. */
  take(hash: Uint8Array): WaitingRow | null;
  count(): number;
  /** Removes and returns the row, earliest first, that follows none of those that wait; of a ring the earliest. */
  takeStart(): WaitingRow | null;
}

const hashBytes = 32;

/**
 * Rows by the hash that they follow, in flat arrays that grow by doubling: about 120 bytes a row. A chain whose rows are
 * read nearly in link order holds a few; one with a row missing holds what comes after.
 */
export function createWaitingRows(limit: number): WaitingRows {
  let capacity = 256;
  let previous = new Uint8Array(capacity * hashBytes);
  let hashes = new Uint8Array(capacity * hashBytes);
  let ids = new Uint8Array(capacity * 64);
  let idStarts = new Float64Array(capacity);
  let idLengths = new Int32Array(capacity);
  let orders = new Float64Array(capacity);
  let flags = new Uint8Array(capacity);
  let next = new Int32Array(capacity);
  let buckets = new Int32Array(capacity).fill(-1);
  const free: number[] = [];
  let used = 0;
  let count = 0;
  let idsUsed = 0;
  let idsLive = 0;
  let starts: number[] | null = null;

  return {
    add(row) {
      if (count >= limit) throw tooMany(limit);
      const entry = free.pop() ?? used++;
      if (entry >= capacity) grow();
      previous.set(row.previous, entry * hashBytes);
      hashes.set(row.hash, entry * hashBytes);
      placeId(entry, row.id);
      orders[entry] = row.order;
      flags[entry] = live | (row.isContentRight ? right : 0);
      const bucket = bucketOf(row.previous, 0);
      next[entry] = buckets[bucket] ?? -1;
      buckets[bucket] = entry;
      count += 1;
    },
    take(hash) {
      if (count === 0) return null;
      for (let entry = buckets[bucketOf(hash, 0)] ?? -1; entry !== -1; entry = next[entry] ?? -1) {
        if (equalHashes(hashAt(previous, entry), hash)) return remove(entry);
      }
      return null;
    },
    count: () => count,
    takeStart() {
      starts ??= findStarts();
      for (let entry = starts.pop(); entry !== undefined; entry = starts.pop()) {
        if (isLive(entry)) return remove(entry);
      }
      const ring = earliest();
      return ring === undefined ? null : remove(ring);
    },
  };

  function remove(entry: number): WaitingRow {
    const bucket = bucketOf(previous, entry * hashBytes);
    let before = -1;
    for (let at = buckets[bucket] ?? -1; at !== entry && at !== -1; at = next[at] ?? -1) before = at;
    if (before === -1) buckets[bucket] = next[entry] ?? -1;
    else next[before] = next[entry] ?? -1;
    const idStart = idStarts[entry] ?? 0;
    const idLength = idLengths[entry] ?? 0;
    const row: WaitingRow = {
      previous: hashAt(previous, entry),
      hash: hashAt(hashes, entry),
      isContentRight: ((flags[entry] ?? 0) & right) !== 0,
      id: ids.subarray(idStart, idStart + idLength),
      order: orders[entry] ?? 0,
    };
    flags[entry] = 0;
    free.push(entry);
    count -= 1;
    idsLive -= idLength;
    if (count === 0) idsUsed = 0;
    return row;
  }

  function placeId(entry: number, id: Uint8Array): void {
    if (idsUsed + id.length > ids.length) {
      const roomier = new Uint8Array(
        idsLive + id.length > ids.length / 2 ? 2 * (ids.length + id.length) : ids.length,
      );
      let at = 0;
      for (let each = 0; each < used; each += 1) {
        if (each === entry || !isLive(each)) continue;
        const start = idStarts[each] ?? 0;
        roomier.set(ids.subarray(start, start + (idLengths[each] ?? 0)), at);
        idStarts[each] = at;
        at += idLengths[each] ?? 0;
      }
      ids = roomier;
      idsUsed = at;
    }
    ids.set(id, idsUsed);
    idStarts[entry] = idsUsed;
    idLengths[entry] = id.length;
    idsUsed += id.length;
    idsLive += id.length;
  }

  function grow(): void {
    capacity *= 2;
    previous = larger(previous, new Uint8Array(capacity * hashBytes));
    hashes = larger(hashes, new Uint8Array(capacity * hashBytes));
    idStarts = larger(idStarts, new Float64Array(capacity));
    idLengths = larger(idLengths, new Int32Array(capacity));
    orders = larger(orders, new Float64Array(capacity));
    flags = larger(flags, new Uint8Array(capacity));
    next = new Int32Array(capacity);
    buckets = new Int32Array(capacity).fill(-1);
    chainUp(previous, buckets, next);
  }

  /** Chains every row up in the bucket of its hash in `by`. */
  function chainUp(by: Uint8Array, heads: Int32Array, links: Int32Array): void {
    for (let entry = 0; entry < used; entry += 1) {
      if (!isLive(entry)) continue;
      const bucket = bucketOf(by, entry * hashBytes);
      links[entry] = heads[bucket] ?? -1;
      heads[bucket] = entry;
    }
  }

  function isLive(entry: number): boolean {
    return ((flags[entry] ?? 0) & live) !== 0;
  }

  /** The rows that follow none of those that wait, latest first. */
  function findStarts(): number[] {
    const heads = new Int32Array(capacity).fill(-1);
    const links = new Int32Array(capacity);
    chainUp(hashes, heads, links);
    const found: number[] = [];
    for (let entry = 0; entry < used; entry += 1) {
      if (!isLive(entry)) continue;
      const wanted = hashAt(previous, entry);
      let before = heads[bucketOf(wanted, 0)] ?? -1;
      while (before !== -1 && !equalHashes(hashAt(hashes, before), wanted)) before = links[before] ?? -1;
      if (before === -1) found.push(entry);
    }
    return found.toSorted((left, right) => (orders[right] ?? 0) - (orders[left] ?? 0));
  }

  function earliest(): number | undefined {
    let found: number | undefined;
    for (let entry = 0; entry < used; entry += 1) {
      if (isLive(entry) && (found === undefined || (orders[entry] ?? 0) < (orders[found] ?? 0)))
        found = entry;
    }
    return found;
  }

  function bucketOf(bytes: Uint8Array, at: number): number {
    return (int32At(bytes, at) >>> 0) % capacity;
  }
}

const live = 1;
const right = 2;

function hashAt(hashes: Uint8Array, entry: number): Uint8Array {
  return hashes.subarray(entry * hashBytes, (entry + 1) * hashBytes);
}

function larger<A extends Uint8Array | Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

function tooMany(limit: number): OpsError {
  return new OpsError(
    "unorderable-chain",
    `more than ${limit} rows were read before the rows that they follow`,
    "the profile's sort order is far from the order of the links: name columns that follow it in a profile file",
  );
}
