import { InterruptedError } from "../../errors.ts";
import { sha256Into } from "../../run/sha256.ts";
import { createLineSplitter, fieldOf } from "./copy-lines.ts";

/** One side of a table: gives its rows as COPY text, from the first on, every time that it is called. */
export type RowSource = () => AsyncIterable<Uint8Array>;

export interface LocatedRow {
  readonly change: "missing" | "extra" | "changed";
  /** The key's fields as COPY writes them; null when the table has no key, and its rows only digests. */
  readonly key: readonly string[] | null;
  /** First 16 hex digits of the row's SHA-256. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface Location {
  /** At most `limit` of them. */
  readonly rows: readonly LocatedRow[];
  /** How many rows differ; a lower bound when `isWhole` is false. */
  readonly count: number;
  readonly isWhole: boolean;
}

export interface LocateOptions {
  readonly before: RowSource;
  readonly after: RowSource;
  /** Positions of the key's columns among those of the rows; empty: the table has no key. */
  readonly key: readonly number[];
  /** Rows to name, default 20. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Buckets of keys; also what bounds the memory of the first pass (1 MB a side). */
const buckets = 2 ** 16;
/** Rows held in memory in the second pass, both sides together. */
const rowsHeld = 200_000;

/**
 * Names the rows in which two sides of a table differ, in two passes over each: the first sums the rows' hashes by bucket of
 * the key, the second looks only at rows in buckets whose sums differ. Memory is flat whatever the table's size: when too much
 * differs, some buckets stand for all (`isWhole` is false). Throws `InterruptedError` and what the sources throw.
 */
export async function locateDifference(options: LocateOptions): Promise<Location> {
  const [before, after] = await Promise.all([
    sumBuckets(options.before, options),
    sumBuckets(options.after, options),
  ]);
  const { chosen, isWhole } = chooseBuckets(before, after);
  if (chosen.size === 0) return { rows: [], count: 0, isWhole: true };
  const rows = new Map<string, RowPair>();
  await collect(options.before, options, chosen, (key, digest) => add(rows, key, digest, 1));
  await collect(options.after, options, chosen, (key, digest) => add(rows, key, digest, -1));
  const located = [...rows].flatMap(([id, pair]) =>
    locate(options.key.length > 0 ? keyFields(id) : null, pair),
  );
  return { rows: located.slice(0, options.limit ?? 20), count: located.length, isWhole };
}

/** For people: `2 rows differ: (id)=(7) digest 1a2b… → 3c4d…; (id)=(8) missing, digest 5e6f…`. Keys and digests, never values. */
export function describeLocation(location: Location, keyColumns: readonly string[]): string {
  const total = `${location.isWhole ? "" : "at least "}${location.count}`;
  const rows = location.rows.map((row) => describeRow(row, keyColumns));
  const more = location.count > rows.length ? [`and ${location.count - rows.length} more`] : [];
  return `${total} ${location.count === 1 ? "row differs" : "rows differ"}: ${[...rows, ...more].join("; ")}`;
}

const keyShown = 64;

function describeRow(row: LocatedRow, keyColumns: readonly string[]): string {
  const key = row.key
    ?.map((field) => (field.length > keyShown ? `${field.slice(0, keyShown)}…` : field))
    .join(", ");
  const name = key === undefined ? "row" : `(${keyColumns.join(", ")})=(${key})`;
  switch (row.change) {
    case "missing":
      return `${name} missing, digest ${row.before}…`;
    case "extra":
      return `${name} not there before, digest ${row.after}…`;
    case "changed":
      return `${name} digest ${row.before}… → ${row.after}…`;
  }
}

/** Counts of rows and sums of their hashes' first words, by bucket: exact in a Float64 up to 2^21 rows a bucket. */
interface BucketSums {
  readonly rows: Float64Array;
  readonly sums: Float64Array;
}

async function sumBuckets(source: RowSource, options: LocateOptions): Promise<BucketSums> {
  const rows = new Float64Array(buckets);
  const sums = new Float64Array(buckets);
  await eachRow(source, options, (bucket, _line, digest) => {
    rows[bucket] = (rows[bucket] ?? 0) + 1;
    sums[bucket] = (sums[bucket] ?? 0) + digest.readUInt32LE(4);
  });
  return { rows, sums };
}

function chooseBuckets(
  before: BucketSums,
  after: BucketSums,
): { readonly chosen: ReadonlySet<number>; readonly isWhole: boolean } {
  const chosen = new Set<number>();
  let held = 0;
  for (let bucket = 0; bucket < buckets; bucket++) {
    if (before.rows[bucket] === after.rows[bucket] && before.sums[bucket] === after.sums[bucket]) continue;
    held += (before.rows[bucket] ?? 0) + (after.rows[bucket] ?? 0);
    if (held > rowsHeld && chosen.size > 0) return { chosen, isWhole: false };
    chosen.add(bucket);
  }
  return { chosen, isWhole: true };
}

async function collect(
  source: RowSource,
  options: LocateOptions,
  chosen: ReadonlySet<number>,
  onRow: (key: string, digest: string) => void,
): Promise<void> {
  await eachRow(source, options, (bucket, line, digest) => {
    if (!chosen.has(bucket)) return;
    const text = digest.toString("hex", 0, 8);
    onRow(options.key.length > 0 ? keyText(line, options.key) : text, text);
  });
}

/** The digest is valid until `onRow` returns. */
async function eachRow(
  source: RowSource,
  options: LocateOptions,
  onRow: (bucket: number, line: Uint8Array, digest: Buffer) => void,
): Promise<void> {
  const digest = Buffer.alloc(32);
  const splitter = createLineSplitter((line) => {
    sha256Into(line, digest);
    onRow(bucketOf(line, digest, options.key), line, digest);
  });
  for await (const chunk of source()) {
    if (options.signal?.aborted) throw new InterruptedError();
    splitter.push(chunk);
  }
  splitter.finish();
}

/** By the key (FNV-1a), so that both versions of a row fall into one bucket; without a key by the row's own hash. */
function bucketOf(line: Uint8Array, digest: Uint8Array, key: readonly number[]): number {
  if (key.length === 0) return ((digest[0] ?? 0) << 8) | (digest[1] ?? 0);
  let hash = 0x811c9dc5;
  for (const position of key) {
    for (const byte of fieldOf(line, position)) hash = Math.imul(hash ^ byte, 0x01000193);
    hash = Math.imul(hash ^ 0x09, 0x01000193);
  }
  return (hash ^ (hash >>> 16)) & (buckets - 1);
}

/** The digests of rows with one key that only one side has: a key that is none (duplicates) loses nothing. */
interface RowPair {
  readonly before: string[];
  readonly after: string[];
}

function add(rows: Map<string, RowPair>, key: string, digest: string, side: 1 | -1): void {
  const pair = rows.get(key) ?? { before: [], after: [] };
  const same = side === 1 ? -1 : pair.before.lastIndexOf(digest);
  if (same >= 0) pair.before.splice(same, 1);
  else (side === 1 ? pair.before : pair.after).push(digest);
  if (pair.before.length + pair.after.length === 0) rows.delete(key);
  else rows.set(key, pair);
}

function locate(key: readonly string[] | null, pair: RowPair): readonly LocatedRow[] {
  return Array.from({ length: Math.max(pair.before.length, pair.after.length) }, (_, at) => {
    const before = pair.before[at] ?? null;
    const after = pair.after[at] ?? null;
    return { key, before, after, change: after === null ? "missing" : before === null ? "extra" : "changed" };
  });
}

const decoder = new TextDecoder();

function keyText(line: Uint8Array, key: readonly number[]): string {
  return key.map((position) => decoder.decode(fieldOf(line, position))).join("\t");
}

function keyFields(text: string): readonly string[] {
  return text.split("\t");
}
