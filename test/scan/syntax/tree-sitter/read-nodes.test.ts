import { beforeAll, expect, test } from "bun:test";
import { openParsers } from "../../../../src/scan/adapters/tree-sitter.ts";
import { fieldOf, fieldsOf, readNodes } from "../../../../src/scan/syntax/tree-sitter/read-nodes.ts";
import type {
  NodeTree,
  ReadOptions,
  SyntaxNode,
} from "../../../../src/scan/syntax/tree-sitter/read-nodes.ts";

const parsers = openParsers();
beforeAll(() => parsers.load("go"));

function read(source: string, options: ReadOptions = { spines: [] }): NodeTree {
  const tree = parsers.parse("go", source);
  if (tree === null) throw new Error("the parser gave up");
  try {
    return readNodes(tree, source, options);
  } finally {
    tree.delete();
  }
}

function find(node: SyntaxNode, type: string): SyntaxNode | null {
  if (node.type === type) return node;
  for (const child of node.children) {
    const found = find(child, type);
    if (found !== null) return found;
  }
  return null;
}

function depthOf(node: SyntaxNode): number {
  return 1 + Math.max(0, ...node.children.map(depthOf));
}

test("children have fields; tokens are kept where they have one, commas never", () => {
  const { root } = read("package a\nvar b, c = d + e\n");
  const spec = find(root, "var_spec");
  expect(spec === null ? [] : fieldsOf(spec, "name").map(({ type }) => type)).toEqual([
    "identifier",
    "identifier",
  ]);
  const sum = find(root, "binary_expression");
  expect(sum?.children.map(({ type, field }) => [field, type])).toEqual([
    ["left", "identifier"],
    ["operator", "+"],
    ["right", "identifier"],
  ]);
});

test("tokens of a type are all kept when they are asked for", () => {
  const { root } = read("package a\nvar b = f(c, d)\n", { spines: [], tokensOf: ["argument_list"] });
  expect(find(root, "argument_list")?.children.map(({ type }) => type)).toEqual([
    "(",
    "identifier",
    ",",
    "identifier",
    ")",
  ]);
});

test("comments are no children; those that speak to custody are kept", () => {
  const { root, comments } = read("package a\n// custody-allow: b\nvar c = f(/* d */ e)\n");
  expect(comments).toEqual([{ text: "// custody-allow: b", at: 10 }]);
  expect(find(root, "comment")).toBeNull();
});

test("what is not understood and what is missing is told by its place", () => {
  expect(read("package a\nvar b = 1\n").errors).toEqual([]);
  expect(read("package a\nvar = = 1\n").errors.length).toBeGreaterThan(0);
  expect(read("package a\nfunc f() {").errors).toHaveLength(1);
});

test("a spine does not count as nesting, and anything else that is too deep is reported", () => {
  const sum = `package a\nvar b = ${"c + ".repeat(2000)}d\n`;
  expect(read(sum, { spines: ["binary_expression"] }).errors).toEqual([]);
  const cut = read(sum);
  expect(cut.errors.length).toBeGreaterThan(0);
  expect(depthOf(cut.root)).toBeLessThan(700);
  const nested = read(`package a\nvar b = ${"(".repeat(2000)}c${")".repeat(2000)}\n`);
  expect(nested.errors).toHaveLength(1);
  expect(fieldOf(nested.root, "no such field")).toBeNull();
});
