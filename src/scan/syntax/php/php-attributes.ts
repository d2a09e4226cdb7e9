import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { plainName, type PhpFile } from "./php-file.ts";

/** The names of the attributes of a declaration. */
export function readMarks(file: PhpFile, node: SyntaxNode): readonly string[] {
  return attributesOf(node).flatMap((attribute) => {
    const [called] = attribute.children;
    return called === undefined ? [] : [plainName(file, called)];
  });
}

/** An attribute's arguments may hold statements: each is a call, where the program would run it. */
export function emitAttributes(file: PhpFile, node: SyntaxNode): void {
  for (const attribute of attributesOf(node)) {
    if (fieldOf(attribute, "parameters") !== null) file.lowering.visit(attribute);
  }
}

function attributesOf(node: SyntaxNode): readonly SyntaxNode[] {
  return (fieldOf(node, "attributes")?.children ?? []).flatMap((group) => group.children);
}
