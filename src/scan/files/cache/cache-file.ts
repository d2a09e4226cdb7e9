import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { beforeForcedExit } from "../../../run/forced-exit.ts";
import type { FileStamp } from "../read-source.ts";

/** What is known of one file. */
export interface CacheEntry {
  /** Absolute. */
  readonly path: string;
  readonly stamp: FileStamp;
  /** Names its content; null for a file that the prefilter refused. */
  readonly key: string | null;
  /** How many lines it has. */
  readonly lines: number;
  /** Where its value lies in the file of the cache, in bytes; all zero with a null key. */
  readonly offset: number;
  readonly length: number;
  /** CRC-32 of its text. */
  readonly sum: number;
  /** When it was last of use, in days since 1970. */
  readonly day: number;
}

/** A cache that was written before. */
export interface CacheReader extends Disposable {
  readonly version: string;
  readonly entries: readonly CacheEntry[];
  /** The text of a value; null when it cannot be read. */
  read(entry: CacheEntry): string | null;
}

/** A cache that is being written; it takes its place when it is whole. */
export interface CacheWriter extends Disposable {
  /** Where the value was put. */
  append(value: string): Pick<CacheEntry, "offset" | "length" | "sum">;
  commit(version: string, entries: readonly CacheEntry[]): void;
}

/*
 * The file: values as JSON one behind the other, the index as JSON, and 64 bytes: the mark, where the index begins, how long it is, its
 * CRC-32, and blanks. The index is at the end, so that values are written as they come; its sum says that it is ours and whole.
 */
const mark = "custody-scan-cache-2";
const trailerLength = 64;

/** Null for what is not there, no cache of this format, cut, or changed. */
export function openCacheFile(path: string): CacheReader | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch {
    return null;
  }
  const index = readIndex(descriptor);
  if (index === null) {
    closeSync(descriptor);
    return null;
  }
  return {
    ...index,
    read({ offset, length, sum }) {
      const bytes = readPart(descriptor, offset, length);
      return bytes === null || crc32(bytes) !== sum ? null : bytes.toString("utf8");
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}

/** Throws a system error where it cannot write. */
export function createCacheFile(path: string): CacheWriter {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const descriptor = openSync(temporary, "wx", 0o600);
  let isOpen = true;
  let offset = 0;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    closeSync(descriptor);
    rmSync(temporary, { force: true });
  };
  const forced = beforeForcedExit(close);
  const write = (bytes: Buffer): number => {
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    offset += bytes.length;
    return bytes.length;
  };
  return {
    append(value) {
      const bytes = Buffer.from(value);
      return { offset, length: write(bytes), sum: crc32(bytes) };
    },
    commit(version, entries) {
      const rows = entries.map(({ path: file, stamp, key, ...rest }) => [
        file,
        [
          stamp.size,
          stamp.mtimeMs,
          stamp.ctimeMs,
          stamp.inode,
          rest.offset,
          rest.length,
          rest.sum,
          rest.day,
          rest.lines,
        ],
        key,
      ]);
      const text = Buffer.from(JSON.stringify([version, ...rows]));
      const start = offset;
      write(text);
      write(Buffer.from(`${mark} ${start} ${text.length} ${crc32(text)}`.padEnd(trailerLength)));
      renameSync(temporary, path);
    },
    [Symbol.dispose]: () => {
      forced[Symbol.dispose]();
      close();
    },
  };
}

function readIndex(descriptor: number): Pick<CacheReader, "version" | "entries"> | null {
  const { size } = fstatSync(descriptor);
  const trailer = readPart(descriptor, size - trailerLength, trailerLength)?.toString("latin1") ?? "";
  const [name, start, length, sum] = trailer.trimEnd().split(" ");
  if (name !== mark || Number(start) + Number(length) + trailerLength !== size) return null;
  const text = readPart(descriptor, Number(start), Number(length));
  if (text === null || crc32(text) !== Number(sum)) return null;
  const [version, ...rows] = parseList(text.toString("utf8"));
  if (typeof version !== "string") return null;
  const entries = rows.map(readEntry);
  return entries.every((each) => each !== null) ? { version, entries } : null;
}

function readEntry(row: unknown): CacheEntry | null {
  if (!Array.isArray(row)) return null;
  const [path, numbers, key]: unknown[] = row;
  if (typeof path !== "string" || !isNumbers(numbers)) return null;
  if (key !== null && typeof key !== "string") return null;
  const [size = 0, mtimeMs = 0, ctimeMs = 0, inode = 0, offset = 0, length = 0, sum = 0, day = 0, lines = 0] =
    numbers;
  return { path, stamp: { size, mtimeMs, ctimeMs, inode }, key, lines, offset, length, sum, day };
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.length === 9 && value.every((each) => typeof each === "number");
}

/** Empty for what is no list. */
function parseList(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function readPart(descriptor: number, offset: number, length: number): Buffer | null {
  if (!(offset >= 0) || !(length >= 0) || !Number.isSafeInteger(offset + length)) return null;
  const { size } = fstatSync(descriptor);
  if (offset + length > size) return null;
  const bytes = Buffer.allocUnsafe(length);
  for (let read = 0; read < length;) {
    const count = readSync(descriptor, bytes, read, length - read, offset + read);
    if (count === 0) return null;
    read += count;
  }
  return bytes;
}
