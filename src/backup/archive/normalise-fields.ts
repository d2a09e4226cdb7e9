import { readEscapedBytea } from "./sql-text.ts";
import { timestampsToUtc } from "./timestamp-utc.ts";

/** Types of columns, as `format_type` names them, by table (`TableContent.table`) and column name. */
export type ColumnTypes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Takes rows of COPY text, cut anywhere, and gives them on with every field in its normal form. */
export interface FieldNormaliser {
  push(chunk: Uint8Array): void;
  /** Gives on a last row that has no line end. */
  finish(): void;
}

/** The normal form of a field, as COPY text; null when it has it already. */
type Rewrite = (field: Buffer) => string | null;

const [tab, newline] = [9, 10];

/** Null when no column of the table needs normalising: timestamptz (to UTC) and bytea (to hex). */
export function createFieldNormaliser(
  columns: readonly string[],
  types: ReadonlyMap<string, string> | undefined,
  take: (bytes: Uint8Array) => void,
): FieldNormaliser | null {
  const rewrites = columns.map((column) => rewriteFor(types?.get(column) ?? ""));
  const last = rewrites.findLastIndex((rewrite) => rewrite !== null);
  if (last < 0) return null;
  let open: Buffer[] = [];

  const give = (rows: Buffer): void => {
    const pieces: (Buffer | string)[] = [];
    let kept = 0;
    for (let start = 0; start < rows.length;) {
      const lineEnd = endOf(rows, newline, start, rows.length);
      let at = start;
      for (let column = 0; column <= last && at <= lineEnd; column += 1) {
        const end = endOf(rows, tab, at, lineEnd);
        const written = rewrites[column]?.(rows.subarray(at, end)) ?? null;
        if (written !== null) {
          pieces.push(rows.subarray(kept, at), written);
          kept = end;
        }
        at = end + 1;
      }
      start = lineEnd + 1;
    }
    if (kept === 0) return take(rows);
    pieces.push(rows.subarray(kept));
    take(
      Buffer.concat(
        pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)),
      ),
    );
  };

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const end = bytes.lastIndexOf(newline) + 1;
      if (end === 0) {
        open.push(Buffer.from(bytes));
        return;
      }
      const rows = bytes.subarray(0, end);
      give(open.length === 0 ? rows : Buffer.concat([...open, rows]));
      open = end === bytes.length ? [] : [Buffer.from(bytes.subarray(end))];
    },
    finish() {
      if (open.length > 0) give(Buffer.concat(open));
      open = [];
    },
  };
}

/** The next `byte` in a row that ends at `limit`, or `limit`. */
function endOf(rows: Buffer, byte: number, from: number, limit: number): number {
  const found = rows.indexOf(byte, from);
  return found < 0 || found > limit ? limit : found;
}

function rewriteFor(type: string): Rewrite | null {
  if (/^(timestamp(\(\d\))? with time zone|tstzrange|tstzmultirange)(\[\])*$/.test(type)) return timestamps;
  return type === "bytea" ? bytea : null;
}

const utcEnd = Buffer.from("+00");

function timestamps(field: Buffer): string | null {
  // A single value in UTC, NULL and infinity need no look.
  if (field.length < 20 || (field.length < 36 && field.subarray(-3).equals(utcEnd))) return null;
  const text = field.toString("latin1");
  const written = timestampsToUtc(text);
  return written === text ? null : written;
}

/** COPY doubles the backslash: hex starts with `\\x`. */
function bytea(field: Buffer): string | null {
  if (field.length === 0) return "\\\\x";
  const isHex = field[0] === 92 && field[1] === 92 && field[2] === 120;
  if (isHex || (field.length === 2 && field[0] === 92 && field[1] === 78)) return null;
  const bytes = readEscapedBytea(unescapeCopy(field.toString("latin1")));
  return bytes === null ? null : `\\\\x${bytes.toString("hex")}`;
}

const escapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function unescapeCopy(text: string): string {
  return text.replace(/\\(.)/gs, (_, char: string) => escapes[char] ?? char);
}
