import { OpsError } from "../../errors.ts";
import type { BinaryRow } from "../../postgres/copy-binary.ts";
import { profileColumns } from "../find-chain.ts";
import type { ChainProfile, ProfileField } from "../profile.ts";
import { lengthOf, startOf } from "../row-bytes.ts";
import { createRowCheck } from "../row-check.ts";
import { fieldValues } from "./field-values.ts";
import { createTupleWriter } from "./tuple-writer.ts";
import type { TupleWriter } from "./tuple-writer.ts";

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

/** A key, and the first field of the tuple that holds its value; others of the same column and form hold the same. */
interface Member {
  readonly key: string;
  readonly column: string;
  readonly as: keyof typeof fieldValues;
  readonly place: number;
}

export function createRowCodec(profile: ChainProfile): RowCodec {
  const { fields } = createRowCheck(profile);
  const members = membersOf(profile, fields);
  const writers = members.map(({ key, as, place }, index) => ({
    prefix: `${index === 0 ? "{" : ","}${JSON.stringify(key)}:`,
    value: fieldValues[as],
    place,
  }));
  const readers = fields.map((each) => readerOf(each, members));
  const tuple = createTupleWriter(fields.length);
  /** Of the buffer that was seen last: rows come many from one. */
  let bytes: Buffer = Buffer.alloc(0);
  let seen: Uint8Array = bytes;

  const codec: RowCodec = {
    keys: members.map((each) => each.key),
    write(row) {
      if (row.buffer !== seen) {
        seen = row.buffer;
        bytes = Buffer.from(seen.buffer, seen.byteOffset, seen.length);
      }
      let line = "";
      for (const { prefix, value, place } of writers) {
        const length = lengthOf(row, place);
        const start = startOf(row, place);
        line += prefix + (length < 0 ? "null" : value.write(bytes, start, start + length));
      }
      return `${line}}`;
    },
    read(line) {
      const row = codec.readValues(parseLine(line));
      if (codec.write(row) !== line) throw new RowLineError("it is not written as custody writes it");
      return row;
    },
    readValues(values) {
      tuple.begin();
      for (const read of readers) read(values, tuple);
      return tuple.row();
    },
  };
  return codec;
}

type FieldReader = (values: Readonly<Record<string, unknown>>, out: TupleWriter) => void;

function readerOf(field: ProfileField, members: readonly Member[]): FieldReader {
  if ("literal" in field) {
    const literal = Buffer.from(field.literal, "utf8");
    return (_, out) => {
      out.field();
      out.bytes(literal);
    };
  }
  const key =
    members.find((each) => each.column === field.column && each.as === field.as)?.key ?? field.column;
  const form = fieldValues[field.as];
  return (values, out) => {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (value === undefined) throw new RowLineError(`${key} is missing`);
    if (value === null) {
      out.nullField();
      return;
    }
    out.field();
    if (!form.read(value, out)) throw new RowLineError(`the value of ${key} cannot be read`);
  };
}

/** The members in the order of the profile's columns; a column that is read in two forms has a key for each. */
function membersOf(profile: ChainProfile, fields: readonly ProfileField[]): readonly Member[] {
  const members: Member[] = [];
  for (const column of profileColumns(profile)) {
    for (const [place, field] of fields.entries()) {
      if (!("column" in field) || field.column !== column) continue;
      const { as } = field;
      const ofColumn = members.filter((each) => each.column === column);
      if (ofColumn.some((each) => each.as === as)) continue;
      members.push({ key: ofColumn.length === 0 ? column : `${column} as ${as}`, column, as, place });
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
