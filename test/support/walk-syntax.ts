import type { Node } from "web-tree-sitter";
import type { Entry, Expression, FileSyntax } from "../../src/scan/syntax/syntax.ts";

/** Every expression of a file, those inside of others included. */
export function* expressionsOf(file: FileSyntax): Generator<Expression> {
  for (const { params, body } of file.functions) {
    for (const param of params) if (param.default !== null) yield* within(param.default);
    for (const statement of body) yield* within(statement.value);
  }
}

function* within(value: Expression): Generator<Expression> {
  yield value;
  for (const inner of innerOf(value)) yield* within(inner);
}

function innerOf(value: Expression): readonly Expression[] {
  const valuesOf = (entries: readonly Entry[]): Expression[] => entries.map((entry) => entry.value);
  switch (value.is) {
    case "join":
      return value.parts;
    case "format":
      return [value.template, ...value.values, ...valuesOf(value.named)];
    case "member":
      return [value.of];
    case "index":
      return [value.of, value.key];
    case "call":
      return [value.callee, ...value.args, ...valuesOf(value.named)];
    case "list":
      return value.items;
    case "map":
      return valuesOf(value.entries);
    case "choice":
      return value.options;
    case "compare":
      return value.sides;
    case "other":
      return value.inside;
    case "text":
    case "name":
    case "function":
    case "pattern":
      return [];
  }
}

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
