import type { Node } from "web-tree-sitter";
import type { Entry, FileSyntax } from "../../src/scan/syntax/syntax.ts";
import { expressionsOf } from "./expressions-of.ts";

/** Every key of a map or a named argument. */
export function* keysOf(file: FileSyntax): Generator<Entry> {
  for (const value of expressionsOf(file)) {
    if (value.is === "map") yield* value.entries;
    if (value.is === "call" || value.is === "format") yield* value.named;
  }
}

export interface Expected {
  readonly strings: readonly string[];
  readonly calls: readonly string[];
  /** What stands in these is no value: types, imports, attributes. */
  readonly without: readonly string[];
  /** A call that is only a wrapper. */
  readonly isTransparent: (call: Node) => boolean;
}

/** The literals and the calls of a tree that its syntax does not hold. */
export function listLost(root: Node, file: FileSyntax, expected: Expected): readonly string[] {
  const texts = new Set<number>();
  const calls = new Set<number>();
  for (const value of expressionsOf(file)) {
    if (value.is === "text" || value.is === "pattern" || value.is === "join") texts.add(value.at);
    if (value.is === "call") calls.add(value.end);
    // Its end is not told: its template's beginning has to do.
    if (value.is === "format") calls.add(-1 - value.at);
  }
  for (const entry of keysOf(file)) texts.add(entry.at);
  for (const error of file.errors) texts.add(error);
  const lost: string[] = [];
  const visit = (node: Node): void => {
    if (expected.without.includes(node.type)) return;
    // A string of nothing but one value is that value.
    const isString = expected.strings.includes(node.type) && !/^\w*(["'])\{.*\}\1$/s.test(node.text);
    const isCall = expected.calls.includes(node.type) && !expected.isTransparent(node);
    if (
      isString &&
      !texts.has(node.startIndex) &&
      node.namedChildren.every((each) => !texts.has(each.startIndex))
    )
      lost.push(`${node.startIndex}: ${node.text}`);
    if (isCall && !calls.has(node.endIndex) && !calls.has(-1 - node.startIndex))
      lost.push(`${node.startIndex}: ${node.text}`);
    for (const child of node.namedChildren) visit(child);
  };
  visit(root);
  return lost;
}
