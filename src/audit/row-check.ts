import type { BinaryRow } from "../postgres/copy-binary.ts";
import { quoteIdentifier, quoteLiteral } from "../postgres/identifiers.ts";
import type { ChainProfile, ProfileField, ProfilePayload } from "./profile.ts";
import { byteHashes, createHash, hexHashes, isNull, lengthOf, startOf } from "./row-bytes.ts";
import type { Hash } from "./row-bytes.ts";
import { sha256Into } from "../run/sha256.ts";
import { createUtcMicrosWriter } from "./utc-micros.ts";

/** What a row says about itself: whether its content gives its hashes. Links are another matter. */
export interface RowCheck {
  /** The SELECT list whose COPY rows `check` reads; `t` is the table's alias. */
  readonly expressions: readonly string[];
  /** What its fields are, in the same order. */
  readonly fields: readonly ProfileField[];
  readonly idField: number;
  /** -1 when the profile has none. */
  readonly seqField: number;
  readonly rowHashField: number;
  /** Fills `verdict` and the hashes of `now` from the row. */
  check(row: BinaryRow): void;
  readonly verdict: RowVerdict;
  /** Whether the row's prev_hash is this hash. */
  follows(row: BinaryRow, hash: Hash): boolean;
  /** Copies the row's prev_hash into `out`; `none` for NULL and empty, `other` for what is no hash. */
  readPrevious(row: BinaryRow, out: Uint8Array): "hash" | "none" | "other";
  readonly now: RowHashes;
  /** Of the row that was kept last. */
  readonly before: RowHashes;
  /** Makes `now` what comes before the next row. */
  keep(): void;
}

export interface RowHashes {
  /** The row_hash that the content gives. */
  readonly computed: Hash;
  /** The row_hash that the row has; the computed one in place of what is no hash, so that one fault is one finding. */
  readonly stored: Hash;
}

export interface RowVerdict {
  isContentRight: boolean;
  /** Of the profile's digest; true without one, and for an erased row. */
  isDigestRight: boolean;
  isErased: boolean;
  hasStored: boolean;
}

