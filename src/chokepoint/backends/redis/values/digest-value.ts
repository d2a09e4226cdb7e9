import { sha256 } from "../../../../run/sha256.ts";
import { createCursor, UnreadableValue } from "./cursor.ts";
import type { Cursor } from "./cursor.ts";
import { readIntset, readListpack, readZiplist } from "./packed-lists.ts";
import { readLength, readString } from "./rdb-string.ts";

/** At the end of what DUMP gives: two bytes of the format's version and eight of a checksum. */
const footerBytes = 10;

/**
 * SHA-256 of the value in what DUMP gave. Two servers write the same set or hash in other orders and encodings (its table is seeded by
 * the process; it is packed or not by settings, and by how large it was once), so strings, lists, sets, hashes and sorted sets are
 * hashed by what is in them (RDB types 0 to 5, 10 to 14, 16 to 18 and 20 of rdb.h). Everything else, streams, the types of modules and
 * hashes whose fields expire, is hashed as its bytes are, without the footer.
 */
export function digestValue(dumped: Buffer): Uint8Array {
  const body = dumped.subarray(0, Math.max(0, dumped.length - footerBytes));
  const [type, ...elements] = contentsOf(body) ?? ["bytes", body];
  const parts = [Buffer.from(type), ...elements];
  return sha256(Buffer.concat(parts.flatMap((part) => [lengthOf(part), part])));
}

function lengthOf(part: Buffer): Buffer {
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(part.length);
  return length;
}

type Contents = readonly [type: string, ...elements: Buffer[]];

/** The type's name, then its elements in an order of their own; null where it is to be compared as it stands. */
function contentsOf(body: Buffer): Contents | null {
  try {
    const cursor = createCursor(body);
    const contents = readValue(cursor, cursor.byte());
    return contents !== null && cursor.isAtEnd() ? contents : null;
  } catch (error) {
    if (error instanceof UnreadableValue) return null;
    throw error;
  }
}

function readValue(cursor: Cursor, type: number): Contents | null {
  switch (type) {
    case 0:
      return ["string", readString(cursor)];
    case 1:
      return ["list", ...strings(cursor, 1)];
    case 2:
      return ["set", ...sortedBy(strings(cursor, 1), 1)];
    case 3:
      return ["zset", ...sortedBy(pairs(cursor, readOldScore), 2)];
    case 4:
      return ["hash", ...sortedBy(strings(cursor, 2), 2)];
    case 5:
      return [
        "zset",
        ...sortedBy(
          pairs(cursor, (from) => from.take(8).readDoubleLE()),
          2,
        ),
      ];
    case 10:
      return ["list", ...readZiplist(readString(cursor))];
    case 11:
      return ["set", ...sortedBy(readIntset(readString(cursor)), 1)];
    case 12:
      return ["zset", ...sortedBy(scored(readZiplist(readString(cursor))), 2)];
    case 13:
      return ["hash", ...sortedBy(readZiplist(readString(cursor)), 2)];
    case 14:
      return ["list", ...nodes(cursor, () => readZiplist(readString(cursor)))];
    case 16:
      return ["hash", ...sortedBy(readListpack(readString(cursor)), 2)];
    case 17:
      return ["zset", ...sortedBy(scored(readListpack(readString(cursor))), 2)];
    case 18:
      return ["list", ...nodes(cursor, () => readNode(cursor))];
    case 20:
      return ["set", ...sortedBy(readListpack(readString(cursor)), 1)];
    default:
      return null;
  }
}

function strings(cursor: Cursor, each: number): readonly Buffer[] {
  const count = readLength(cursor) * each;
  const found: Buffer[] = [];
  for (let index = 0; index < count; index++) found.push(readString(cursor));
  return found;
}

function nodes(cursor: Cursor, read: () => readonly Buffer[]): readonly Buffer[] {
  const count = readLength(cursor);
  const found: Buffer[] = [];
  for (let index = 0; index < count; index++) for (const each of read()) found.push(each);
  return found;
}

/** A node of a list: one large element as it is, or a listpack (QUICKLIST_NODE_CONTAINER_PLAIN, _PACKED). */
function readNode(cursor: Cursor): readonly Buffer[] {
  const container = readLength(cursor);
  const bytes = readString(cursor);
  if (container === 1) return [bytes];
  if (container === 2) return readListpack(bytes);
  throw new UnreadableValue("a node of a list that is none");
}

function pairs(cursor: Cursor, readScore: (cursor: Cursor) => number): readonly Buffer[] {
  const count = readLength(cursor);
  const found: Buffer[] = [];
  for (let index = 0; index < count; index++) found.push(readString(cursor), scoreOf(readScore(cursor)));
  return found;
}

/** A score as text, with three lengths that mean something else (rdbLoadDoubleValue). */
function readOldScore(cursor: Cursor): number {
  const length = cursor.byte();
  if (length === 253) return Number.NaN;
  if (length === 254) return Number.POSITIVE_INFINITY;
  if (length === 255) return Number.NEGATIVE_INFINITY;
  return parseScore(cursor.take(length).toString("latin1"));
}

function parseScore(text: string): number {
  if (text === "inf") return Number.POSITIVE_INFINITY;
  return text === "-inf" ? Number.NEGATIVE_INFINITY : Number(text);
}

/** Member and score as text, by turns. */
function scored(elements: readonly Buffer[]): readonly Buffer[] {
  return elements.map((each, index) =>
    index % 2 === 0 ? each : scoreOf(parseScore(each.toString("latin1"))),
  );
}

function scoreOf(score: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  // -0 and 0 are one score.
  bytes.writeDoubleBE(score + 0);
  return bytes;
}

/** Groups of so many elements, ordered by the first of each. */
function sortedBy(elements: readonly Buffer[], each: number): readonly Buffer[] {
  const groups: (readonly Buffer[])[] = [];
  for (let index = 0; index < elements.length; index += each)
    groups.push(elements.slice(index, index + each));
  groups.sort(([left = Buffer.alloc(0)], [right = Buffer.alloc(0)]) => Buffer.compare(left, right));
  return groups.flat();
}
