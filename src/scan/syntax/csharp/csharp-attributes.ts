import type { Expression } from "../syntax.ts";
import { nothing, type Arguments } from "../tree-sitter/expressions.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { pathExpression, type CsharpFile } from "./csharp-file.ts";

/** The names of the attributes of a declaration, as written. */
export function readMarks(file: CsharpFile, node: SyntaxNode): readonly string[] {
  return attributesOf(node).flatMap((attribute) => {
    const called = fieldOf(attribute, "name");
    return called === null ? [] : [file.draft.textOf(called)];
  });
}

/** An attribute's arguments may hold statements: each is a call, where the program would run it. */
export function emitAttributes(file: CsharpFile, node: SyntaxNode): void {
  for (const attribute of attributesOf(node)) {
    if (childOf(attribute, "attribute_argument_list") !== null) file.lowering.visit(attribute);
  }
}

export function lowerAttribute(file: CsharpFile, node: SyntaxNode): Expression {
  const called = fieldOf(node, "name");
  const callee = called === null ? nothing(node.start) : pathExpression(file, called);
  const given: Arguments = { args: [], named: [] };
  for (const argument of childOf(node, "attribute_argument_list")?.children ?? []) {
    const label = fieldOf(argument, "name");
    const values = file.lowering.lowerAll(argument.children.filter((child) => child !== label));
    const [first] = values;
    if (label === null || first === undefined) given.args.push(...values);
    else given.named.push({ key: file.draft.textOf(label), value: first, at: argument.start });
  }
  return { is: "call", how: "call", callee, ...given, at: callee.at, end: node.end };
}

/** `public`, `static`, `const` … */
export function readWords(file: CsharpFile, node: SyntaxNode): ReadonlySet<string> {
  const modifiers = node.children.filter((child) => child.type === "modifier");
  return new Set(modifiers.map((modifier) => file.draft.textOf(modifier)));
}

function attributesOf(node: SyntaxNode): readonly SyntaxNode[] {
  return node.children.flatMap((child) => (child.type === "attribute_list" ? child.children : []));
}