/** Compiles a profile into a checker. Its buffers are reused from row to row. */
export function createRowCheck(profile: ChainProfile): RowCheck {
  const fields: ProfileField[] = [];
  const place = (placed: readonly ProfileField[]): number => fields.push(...placed) - placed.length;
  const digestAt = profile.digest === undefined ? -1 : place(profile.digest.fields);
  const rowAt = place(profile.row.fields);
  // What is hashed may be another form of a column than the one that is compared or counted: then it is read twice.
  const fieldOf = (column: string): number => {
    const { columns, digest } = profile;
    const isHash = [columns.prev_hash, columns.row_hash, digest?.column].includes(column);
    const hashForm = profile.hash_encoding === "bytes" ? "bytes" : "text";
    const as = isHash ? hashForm : column === columns.seq ? "int8" : "text";
    const index = profile.row.fields.findIndex(
      (each) => "column" in each && each.column === column && each.as === as,
    );
    return index === -1 ? place([{ column, as }]) : rowAt + index;
  };
  const idField = fieldOf(profile.columns.id);
  const seqField = profile.columns.seq === undefined ? -1 : fieldOf(profile.columns.seq);
  const previousField = fieldOf(profile.columns.prev_hash);
  const storedField = fieldOf(profile.columns.row_hash);
  const hashes = profile.hash_encoding === "bytes" ? byteHashes : hexHashes;
  const hashRow = hasherOf(profile.row, rowAt);
  const checkDigest = digestCheck(profile, digestAt, fieldOf);

  const verdict: RowVerdict = {
    isContentRight: true,
    isDigestRight: true,
    isErased: false,
    hasStored: true,
  };
  const checker: Omit<Mutable<RowCheck>, "now" | "before"> & Record<"now" | "before", OwnHashes> = {
    expressions: fields.map(expressionOf),
    fields,
    idField,
    seqField,
    rowHashField: storedField,
    verdict,
    now: createRowHashes(),
    before: createRowHashes(),
    check(row: BinaryRow) {
      const { now } = checker;
      verdict.isContentRight =
        hashRow(row, now.computed.bytes) && hashes.holds(row, storedField, now.computed);
      verdict.hasStored = verdict.isContentRight || hashes.read(row, storedField, now.other.bytes);
      now.stored = verdict.isContentRight || !verdict.hasStored ? now.computed : now.other;
      checkDigest(row, verdict);
    },
    follows: (row: BinaryRow, hash: Hash) => hashes.holds(row, previousField, hash),
    readPrevious(row: BinaryRow, out: Uint8Array) {
      if (hashes.read(row, previousField, out)) return "hash";
      return lengthOf(row, previousField) <= 0 ? "none" : "other";
    },
    keep() {
      const { before } = checker;
      checker.before = checker.now;
      checker.now = before;
    },
  };
  return checker;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface OwnHashes extends Mutable<RowHashes> {
  /** The row_hash of a row whose content gives another. */
  readonly other: Hash;
}

function createRowHashes(): OwnHashes {
  const computed = createHash();
  return { computed, stored: computed, other: createHash() };
}

function digestCheck(
  profile: ChainProfile,
  digestAt: number,
  fieldOf: (column: string) => number,
): (row: BinaryRow, verdict: RowVerdict) => void {
  const { digest } = profile;
  if (digest === undefined) return () => undefined;
  const hash = hasherOf(digest, digestAt);
  const storedField = fieldOf(digest.column);
  const erased = digest.erased.map(
    (column) => digestAt + digest.fields.findIndex((each) => "column" in each && each.column === column),
  );
  const computed = createHash();
  return (row, verdict) => {
    verdict.isErased = erased.length > 0 && erased.every((field) => isNull(row, field));
    verdict.isDigestRight =
      verdict.isErased || (hash(row, computed.bytes) && byteHashes.holds(row, storedField, computed));
  };
}

/** Writes the hash of a row's payload into `out`; false when the payload cannot be made. */
type Hasher = (row: BinaryRow, out: Uint8Array) => boolean;

function hasherOf(payload: ProfilePayload, at: number): Hasher {
  return "length" in payload
    ? sliceHasher(payload.fields.length, at)
    : joinHasher(payload.fields, payload.separator, at);
}

/** The stream's own form is the canonical form: one slice of the buffer, length words included. */
function sliceHasher(count: number, first: number): Hasher {
  const last = first + count - 1;
  return (row, out) => {
    const end = startOf(row, last) + Math.max(lengthOf(row, last), 0);
    sha256Into(row.buffer.subarray(startOf(row, first) - 4, end), out);
    return true;
  };
}

function joinHasher(fields: readonly ProfileField[], separator: string, first: number): Hasher {
  const between = Buffer.from(separator, "utf8");
  const isTime = fields.map((each) => "column" in each && each.as === "utc-micros");
  const writeTime = createUtcMicrosWriter();
  let joined = new DataView(new ArrayBuffer(4096));
  let scratch = new Uint8Array(joined.buffer);
  return (row, out) => {
    const { buffer, view } = row;
    let length = 0;
    for (let index = 0; index < fields.length; index += 1) {
      const bytes = lengthOf(row, first + index);
      const needed = length + between.length + Math.max(bytes, 64);
      if (needed > scratch.length) {
        scratch = enlarged(scratch, needed);
        joined = new DataView(scratch.buffer);
      }
      if (index > 0) {
        for (let byte = 0; byte < between.length; byte += 1) scratch[length + byte] = between[byte] ?? 0;
        length += between.length;
      }
      if (bytes < 0) continue;
      const start = startOf(row, first + index);
      if (isTime[index] === true) {
        const written = writeTime(view.getInt32(start), view.getInt32(start + 4), scratch, length);
        if (written < 0) return false;
        length += written;
      } else {
        if (bytes > 64) scratch.set(buffer.subarray(start, start + bytes), length);
        else copyShort(view, start, bytes, joined, length);
        length += bytes;
      }
    }
    sha256Into(scratch.subarray(0, length), out);
    return true;
  };
}

/** Short fields are copied by fours: that costs less than a view of them. */
function copyShort(from: DataView, start: number, length: number, to: DataView, at: number): void {
  let done = 0;
  for (; done + 4 <= length; done += 4) to.setInt32(at + done, from.getInt32(start + done));
  for (; done < length; done += 1) to.setUint8(at + done, from.getUint8(start + done));
}

function enlarged(bytes: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(needed, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}

function expressionOf(field: ProfileField): string {
  if ("literal" in field) return `${quoteLiteral(field.literal)}::pg_catalog.text`;
  const column = `t.${quoteIdentifier(field.column)}`;
  switch (field.as) {
    case "text":
      return `${column}::pg_catalog.text`;
    case "bytes":
      return `${column}::pg_catalog.bytea`;
    case "int8":
      return `${column}::pg_catalog.int8`;
    case "micros":
    case "utc-micros":
      return `${column}::pg_catalog.timestamptz`;
  }
}
