import type { Entry, Expression } from "../syntax.ts";
import { isNothing, name, other, text, type Arguments } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { partsOf, type RubyFile } from "./ruby-file.ts";
import { defineBlock } from "./ruby-functions.ts";

/** They change nothing, or white space alone, of a literal. */
const plain = new Set([
  "freeze",
  "dup",
  "squish",
  "strip",
  "strip_heredoc",
  "chomp",
  "lstrip",
  "rstrip",
  "html_safe",
]);
const literals = new Set(["string", "chained_string", "heredoc_beginning"]);
const requiring = new Set(["require", "require_relative", "load"]);

/** Calls, with or without parentheses, with their blocks; arrays and hashes, whose items are written like arguments. */
export function rubyCalls(file: RubyFile): Rules["expressions"] {
  const { draft, lowering } = file;

  function lowerCall(node: SyntaxNode): Expression {
    const method = fieldOf(node, "method");
    const receiver = fieldOf(node, "receiver");
    const list = fieldOf(node, "arguments");
    const called = method === null ? "call" : draft.textOf(method);
    if (list === null && receiver !== null && literals.has(receiver.type) && plain.has(called)) {
      return lowering.lower(receiver);
    }
    const at = method?.start ?? list?.start ?? node.start;
    const callee: Expression =
      receiver === null ? name(at, called) : { is: "member", of: lowering.lower(receiver), name: called, at };
    const { args, named } = readArguments(partsOf(list));
    if (receiver === null && requiring.has(called)) readImport(args, called === "require_relative");
    const block = fieldOf(node, "block");
    if (block !== null) args.push(lowerBlock(block, called, args));
    // What a here-document says stands behind the call, which ends before it.
    return { is: "call", how: "call", callee, args, named, at, end: node.end };
  }

  /** `define_method(:drop) { … }` makes a method of its block. */
  function lowerBlock(block: SyntaxNode, called: string, args: readonly Expression[]): Expression {
    const [first] = args;
    const isMethod = called === "define_method" && first?.is === "text";
    return isMethod ? defineBlock(file, block, first.text, file.scope.owner) : defineBlock(file, block, null);
  }

  function readImport(args: readonly Expression[], isRelative: boolean): void {
    const [first] = args;
    if (first?.is !== "text") return;
    const module = isRelative && !first.text.startsWith(".") ? `./${first.text}` : first.text;
    draft.imports.push({ local: null, module, exported: "*" });
  }

  function readArguments(nodes: readonly SyntaxNode[]): Arguments {
    const read: Arguments = { args: [], named: [] };
    for (const node of nodes) {
      if (node.type === "pair") read.named.push(...readPair(node));
      else if (node.type === "hash_splat_argument") read.named.push(spread(node));
      else read.args.push(...readItem(node));
    }
    return read;
  }

  function readItem(node: SyntaxNode): readonly Expression[] {
    if (node.type === "block_argument") return readBlockArgument(node);
    if (node.type !== "splat_argument") return [lowering.lower(node)];
    const [value] = lowering.lowerAll(node.children);
    if (value === undefined) return [];
    return value.is === "list" ? value.items : [other(node.start, [value])];
  }

  /** `&:drop` is a block that sends `drop` to what it is given. */
  function readBlockArgument(node: SyntaxNode): readonly Expression[] {
    const [value] = lowering.lowerAll(node.children);
    if (value?.is !== "text") return value === undefined ? [] : [value];
    const parameter = { name: "it", type: null, default: null };
    const { at } = value;
    const head = {
      name: null,
      owner: null,
      qualified: `block in ${file.scope.path === "" ? "<main>" : file.scope.path}`,
      params: [parameter],
      returns: null,
      isExported: false,
      marks: [],
      at: node.start,
      end: node.end,
    };
    const callee: Expression = { is: "member", of: name(at, parameter.name), name: value.text, at };
    const index = draft.define(head, () => {
      draft.emit({
        do: "return",
        value: { is: "call", how: "call", callee, args: [], named: [], at, end: node.end },
      });
    });
    return [{ is: "function", index, at: node.start }];
  }

  /** A computed key is an entry of its own: what is in it is kept. */
  function readPair(node: SyntaxNode): readonly Entry[] {
    const keyNode = fieldOf(node, "key");
    const valueNode = fieldOf(node, "value");
    const key = lowering.lower(keyNode);
    const value = valueNode === null ? shorthand(key) : lowering.lower(valueNode);
    if (key.is === "text") return [{ key: key.text, value, at: node.start }];
    const entry = { key: null, value, at: node.start };
    return isNothing(key) ? [entry] : [{ key: null, value: key, at: node.start }, entry];
  }

  /** `f(sql:)` hands on what bears that name. */
  function shorthand(key: Expression): Expression {
    if (key.is !== "text") return key;
    const isLocal = file.locals.has(key.text);
    const callee = name(key.at, key.text);
    return isLocal
      ? callee
      : { is: "call", how: "call", callee, args: [], named: [], at: key.at, end: key.at + key.text.length };
  }

  function spread(node: SyntaxNode): Entry {
    return { key: null, value: other(node.start, lowering.lowerAll(node.children)), at: node.start };
  }

  const mapOf = (node: SyntaxNode, entries: readonly Entry[]): Expression => ({
    is: "map",
    entries,
    type: null,
    at: node.start,
  });

  const lowerNamed = (node: SyntaxNode): Expression => ({
    is: "call",
    how: "call",
    callee: name(node.start, node.type),
    ...readArguments(node.children.flatMap((child) => partsOf(child))),
    at: node.start,
    end: node.end,
  });

  return {
    call: lowerCall,
    yield: lowerNamed,
    super: lowerNamed,
    lambda: (node) => defineBlock(file, node, null),
    argument_list: (node) => {
      const { args, named } = readArguments(partsOf(node));
      return other(node.start, named.length === 0 ? args : [...args, mapOf(node, named)]);
    },
    pair: (node) => mapOf(node, readPair(node)),
    array: (node) => {
      const { args, named } = readArguments(partsOf(node));
      const items = named.length === 0 ? args : [...args, mapOf(node, named)];
      return { is: "list", items, at: node.start };
    },
    right_assignment_list: (node) => ({ is: "list", items: partsOf(node).flatMap(readItem), at: node.start }),
    hash: (node) => {
      const { args, named } = readArguments(partsOf(node));
      return mapOf(node, [...args.map((value) => ({ key: null, value, at: value.at })), ...named]);
    },
    element_reference: (node) => {
      const object = fieldOf(node, "object");
      const { args, named } = readArguments(
        partsOf(node).filter((child) => child !== object && child.field !== "block"),
      );
      const [first, ...rest] = [...args, ...named.map((entry) => entry.value)];
      const key =
        first === undefined
          ? text(node.start, "")
          : rest.length === 0
            ? first
            : other(first.at, [first, ...rest]);
      return { is: "index", of: lowering.lower(object), key, at: node.start };
    },
  };
}
