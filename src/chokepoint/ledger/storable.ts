import type { Json, JsonObject } from "../drop.ts";

/** PostgreSQL keeps neither NUL nor half of a surrogate pair: both become U+FFFD, so that no text keeps an event from being written. */
export function storableText(text: string, longest = 8192): string {
  const kept = text.toWellFormed().replaceAll("\0", "\u{FFFD}");
  if (Buffer.byteLength(kept) <= longest) return kept;
  // What was cut in the middle of a character ends without it.
  return `${Buffer.from(kept)
    .subarray(0, longest - 3)
    .toString()
    .replace(/\u{FFFD}+$/u, "")}…`;
}

const longestString = 16 * 1024;
const mostItems = 500;
const deepest = 12;
/** Of the 1 MiB that the chain takes, with room for the common fields. */
const mostBytes = 768 * 1024;

/** Details of an event that the chain will take: long texts and lists are cut, and say so. */
export function storableDetails(details: JsonObject): JsonObject {
  const kept = cutObject(details, 0);
  const bytes = Buffer.byteLength(JSON.stringify(kept));
  if (bytes <= mostBytes) return kept;
  return { cut: `${bytes} bytes of details were left out`, fields: Object.keys(kept).slice(0, 50) };
}

/** JSON for a column of the row, whole, without what PostgreSQL cannot keep. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === "string" ? storableText(each, Number.POSITIVE_INFINITY) : each,
  );
}

function cut(value: Json, depth: number): Json {
  if (typeof value === "string") return storableText(value, longestString);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= deepest) return "…";
  if (isList(value)) {
    const items = value.slice(0, mostItems).map((each) => cut(each, depth + 1));
    return value.length > mostItems ? [...items, `… and ${value.length - mostItems} more`] : items;
  }
  return cutObject(value, depth);
}

function cutObject(value: JsonObject, depth: number): JsonObject {
  const entries = Object.entries(value).slice(0, mostItems);
  return Object.fromEntries(entries.map(([name, each]) => [storableText(name, 256), cut(each, depth + 1)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
