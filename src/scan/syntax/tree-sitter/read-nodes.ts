import type { Tree, TreeCursor } from "web-tree-sitter";
import type { CommentSyntax } from "../syntax.ts";

/** One node of a syntax tree, taken out of WASM: walking it costs nothing, and the tree can be freed. */
export interface SyntaxNode {
  readonly type: string;
  /** The name under which its parent holds it. */
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  /** What the grammar names, and the tokens that have a field (operators); never a comment or a line's continuation. */
  readonly children: readonly SyntaxNode[];
}

export interface NodeTree {
  readonly root: SyntaxNode;
  /** Those that hold `custody-allow`. */
  readonly comments: readonly CommentSyntax[];
  /** Where something was not understood, was missing, or was nested too deep to be read. */
  readonly errors: readonly number[];
}

export interface ReadOptions {
  /**
   * Types whose first child may be of the same type without end: `a + b + c …`. They do not count as nesting, so whoever
   * lowers them must follow the first child in a loop, not by recursion.
   */
  readonly spines: readonly string[];
  /** Types whose tokens are all kept: a macro's arguments. */
  readonly tokensOf?: readonly string[];
}

/** Deeper than people nest, and shallow enough to be walked by recursion. */
const deepest = 600;

/** Copies a whole tree out of WASM, in one pass. */
export function readNodes(tree: Tree, source: string, options: ReadOptions): NodeTree {
  const { language } = tree;
  const named = language.types.map((_, id) => language.nodeTypeIsNamed(id));
  const spines = new Set(options.spines);
  const tokensOf = new Set(options.tokensOf);
  const comments: CommentSyntax[] = [];
  const errors: number[] = [];
  const hasErrors = tree.rootNode.hasError;

  const cursor = tree.walk();
  const root = { type: cursor.nodeType, field: null, start: 0, end: source.length, children: [] };
  const path: { node: Draft; depth: number }[] = [{ node: root, depth: 0 }];
  let isInside = cursor.gotoFirstChild();
  while (isInside) {
    const above = path.at(-1);
    if (above === undefined) break;
    const child = take(above.node);
    if (child !== null) {
      const isSpine =
        child.type === above.node.type && spines.has(child.type) && above.node.children.length === 1;
      const depth = isSpine ? above.depth : above.depth + 1;
      if (depth > deepest) errors.push(child.start);
      else if (cursor.gotoFirstChild()) {
        path.push({ node: child, depth });
        continue;
      }
    }
    while (!cursor.gotoNextSibling()) {
      path.pop();
      if (path.length === 0 || !cursor.gotoParent()) {
        isInside = false;
        break;
      }
    }
  }
  cursor.delete();
  return { root, comments, errors };

  /** The node under the cursor, added to the one above it; null when nothing of it is wanted. */
  function take(above: Draft): Draft | null {
    const typeId = cursor.nodeTypeId;
    // ERROR has an id of its own, outside of the table.
    const isNamed = named[typeId] ?? true;
    const type = language.types[typeId] ?? "ERROR";
    const fieldId = cursor.currentFieldId;
    // A list of names under one field has its commas under that field too.
    if (!isNamed && (fieldId === 0 || type === ",") && !tokensOf.has(above.type)) {
      if (hasErrors && cursor.nodeIsMissing) errors.push(cursor.startIndex);
      return null;
    }
    const child = draftOf(cursor, type, language.fields[fieldId] ?? null);
    // Python's backslash at the end of a line is a node of its own.
    if (child.type === "line_continuation") return null;
    if (isNamed && child.type.endsWith("comment")) {
      const text = source.slice(child.start, child.end);
      if (text.includes("custody-allow")) comments.push({ text: text.trimEnd(), at: child.start });
      return null;
    }
    if (hasErrors && (child.type === "ERROR" || cursor.nodeIsMissing)) errors.push(child.start);
    above.children.push(child);
    return child;
  }
}

interface Draft {
  readonly type: string;
  readonly field: string | null;
  readonly start: number;
  readonly end: number;
  readonly children: Draft[];
}

function draftOf(cursor: TreeCursor, type: string, field: string | null): Draft {
  return { type, field, start: cursor.startIndex, end: cursor.endIndex, children: [] };
}

/** The first child that stands under a name. */
export function fieldOf(node: SyntaxNode, field: string): SyntaxNode | null {
  for (const child of node.children) if (child.field === field) return child;
  return null;
}

/** Every child that stands under a name. */
export function fieldsOf(node: SyntaxNode, field: string): readonly SyntaxNode[] {
  return node.children.filter((child) => child.field === field);
}

/** The first child of a type. */
export function childOf(node: SyntaxNode, type: string): SyntaxNode | null {
  for (const child of node.children) if (child.type === type) return child;
  return null;
}
