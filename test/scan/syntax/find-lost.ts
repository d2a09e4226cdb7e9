import type { Node, Tree } from "web-tree-sitter";
import type { Entry, Expression, FileSyntax } from "../../../src/scan/syntax/syntax.ts";
import { expressionsOf } from "../../support/expressions-of.ts";

/** The types of a grammar's nodes that must not be lost. */
export interface Kept {
  readonly texts: ReadonlySet<string>;
  readonly calls: ReadonlySet<string>;
  /** Calls that give what they are called on, by their end: `"…".freeze`. */
  readonly transparent?: RegExp;
}

/** Every literal and call of a raw tree that no expression of the file stands for, as source text. */
export function findLost(tree: Tree, source: string, file: FileSyntax, kept: Kept): string[] {
  const texts: number[] = [];
  const callEnds = new Map<number, number[]>();
  for (const expression of expressionsOf(file)) {
    if (textual.has(expression.is)) texts.push(expression.at);
    // A literal may be the name of an argument, or of a method.
    for (const entry of entriesOf(expression)) texts.push(entry.at);
    if (expression.is === "call")
      callEnds.set(expression.end, [...(callEnds.get(expression.end) ?? []), expression.at]);
  }
  texts.sort((a, b) => a - b);
  const lost: string[] = [];
  const visit = (node: Node): void => {
    const { startIndex: start, endIndex: end } = node;
    if (kept.texts.has(node.type) && !hasBetween(texts, start, end)) lost.push(source.slice(start, end));
    if (kept.calls.has(node.type)) {
      const text = source.slice(start, end);
      const isTransparent = kept.transparent?.test(text) === true;
      const isThere = isTransparent || (callEnds.get(end) ?? []).some((at) => at >= start && at <= end);
      if (!isThere) lost.push(text);
    }
    for (const child of node.namedChildren) visit(child);
  };
  visit(tree.rootNode);
  return lost;
}

const textual: ReadonlySet<string> = new Set(["text", "join", "pattern", "member"]);

function entriesOf(value: Expression): readonly Entry[] {
  if (value.is === "map") return value.entries;
  return value.is === "call" || value.is === "format" ? value.named : [];
}

function hasBetween(sorted: readonly number[], start: number, end: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  const found = sorted[low];
  return found !== undefined && (found < end || found === start);
}
