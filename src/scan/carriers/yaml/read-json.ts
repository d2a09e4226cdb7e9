import { verbatim } from "../mapped-text.ts";
import { placeScalar } from "./place-scalar.ts";
import type { YamlEntry, YamlValue } from "./read-documents.ts";

/** What is nested deeper is left to the parser of YAML, which gives up in its own way. */
const deepest = 200;

const blank = /[ \t\r\n]*/y;
const word = /-?\d[\d.eE+-]*|true|false|null/y;

/**
 * A text of JSON with its places, many times as fast as a parser of YAML reads it; commas behind the last of a list are let pass. Null for
 * what is no JSON.
 */
export function readJson(source: string): YamlValue | null {
  let at = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  const skip = (character: string): boolean => {
    match(blank);
    if (source[at] !== character) return false;
    at += 1;
    return true;
  };
  const readText = (): Extract<YamlValue, { is: "scalar" }> | null => {
    const from = at;
    const end = endOfString(source, from);
    if (end === null) return null;
    const raw = source.slice(from, end);
    const value = raw.includes("\\") ? valueOf(raw) : raw.slice(1, -1);
    if (typeof value !== "string") return null;
    at = end;
    const isAsWritten = value.length === raw.length - 2;
    const text = isAsWritten ? verbatim(value, from + 1) : placeScalar(value, source, from, end);
    return { is: "scalar", text, value, at: from };
  };
  const readKey = (): Extract<YamlValue, { is: "scalar" }> | null => {
    match(blank);
    return readText();
  };
  const readWord = (): YamlValue | null => {
    const from = at;
    const raw = match(word);
    if (raw === null) return null;
    const value = valueOf(raw);
    return value === undefined ? null : { is: "scalar", text: verbatim(raw, from), value, at: from };
  };
  const readList = (depth: number): YamlValue | null => {
    const from = at;
    const items: YamlValue[] = [];
    at += 1;
    while (!skip("]")) {
      const item = readValue(depth + 1);
      if (item === null) return null;
      items.push(item);
      if (!skip(",") && source[at] !== "]") return null;
    }
    return { is: "list", items, at: from };
  };
  const readMap = (depth: number): YamlValue | null => {
    const from = at;
    const entries: YamlEntry[] = [];
    at += 1;
    while (!skip("}")) {
      const key = readKey();
      if (key === null || !skip(":")) return null;
      const value = readValue(depth + 1);
      if (value === null) return null;
      entries.push({ key: key.text.text, at: key.at, value });
      if (!skip(",") && source[at] !== "}") return null;
    }
    return { is: "map", entries, at: from };
  };
  const readValue = (depth: number): YamlValue | null => {
    match(blank);
    if (depth > deepest) return null;
    const first = source[at];
    if (first === "{") return readMap(depth);
    if (first === "[") return readList(depth);
    return first === '"' ? readText() : readWord();
  };
  const value = readValue(0);
  match(blank);
  return at === source.length ? value : null;
}

/** The offset behind a string that begins here; null where there is none that ends on its line. */
function endOfString(source: string, from: number): number | null {
  if (source[from] !== '"') return null;
  for (let at = from + 1; at < source.length; at += 1) {
    const code = source.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code === backslash) at += 1;
    else if (code === lineFeed || code === carriageReturn) return null;
  }
  return null;
}

const [quote, backslash, lineFeed, carriageReturn] = [34, 92, 10, 13];

/** What a text or a number of JSON says; undefined for what is neither. */
function valueOf(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
