import { isAlias, isMap, isPair, isScalar, isSeq, parseAllDocuments } from "yaml";
import type { MappedText } from "../mapped-text.ts";
import { placeScalar } from "./place-scalar.ts";

/** A value of YAML or JSON, with places. */
export type YamlValue =
  | { readonly is: "scalar"; readonly text: MappedText; readonly value: unknown; readonly at: number }
  | { readonly is: "list"; readonly items: readonly YamlValue[]; readonly at: number }
  | { readonly is: "map"; readonly entries: readonly YamlEntry[]; readonly at: number };

export interface YamlEntry {
  readonly key: string;
  readonly at: number;
  readonly value: YamlValue;
}

/** Aliases inside of aliases are not followed deeper. */
const deepest = 64;
/** Values of one file that stand in aliases, which multiply them. */
const mostAliased = 20_000;

/** A document that is none may have one at each of its characters. */
const mostErrors = 20;

/** Every document of a file. What could not be read is told by its place, and the rest is given all the same. */
export function readDocuments(source: string): {
  readonly documents: readonly YamlValue[];
  readonly errors: readonly number[];
} {
  const documents: YamlValue[] = [];
  const errors: number[] = [];
  let aliased = 0;
  const parsed = parse(source);
  if (parsed === null) return { documents, errors: [0] };
  for (const document of parsed) {
    for (const { pos } of document.errors.slice(0, mostErrors)) errors.push(pos[0]);
    // An alias stands for the node above it that bears its name; the library looks for that in the whole document, each time.
    const anchors = new Map<string, unknown>();
    const open = new Set<unknown>();
    const readAlias = (name: string, depth: number): YamlValue | null => {
      const node = anchors.get(name);
      if (node === undefined || open.has(node)) return null;
      open.add(node);
      const value = read(node, depth);
      open.delete(node);
      return value;
    };
    const read = (node: unknown, depth: number): YamlValue | null => {
      if (open.size > 0) aliased += 1;
      if (depth > deepest || aliased > mostAliased) return null;
      if (isAlias(node)) return readAlias(node.source, depth + 1);
      if ((isScalar(node) || isSeq(node) || isMap(node)) && node.anchor !== undefined)
        anchors.set(node.anchor, node);
      if (isScalar(node)) {
        const [from, to] = node.range ?? [0, 0];
        const text = typeof node.value === "string" ? node.value : String(node.source ?? node.value);
        return { is: "scalar", text: placeScalar(text, source, from, to), value: node.value, at: from };
      }
      if (isSeq(node)) {
        const items = node.items.map((item) => read(item, depth + 1)).filter((item) => item !== null);
        return { is: "list", items, at: node.range?.[0] ?? 0 };
      }
      if (!isMap(node)) return null;
      const entries = node.items.flatMap((pair) => {
        if (!isPair(pair)) return [];
        const value = read(pair.value, depth + 1);
        const key = isScalar(pair.key) ? pair.key : null;
        return value === null ? [] : [{ key: keyOf(key?.value), at: key?.range?.[0] ?? value.at, value }];
      });
      return { is: "map", entries, at: node.range?.[0] ?? 0 };
    };
    const root = read(document.contents, 0);
    if (root !== null) documents.push(root);
  }
  return { documents, errors };
}

/** A key that is no text (`8080`) goes by what it says. */
const keyOf = (value: unknown) =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

function parse(source: string): ReturnType<typeof parseAllDocuments> | null {
  try {
    const parsed = parseAllDocuments(source, {
      uniqueKeys: false,
      strict: false,
      logLevel: "silent",
      // Each would quote the source.
      prettyErrors: false,
      merge: true,
    });
    return parsed;
  } catch {
    // The parser throws at some texts that are no YAML at all.
    return null;
  }
}

export function find(value: YamlValue | undefined, key: string): YamlValue | undefined {
  return value?.is === "map" ? value.entries.find((entry) => entry.key === key)?.value : undefined;
}

/** The text of a scalar; null of anything else. */
export function textOf(value: YamlValue | undefined): string | null {
  return value?.is === "scalar" ? value.text.text : null;
}

/** The texts of a list of scalars; null of anything else. */
export function wordsOf(value: YamlValue | undefined): readonly MappedText[] | null {
  if (value?.is !== "list") return null;
  const words = value.items.flatMap((item) => (item.is === "scalar" ? [item.text] : []));
  return words.length === value.items.length ? words : null;
}
