import type { Entry, Expression } from "../syntax.ts";
import { isNothing, name, nothing, other, text, type Arguments } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { lowerAttribute } from "./csharp-attributes.ts";
import { pathExpression, simpleName, type CsharpFile } from "./csharp-file.ts";

/** Calls, and what is made: objects with their initialisers, arrays, collections. */
export function csharpCalls(file: CsharpFile): Rules["expressions"] {
  const { draft, lowering } = file;

  function lowerInvocation(node: SyntaxNode): Expression {
    const callee = lowering.lower(fieldOf(node, "function"));
    const given = readArguments(file, fieldOf(node, "arguments"));
    const [first] = given.args;
    // What the compiler makes of it: the last name, as a text.
    if (callee.is === "name" && callee.name === "nameof") {
      if (first?.is === "member" || first?.is === "name") return text(node.start, first.name);
    }
    return { is: "call", how: "call", callee, ...given, at: callee.at, end: node.end };
  }

  const lowerItems = (node: SyntaxNode): Expression => {
    const items = node.children.map((child) => readElement(file, child));
    return { is: "list", items, at: node.start };
  };

  function lowerAnonymous(node: SyntaxNode): Expression {
    const entries: Entry[] = [];
    let key: SyntaxNode | null = null;
    for (const child of node.children) {
      const isKey =
        child.type === "identifier" && /^\s*=[^=>]/.test(draft.source.slice(child.end, child.end + 20));
      if (isKey && key === null) key = child;
      else {
        const value = lowering.lower(child);
        const own = value.is === "member" || value.is === "name" ? value.name : null;
        entries.push({ key: key === null ? own : draft.textOf(key), value, at: (key ?? child).start });
        key = null;
      }
    }
    return { is: "map", entries, type: null, at: node.start };
  }

  return {
    invocation_expression: lowerInvocation,
    object_creation_expression: (node) => lowerCreation(file, node, fieldOf(node, "type")),
    implicit_object_creation_expression: (node) => lowerCreation(file, node, null),
    anonymous_object_creation_expression: lowerAnonymous,
    with_initializer: lowerAnonymous,
    initializer_expression: (node) => lowerInitializer(file, node),
    implicit_array_creation_expression: (node) => lowering.lower(node.children.at(-1) ?? null),
    array_creation_expression: (node) => lowerArray(file, node),
    collection_expression: lowerItems,
    collection_element: (node) => readElement(file, node),
    attribute: (node) => lowerAttribute(file, node),
    constructor_initializer: (node) => lowerConstructorCall(file, node),
  };
}

/** `new X(…) { … }`; of `new(…)` the type is the declared one, where there is one. */
export function lowerCreation(file: CsharpFile, node: SyntaxNode, type: SyntaxNode | null): Expression {
  if (type?.type === "array_type") return lowerArray(file, node);
  const { args, named } = readArguments(file, childOf(node, "argument_list"));
  const callee = type === null ? name(node.start, "new") : pathExpression(file, type);
  const initializer = childOf(node, "initializer_expression");
  if (initializer !== null) {
    const { items, entries } = readInitializer(file, initializer);
    if (items.length > 0) args.push({ is: "list", items, at: initializer.start });
    named.push(...entries);
  }
  const at = type !== null && type.start < node.start ? node.start : callee.at;
  return { is: "call", how: "new", callee, args, named, at, end: node.end };
}

function lowerArray(file: CsharpFile, node: SyntaxNode): Expression {
  const initializer = childOf(node, "initializer_expression");
  if (initializer !== null) return file.lowering.lower(initializer);
  const rank = fieldOf(fieldOf(node, "type") ?? node, "rank");
  return other(node.start, file.lowering.lowerAll(rank?.children ?? []));
}

/** `{ a, b }` is a list; `{ A = b, ["k"] = c, { "k", d } }` a map. */
function lowerInitializer(file: CsharpFile, node: SyntaxNode): Expression {
  const { items, entries } = readInitializer(file, node);
  if (entries.length === 0) return { is: "list", items, at: node.start };
  const loose = items.map((value) => ({ key: null, value, at: value.at }));
  return { is: "map", entries: [...loose, ...entries], type: null, at: node.start };
}

function readInitializer(
  file: CsharpFile,
  node: SyntaxNode,
): { readonly items: readonly Expression[]; readonly entries: readonly Entry[] } {
  const items: Expression[] = [];
  const entries: Entry[] = [];
  for (const child of node.children) {
    const isPair = child.type === "initializer_expression" && child.children.length === 2;
    if (child.type !== "assignment_expression" && !isPair) {
      items.push(file.lowering.lower(child));
      continue;
    }
    const [left = null] = isPair ? child.children : [fieldOf(child, "left")];
    const right = isPair ? (child.children[1] ?? null) : fieldOf(child, "right");
    entries.push(...readEntry(file, left, right, child.start));
  }
  return { items, entries };
}

/** A computed key is an entry of its own: what is in it is kept. */
function readEntry(
  file: CsharpFile,
  left: SyntaxNode | null,
  right: SyntaxNode | null,
  at: number,
): readonly Entry[] {
  const { draft, lowering } = file;
  const value = lowering.lower(right);
  if (left?.type === "identifier") return [{ key: draft.textOf(left), value, at }];
  const keyNode = left?.type === "element_binding_expression" ? left.children[0]?.children.at(-1) : left;
  const key = lowering.lower(keyNode ?? null);
  if (key.is === "text") return [{ key: key.text, value, at: key.at }];
  const entry = { key: null, value, at };
  return isNothing(key) ? [entry] : [{ key: null, value: key, at }, entry];
}

function readElement(file: CsharpFile, node: SyntaxNode): Expression {
  const [inner] = node.children;
  switch (node.type) {
    case "collection_element":
      return inner === undefined ? nothing(node.start) : readElement(file, inner);
    case "expression_element":
      return file.lowering.lower(inner ?? null);
    case "spread_element":
      return other(node.start, file.lowering.lowerAll(node.children));
    default:
      return file.lowering.lower(node);
  }
}

export function readArguments(file: CsharpFile, list: SyntaxNode | null): Arguments {
  const read: Arguments = { args: [], named: [] };
  for (const argument of list?.children ?? []) {
    const label = fieldOf(argument, "name");
    const isArgument = argument.type === "argument";
    const values = isArgument
      ? file.lowering.lowerAll(argument.children.filter((child) => child !== label))
      : [file.lowering.lower(argument)];
    const [first] = values;
    if (!isArgument || label === null || first === undefined) read.args.push(...values);
    else read.named.push({ key: simpleName(file, label), value: first, at: argument.start });
  }
  return read;
}

/** `: base(…)` and `: this(…)` call another constructor. */
function lowerConstructorCall(file: CsharpFile, node: SyntaxNode): Expression {
  const word = /\b(?:base|this)\b/.exec(file.draft.textOf(node));
  const callee = word === null ? nothing(node.start) : name(node.start + word.index, word[0]);
  const given = readArguments(file, childOf(node, "argument_list"));
  return { is: "call", how: "call", callee, ...given, at: callee.at, end: node.end };
}
