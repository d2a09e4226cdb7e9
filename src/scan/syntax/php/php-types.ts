import { qualify } from "../scope/create-scope.ts";
import { setName } from "../scope/set-name.ts";
import type { Expression, TypeSyntax } from "../syntax.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { emitAttributes } from "./php-attributes.ts";
import { bareType, plainName, variableName, type PhpFile } from "./php-file.ts";
import { defineFunction, isPrivate } from "./php-functions.ts";

/** Classes, interfaces, traits and enums, with their constants and properties. */
export function phpTypes(file: PhpFile): Rules["statements"] {
  const { draft, lowering, scope } = file;
  const visitAll = (node: SyntaxNode) => lowering.visitAll(node.children);

  function declare(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    const body = fieldOf(node, "body");
    if (nameNode === null) return visitAll(node);
    const name = draft.textOf(nameNode);
    emitAttributes(file, node);
    draft.types.push(readType(file, node, name, nameNode.start));
    scope.inside(name, name, () => lowering.visit(body));
  }

  /** Of a class, or of the namespace. */
  function declareConstants(node: SyntaxNode): void {
    emitAttributes(file, node);
    for (const element of node.children) {
      if (element.type !== "const_element") continue;
      const [nameNode, value] = element.children;
      if (nameNode === undefined || value === undefined) continue;
      emitMember(node, nameNode, draft.textOf(nameNode), lowering.lower(value), true);
    }
  }

  function declareProperties(node: SyntaxNode): void {
    emitAttributes(file, node);
    for (const element of node.children) {
      if (element.type === "property_hook_list") lowering.visit(element);
      const nameNode = fieldOf(element, "name");
      const value = fieldOf(element, "default_value");
      if (element.type !== "property_element" || nameNode === null || value === null) continue;
      emitMember(node, nameNode, variableName(file, nameNode), lowering.lower(value), false);
    }
  }

  function emitMember(
    node: SyntaxNode,
    at: SyntaxNode,
    name: string,
    value: Expression,
    isConstant: boolean,
  ): void {
    const type = bareType(file, fieldOf(node, "type"));
    const target = qualify(scope.owner ?? "", name);
    draft.emit(setName(at.start, target, value, { isConstant, isExported: !isPrivate(file, node), type }));
  }

  function declareCase(node: SyntaxNode): void {
    emitAttributes(file, node);
    const nameNode = fieldOf(node, "name");
    const value = fieldOf(node, "value");
    if (nameNode === null || value === null) return lowering.visit(value);
    emitMember(node, nameNode, draft.textOf(nameNode), lowering.lower(value), true);
  }

  return {
    class_declaration: declare,
    interface_declaration: declare,
    trait_declaration: declare,
    enum_declaration: declare,
    declaration_list: visitAll,
    enum_declaration_list: visitAll,
    const_declaration: declareConstants,
    property_declaration: declareProperties,
    property_hook_list: visitAll,
    property_hook: (node) => lowering.visit(fieldOf(node, "body")),
    enum_case: declareCase,
    use_declaration: () => undefined,
  };
}

/** A class without a name: what is above it, and its methods as function literals. */
export function readAnonymousClass(
  file: PhpFile,
  node: SyntaxNode,
): { readonly above: string | null; readonly members: Expression[] } {
  const [above = null] = readAbove(file, node);
  const members: Expression[] = [];
  file.scope.inside(above, file.scope.path, () => {
    for (const child of fieldOf(node, "body")?.children ?? []) {
      if (child.type !== "method_declaration") {
        file.lowering.visit(child);
        continue;
      }
      const index = defineFunction(file, child);
      if (index !== null) members.push({ is: "function", index, at: child.start });
    }
  });
  return { above, members };
}

function readType(file: PhpFile, node: SyntaxNode, name: string, at: number): TypeSyntax {
  const members = fieldOf(node, "body")?.children ?? [];
  const methods = members.filter((member) => member.type === "method_declaration");
  const fields = members.flatMap((member) => fieldsOfMember(file, member));
  return {
    name,
    isInterface: node.type === "interface_declaration",
    above: readAbove(file, node),
    fields,
    methods: methods
      .filter((method) => fieldOf(method, "body") === null)
      .flatMap((method) => {
        const nameNode = fieldOf(method, "name");
        return nameNode === null ? [] : [file.draft.textOf(nameNode)];
      }),
    at,
  };
}

/** Properties, and the parameters of a constructor that are properties. */
function fieldsOfMember(file: PhpFile, member: SyntaxNode): readonly { name: string; type: string | null }[] {
  const isProperty = member.type === "property_declaration";
  const declared = isProperty ? member.children : (fieldOf(member, "parameters")?.children ?? []);
  return declared.flatMap((each) => {
    const nameNode = fieldOf(each, "name");
    const isField = each.type === "property_element" || each.type === "property_promotion_parameter";
    if (!isField || nameNode === null) return [];
    const type = fieldOf(isProperty ? member : each, "type");
    return [{ name: variableName(file, nameNode), type: bareType(file, type) }];
  });
}

/** What it extends and implements, and the traits that it uses. */
function readAbove(file: PhpFile, node: SyntaxNode): string[] {
  const traits = (fieldOf(node, "body")?.children ?? []).filter((child) => child.type === "use_declaration");
  return [childOf(node, "base_clause"), childOf(node, "class_interface_clause"), ...traits].flatMap(
    (clause) =>
      (clause?.children ?? [])
        .filter((child) => child.type === "name" || child.type === "qualified_name")
        .map((child) => plainName(file, child)),
  );
}
