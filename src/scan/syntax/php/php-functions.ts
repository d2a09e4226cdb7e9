import { qualify } from "../scope/create-scope.ts";
import { setName } from "../scope/set-name.ts";
import type { Expression, ParameterSyntax } from "../syntax.ts";
import { name } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { emitAttributes, readMarks } from "./php-attributes.ts";
import { bareType, variableName, type PhpFile } from "./php-file.ts";

export function phpFunctions(file: PhpFile): Rules["statements"] {
  return {
    function_definition: (node) => void defineFunction(file, node),
    method_declaration: (node) => void defineFunction(file, node),
  };
}

/** Defines a function or a method, and gives its index; null for one that only says what others must do. */
export function defineFunction(file: PhpFile, node: SyntaxNode): number | null {
  const { draft, lowering, scope } = file;
  const nameNode = fieldOf(node, "name");
  const body = fieldOf(node, "body");
  if (nameNode === null || body === null) {
    emitAttributes(file, node);
    for (const child of fieldOf(node, "parameters")?.children ?? []) {
      emitAttributes(file, child);
      lowering.visit(fieldOf(child, "default_value"));
    }
    lowering.visit(body);
    return null;
  }
  const isMethod = node.type === "method_declaration";
  const owner = isMethod ? scope.owner : null;
  const functionName = draft.textOf(nameNode);
  const qualified = qualify(owner ?? "", functionName, "::");
  const parameters = fieldOf(node, "parameters");
  const head = {
    name: functionName,
    owner,
    qualified,
    params: readParameters(file, parameters),
    returns: bareType(file, fieldOf(node, "return_type")),
    isExported: !isPrivate(file, node),
    marks: readMarks(file, node),
    at: nameNode.start,
    end: node.end,
  };
  return draft.define(head, () => {
    scope.inside(owner, qualified, () => {
      emitAttributes(file, node);
      emitPromoted(file, parameters);
      lowering.visit(body);
    });
  });
}

/** A closure or an arrow function; `bound` is the variable that it is bound to at once, null when there is none. */
export function defineClosure(file: PhpFile, node: SyntaxNode, bound: string | null): Expression {
  const { draft, lowering, scope } = file;
  const body = fieldOf(node, "body");
  const head = {
    name: bound,
    owner: null,
    qualified: qualify(scope.path, bound ?? "{closure}", "::"),
    params: readParameters(file, fieldOf(node, "parameters")),
    returns: bareType(file, fieldOf(node, "return_type")),
    isExported: false,
    marks: readMarks(file, node),
    at: node.start,
    end: node.end,
  };
  const index = draft.define(head, () => {
    emitAttributes(file, node);
    if (node.type !== "arrow_function") return lowering.visit(body);
    if (body !== null) draft.emit({ do: "return", value: lowering.lower(body) });
  });
  return { is: "function", index, at: node.start };
}

export function readParameters(file: PhpFile, node: SyntaxNode | null): readonly ParameterSyntax[] {
  return (node?.children ?? []).flatMap((child) => {
    const nameNode = fieldOf(child, "name");
    if (nameNode === null) return [];
    const value = fieldOf(child, "default_value");
    return [
      {
        name: variableName(file, nameNode),
        type: bareType(file, fieldOf(child, "type")),
        default: value === null ? null : file.lowering.lower(value),
      },
    ];
  });
}

/** `private PDO $pdo` among a constructor's parameters is a property that it sets. */
function emitPromoted(file: PhpFile, parameters: SyntaxNode | null): void {
  for (const child of parameters?.children ?? []) {
    emitAttributes(file, child);
    const nameNode = fieldOf(child, "name");
    if (child.type !== "property_promotion_parameter" || nameNode === null) continue;
    const variable = variableName(file, nameNode);
    const type = bareType(file, fieldOf(child, "type"));
    file.draft.emit(setName(nameNode.start, `this.${variable}`, name(nameNode.start, variable), { type }));
  }
}

export function isPrivate(file: PhpFile, node: SyntaxNode): boolean {
  const visibility = childOf(node, "visibility_modifier");
  return visibility !== null && file.draft.textOf(visibility) === "private";
}
