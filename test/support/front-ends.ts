import type { Node } from "web-tree-sitter";
import { openParsers } from "../../src/scan/adapters/tree-sitter.ts";
import { readGo } from "../../src/scan/syntax/go/read-go.ts";
import { readPython } from "../../src/scan/syntax/python/read-python.ts";
import { readRust } from "../../src/scan/syntax/rust/read-rust.ts";
import type { FileSyntax } from "../../src/scan/syntax/syntax.ts";
import { listLost } from "./walk-syntax.ts";
import type { Expected } from "./walk-syntax.ts";

const calleeIn = (names: readonly string[]) => (call: Node) =>
  names.includes(call.childForFieldName("function")?.text ?? "");

/** The front-ends that read a tree of tree-sitter, and what must be found again in what they give. */
export const frontEnds = {
  go: {
    read: readGo,
    extension: "go",
    strings: ["interpreted_string_literal", "raw_string_literal", "rune_literal"],
    calls: ["call_expression"],
    without: ["import_declaration", "struct_type", "interface_type", "ERROR"],
    isTransparent: calleeIn(["string", "any", "byte", "rune"]),
  },
  python: {
    read: readPython,
    extension: "py",
    strings: ["string"],
    calls: ["call"],
    without: ["type", "ERROR"],
    // Of a loop only what it walks through is kept.
    isTransparent: (call) =>
      calleeIn(["str", "enumerate", "zip"])(call) ||
      /\.(?:items|values)$/.test(call.childForFieldName("function")?.text ?? ""),
  },
  rust: {
    read: readRust,
    extension: "rs",
    strings: ["string_literal", "raw_string_literal", "char_literal"],
    calls: ["call_expression"],
    without: ["attribute_item", "inner_attribute_item", "ERROR"],
    isTransparent: calleeIn(["Some", "Ok"]),
  },
} as const satisfies Record<string, Expected & { read: unknown; extension: string }>;
export type FrontEnd = keyof typeof frontEnds;
export const frontEndNames = Object.keys(frontEnds) as readonly FrontEnd[];

const parsers = openParsers();
for (const name of frontEndNames) await parsers.load(name);

export function readSource(language: FrontEnd, source: string): FileSyntax {
  return withTree(language, source, (file) => file);
}

export function lostIn(language: FrontEnd, source: string): readonly string[] {
  return withTree(language, source, (file, root) => listLost(root, file, frontEnds[language]));
}

function withTree<T>(language: FrontEnd, source: string, use: (file: FileSyntax, root: Node) => T): T {
  const tree = parsers.parse(language, source);
  if (tree === null) throw new Error("the parser gave up");
  try {
    return use(frontEnds[language].read(tree, source), tree.rootNode);
  } finally {
    tree.delete();
  }
}
