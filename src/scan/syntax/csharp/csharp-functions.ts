import { qualify } from "../scope/create-scope.ts";
import type { Expression, ParameterSyntax } from "../syntax.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { emitAttributes, readMarks, readWords } from "./csharp-attributes.ts";
import { bareType, type CsharpFile } from "./csharp-file.ts";

const visible = ["public", "internal", "protected"];

/** Methods, constructors, operators, and the functions inside of functions. */
export function csharpFunctions(file: CsharpFile): Rules["statements"] {
  const { draft, scope } = file;

  function define(node: SyntaxNode, written: string): void {
    const body = fieldOf(node, "body");
    const parameters = fieldOf(node, "parameters");
    const hasAttributes = node.children.some((child) => child.type === "attribute_list");
    if (body === null && !hasAttributes) return emitParameters(file, parameters);
    defineFunction(file, node, { name: written, owner: scope.owner, parameters, body });
  }

  const defineNamed = (node: SyntaxNode) => define(node, nameOf(node));
  const nameOf = (node: SyntaxNode) => {
    const nameNode = fieldOf(node, "name");
    return nameNode === null ? "" : draft.textOf(nameNode);
  };

  return {
    method_declaration: defineNamed,
    constructor_declaration: defineNamed,
    destructor_declaration: (node) => define(node, `~${nameOf(node)}`),
    operator_declaration: (node) => define(node, `operator ${fieldOf(node, "operator")?.type ?? ""}`),
    conversion_operator_declaration: (node) =>
      define(node, `operator ${bareType(file, fieldOf(node, "type")) ?? ""}`),
    delegate_declaration: (node) => {
      emitAttributes(file, node);
      emitParameters(file, fieldOf(node, "parameters"));
    },
    local_function_statement: (node) => {
      const parameters = fieldOf(node, "parameters");
      defineFunction(file, node, {
        name: nameOf(node),
        owner: null,
        parameters,
        body: fieldOf(node, "body"),
      });
    },
  };
}

interface FunctionParts {
  readonly name: string;
  readonly owner: string | null;
  readonly parameters: SyntaxNode | null;
  readonly body: SyntaxNode | null;
}

/** Defines a function with what runs in it: its attributes, what a constructor calls first, its body. */
export function defineFunction(file: CsharpFile, node: SyntaxNode, parts: FunctionParts): void {
  const { draft, lowering, scope } = file;
  const words = readWords(file, node);
  const path = qualify(scope.path, parts.name);
  const head = {
    name: parts.name,
    owner: parts.owner,
    qualified: path,
    params: readParameters(file, parts.parameters),
    returns: bareType(file, fieldOf(node, "returns") ?? fieldOf(node, "type")),
    isExported: visible.some((word) => words.has(word)) || scope.members === "interface",
    marks: readMarks(file, node),
    at: fieldOf(node, "name")?.start ?? node.start,
    end: node.end,
  };
  draft.define(head, () => {
    scope.inside(scope.owner, path, () => {
      emitAttributes(file, node);
      for (const child of parts.parameters?.children ?? []) emitAttributes(file, child);
      lowering.visit(childOf(node, "constructor_initializer"));
      lowering.visit(parts.body);
    });
  });
}

/** A lambda or an anonymous method; `bound` is the variable that it is bound to at once, null when there is none. */
export function defineLambda(file: CsharpFile, node: SyntaxNode, bound: string | null): Expression {
  const { draft, lowering, scope } = file;
  const path = qualify(scope.path, bound ?? "lambda");
  const body = fieldOf(node, "body") ?? childOf(node, "block");
  const head = {
    name: bound,
    owner: null,
    qualified: path,
    params: readParameters(file, fieldOf(node, "parameters")),
    returns: bareType(file, fieldOf(node, "type")),
    isExported: false,
    marks: readMarks(file, node),
    at: node.start,
    end: node.end,
  };
  const index = draft.define(head, () => {
    scope.inside(scope.owner, path, () => {
      emitAttributes(file, node);
      if (body === null || body.type === "block") lowering.visit(body);
      else draft.emit({ do: "return", value: lowering.lower(body) });
    });
  });
  return { is: "function", index, at: node.start };
}

/** What the parameters of something without a body hold, attributes and defaults. */
export function emitParameters(file: CsharpFile, node: SyntaxNode | null): void {
  for (const child of node?.children ?? []) {
    emitAttributes(file, child);
    if (child.type === "parameter") file.lowering.visit(defaultOf(child));
  }
}

export function readParameters(file: CsharpFile, node: SyntaxNode | null): readonly ParameterSyntax[] {
  const { draft } = file;
  if (node === null) return [];
  if (node.type === "implicit_parameter" || node.type === "identifier") {
    return [{ name: draft.textOf(node), type: null, default: null }];
  }
  // The last of a list may be `params T[] rest`, whose parts stand in the list itself.
  let type: string | null = null;
  return node.children.flatMap((child): readonly ParameterSyntax[] => {
    if (child.field === "type") type = bareType(file, child);
    if (child.field === "name") return [{ name: draft.textOf(child), type, default: null }];
    const nameNode = fieldOf(child, "name");
    if (child.type !== "parameter" || nameNode === null) return [];
    const value = defaultOf(child);
    return [
      {
        name: draft.textOf(nameNode),
        type: bareType(file, fieldOf(child, "type")),
        default: value === null ? null : file.lowering.lower(value),
      },
    ];
  });
}

/** What stands behind a parameter's `=`. */
function defaultOf(parameter: SyntaxNode): SyntaxNode | null {
  const last = parameter.children.at(-1);
  return last === undefined || last.field !== null || last.type === "modifier" ? null : last;
}
