import { OpsError } from "../../errors.ts";
import type { BinaryRow } from "../../postgres/copy-binary.ts";
import { profileColumns } from "../find-chain.ts";
import type { ChainProfile, ProfileField } from "../profile.ts";
import { lengthOf, startOf } from "../row-bytes.ts";
import { createRowCheck } from "../row-check.ts";
import { fieldValues } from "./field-values.ts";

/**
 * Rows of a chain as JSONL: an object a line, a key for each column that the profile reads. Text is a string, bytes lower-case
 * hex, int8 a decimal string, a timestamp ISO 8601 in UTC with six digits (`formatIsoMicros`), NULL null. A row has exactly
 * one line, so that no two readers of it can see different things.
 */
export interface RowCodec {
  /** The keys of every line, in their order. */
  readonly keys: readonly string[];
  /** The line of a row as `RowCheck` reads it, without a newline. */
  write(row: BinaryRow): string;
  /**
   * The row that the line was written from; its buffer is the tuple of binary COPY, and it is valid until the next call.
   * Throws `RowLineError` for any other line.
   */
  read(line: string): BinaryRow;
  /** The row of a parsed line. It may have been spelt otherwise: write it and compare, where that matters. */
  readValues(values: Readonly<Record<string, unknown>>): BinaryRow;
}

/** Why a line is no row; the caller knows its number. */
export class RowLineError extends Error {}

/** A key, and the fields of the tuple that hold its value: one, or several with the same bytes. */
interface Member {
  readonly key: string;
  readonly as: keyof typeof fieldValues;
  readonly places: readonly [number, ...number[]];
}

export function createRowCodec(profile: ChainProfile): RowCodec {
  const { fields } = createRowCheck(profile);
  const members = membersOf(profile, fields);
  const prefixes = members.map(({ key }, index) => `${index === 0 ? "{" : ","}${JSON.stringify(key)}:`);
  const literals = fields.map((each) => ("literal" in each ? Buffer.from(each.literal, "utf8") : undefined));

  const starts = new Int32Array(fields.length);
  const lengths = new Int32Array(fields.length);

  const codec: RowCodec = {
    keys: members.map((each) => each.key),
    write(row) {
      let line = "";
      for (const [index, { as, places }] of members.entries()) {
        const length = lengthOf(row, places[0]);
        const bytes = length < 0 ? null : bytesAt(row, startOf(row, places[0]), length);
        line += `${prefixes[index]}${bytes === null ? "null" : fieldValues[as].write(bytes)}`;
      }
      return `${line}}`;
    },
    read(line) {
      const row = codec.readValues(parseLine(line));
      if (codec.write(row) !== line) throw new RowLineError("it is not written as custody writes it");
      return row;
    },
    readValues(values) {
      const parts: (Uint8Array | null)[] = literals.map((each) => each ?? null);
      for (const { key, as, places } of members) {
        const value = Object.hasOwn(values, key) ? values[key] : undefined;
        if (value === undefined) throw new RowLineError(`${key} is missing`);
        const bytes = value === null ? null : fieldValues[as].read(value);
        if (bytes === null && value !== null) throw new RowLineError(`the value of ${key} cannot be read`);
        for (const place of places) parts[place] = bytes;
      }
      return encodeTuple(parts, starts, lengths);
    },
  };
  return codec;
}

/** The members in the order of the profile's columns; a column that is read in two forms has a key for each. */
function membersOf(profile: ChainProfile, fields: readonly ProfileField[]): readonly Member[] {
  const members: Member[] = [];
  for (const column of profileColumns(profile)) {
    const forms = new Map<Member["as"], number[]>();
    for (const [place, field] of fields.entries()) {
      if ("column" in field && field.column === column)
        forms.set(field.as, [...(forms.get(field.as) ?? []), place]);
    }
    for (const [as, [first, ...others]] of forms) {
      const key = members.some((each) => each.key === column) ? `${column} as ${as}` : column;
      if (first !== undefined) members.push({ key, as, places: [first, ...others] });
    }
  }
  if (new Set(members.map((each) => each.key)).size === members.length) return members;
  throw new OpsError(
    "bad-config",
    `the rows of profile ${profile.name} cannot be written: two of its columns would have the same key`,
    "read each column in one form",
  );
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new RowLineError("it is no JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new RowLineError("it is no JSON object");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object that JSON.parse made
  return parsed as Readonly<Record<string, unknown>>;
}

/** A tuple of binary COPY: the count of fields in two bytes, each behind its length in four, -1 for NULL. */
function encodeTuple(
  parts: readonly (Uint8Array | null)[],
  starts: Int32Array,
  lengths: Int32Array,
): BinaryRow {
  const size = parts.reduce((sum, each) => sum + 4 + (each?.length ?? 0), 2);
  const tuple = Buffer.alloc(size);
  let at = tuple.writeInt16BE(parts.length);
  for (const [place, part] of parts.entries()) {
    at = tuple.writeInt32BE(part?.length ?? -1, at);
    starts[place] = at;
    lengths[place] = part?.length ?? -1;
    if (part !== null) tuple.set(part, at);
    at += part?.length ?? 0;
  }
  return {
    buffer: tuple,
    view: new DataView(tuple.buffer, tuple.byteOffset, tuple.byteLength),
    starts,
    lengths,
  };
}

function bytesAt(row: BinaryRow, start: number, length: number): Buffer {
  return Buffer.from(row.buffer.buffer, row.buffer.byteOffset + start, length);
}
