import { qualify } from "../scope/create-scope.ts";
import { setName } from "../scope/set-name.ts";
import type { ParameterSyntax } from "../syntax.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, fieldsOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { bareType, type JavaFile } from "./java-file.ts";
import { emitAnnotations, readModifiers, type Modifiers } from "./java-modifiers.ts";

/** Methods, constructors and fields. */
export function javaMethods(file: JavaFile): Rules["statements"] {
  const { draft, lowering, scope } = file;

  function declareField(node: SyntaxNode): void {
    const modifiers = readModifiers(file, node);
    emitAnnotations(file, modifiers.annotations);
    const isOfInterface = node.type === "constant_declaration";
    for (const declarator of fieldsOf(node, "declarator")) {
      const nameNode = fieldOf(declarator, "name");
      const value = fieldOf(declarator, "value");
      if (nameNode === null || value === null) continue;
      const name = draft.textOf(nameNode);
      draft.emit(
        setName(nameNode.start, qualify(scope.owner ?? "", name), lowering.lower(value), {
          isConstant: isOfInterface || modifiers.words.has("final"),
          isExported: isExported(modifiers),
          type: bareType(file, fieldOf(node, "type")),
        }),
      );
    }
  }

  return {
    method_declaration: (node) => void defineMethod(file, node),
    annotation_type_element_declaration: (node) => void defineMethod(file, node),
    constructor_declaration: (node) => void defineMethod(file, node),
    compact_constructor_declaration: (node) => void defineMethod(file, node),
    field_declaration: declareField,
    constant_declaration: declareField,
  };
}

/**
 * Defines a method with what runs in it, its annotations first. Null, and nothing defined, where there is nothing: an
 * interface's method. A constructor bears its class's name.
 */
export function defineMethod(file: JavaFile, node: SyntaxNode): number | null {
  const { draft, lowering, scope } = file;
  const nameNode = fieldOf(node, "name");
  const body = fieldOf(node, "body") ?? fieldOf(node, "value");
  const modifiers = readModifiers(file, node);
  const parameters = fieldOf(node, "parameters");
  const annotations = [...modifiers.annotations, ...annotationsOf(file, parameters)];
  if (nameNode === null) {
    emitAnnotations(file, annotations);
    lowering.visit(body);
    return null;
  }
  if (body === null && annotations.length === 0) return null;
  const name = draft.textOf(nameNode);
  const path = qualify(scope.path, name);
  const head = {
    name,
    owner: scope.owner,
    qualified: path,
    params: readParameters(file, parameters),
    returns: bareType(file, fieldOf(node, "type")),
    isExported: isExported(modifiers),
    marks: modifiers.marks,
    at: nameNode.start,
    end: node.end,
  };
  return draft.define(head, () => {
    scope.inside(scope.owner, path, () => {
      emitAnnotations(file, annotations);
      lowering.visit(body);
    });
  });
}

export function readParameters(file: JavaFile, node: SyntaxNode | null): readonly ParameterSyntax[] {
  if (node === null) return [];
  const { draft } = file;
  if (node.type === "identifier") return [{ name: draft.textOf(node), type: null, default: null }];
  return node.children.flatMap((child) => {
    if (child.type === "identifier") return [{ name: draft.textOf(child), type: null, default: null }];
    const isRest = child.type === "spread_parameter";
    const declarator = isRest ? childOf(child, "variable_declarator") : child;
    const name = declarator === null ? null : fieldOf(declarator, "name");
    if (name === null) return [];
    const type = isRest
      ? child.children.find((part) => part !== declarator && part.type !== "modifiers")
      : fieldOf(child, "type");
    return [{ name: draft.textOf(name), type: bareType(file, type ?? null), default: null }];
  });
}

/** The annotations of all parameters. */
export function annotationsOf(file: JavaFile, parameters: SyntaxNode | null): readonly SyntaxNode[] {
  return (parameters?.children ?? []).flatMap((child) => readModifiers(file, child).annotations);
}

/** Only what is private cannot be named by another file. */
function isExported(modifiers: Modifiers): boolean {
  return !modifiers.words.has("private");
}
