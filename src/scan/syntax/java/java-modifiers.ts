import type { Entry, Expression } from "../syntax.ts";
import { other, type Arguments } from "../tree-sitter/expressions.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import type { JavaFile } from "./java-file.ts";
import { pathExpression } from "./lower-path.ts";

/** What stands before a declaration. */
export interface Modifiers {
  /** `public`, `static`, `final` … */
  readonly words: ReadonlySet<string>;
  /** The names of the annotations, as written. */
  readonly marks: readonly string[];
  /** The annotations that have arguments. */
  readonly annotations: readonly SyntaxNode[];
}

export function readModifiers(file: JavaFile, declaration: SyntaxNode): Modifiers {
  const node = childOf(declaration, "modifiers");
  if (node === null) return { words: new Set(), marks: [], annotations: [] };
  const words: string[] = [];
  let from = node.start;
  for (const child of node.children) {
    words.push(...file.draft.source.slice(from, child.start).split(/\s+/));
    from = child.end;
  }
  words.push(...file.draft.source.slice(from, node.end).split(/\s+/));
  const marks = node.children.flatMap((child) => {
    const name = fieldOf(child, "name");
    return name === null ? [] : [file.draft.textOf(name)];
  });
  return {
    words: new Set(words),
    marks,
    annotations: node.children.filter((child) => fieldOf(child, "arguments") !== null),
  };
}

/** An annotation's arguments may hold statements (`@Query("…")`): each is a call, where the program would run it. */
export function emitAnnotations(file: JavaFile, annotations: readonly SyntaxNode[]): void {
  for (const annotation of annotations) {
    file.draft.emit({ do: "run", value: lowerAnnotation(file, annotation) });
  }
}

export function lowerAnnotation(file: JavaFile, node: SyntaxNode): Expression {
  const name = fieldOf(node, "name");
  if (name === null) return other(node.start, file.lowering.lowerAll(node.children));
  const given: Arguments = { args: [], named: [] };
  for (const argument of fieldOf(node, "arguments")?.children ?? []) {
    if (argument.type === "element_value_pair") given.named.push(readPair(file, argument));
    else given.args.push(file.lowering.lower(argument));
  }
  const callee = pathExpression(file.draft, name);
  return { is: "call", how: "call", callee, ...given, at: callee.at, end: node.end };
}

function readPair(file: JavaFile, node: SyntaxNode): Entry {
  const key = fieldOf(node, "key");
  return {
    key: key === null ? null : file.draft.textOf(key),
    value: file.lowering.lower(fieldOf(node, "value")),
    at: node.start,
  };
}
