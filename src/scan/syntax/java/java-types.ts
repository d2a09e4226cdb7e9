import { qualify } from "../scope/create-scope.ts";
import { setName } from "../scope/set-name.ts";
import type { Expression, TypeSyntax } from "../syntax.ts";
import { childOf, fieldOf, fieldsOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { bareType, type JavaFile } from "./java-file.ts";
import { annotationsOf, defineMethod, readParameters } from "./java-methods.ts";
import { emitAnnotations, readModifiers } from "./java-modifiers.ts";

/** Classes, interfaces, records, enums and annotation types. */
export function javaTypes(file: JavaFile): Rules["statements"] {
  const { draft, lowering, scope } = file;

  function declare(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    if (nameNode === null) return lowering.visitAll(node.children);
    const typeName = draft.textOf(nameNode);
    emitAnnotations(file, readModifiers(file, node).annotations);
    draft.types.push(readType(file, node, typeName, nameNode.start));
    scope.inside(typeName, qualify(scope.path, typeName), () => {
      emitAnnotations(file, annotationsOf(file, fieldOf(node, "parameters")));
      lowering.visit(fieldOf(node, "body"));
    });
  }

  function declareConstant(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    if (nameNode === null) return lowering.visitAll(node.children);
    emitAnnotations(file, readModifiers(file, node).annotations);
    const args = lowering.lowerAll(fieldOf(node, "arguments")?.children ?? []);
    const body = fieldOf(node, "body");
    const value: Expression = {
      is: "call",
      how: "new",
      callee: { is: "name", name: scope.owner ?? "", at: nameNode.start },
      args: body === null ? args : [...args, ...readMembers(file, body, scope.owner, scope.path)],
      named: [],
      at: nameNode.start,
      end: node.end,
    };
    draft.emit(
      setName(nameNode.start, qualify(scope.owner ?? "", draft.textOf(nameNode)), value, {
        isConstant: true,
        isExported: true,
        type: scope.owner,
      }),
    );
  }

  const visitAll = (node: SyntaxNode) => lowering.visitAll(node.children);
  return {
    class_declaration: declare,
    interface_declaration: declare,
    record_declaration: declare,
    enum_declaration: declare,
    annotation_type_declaration: declare,
    enum_constant: declareConstant,
    class_body: visitAll,
    interface_body: visitAll,
    annotation_type_body: visitAll,
    enum_body: visitAll,
    enum_body_declarations: visitAll,
    static_initializer: visitAll,
  };
}

/** The methods of a class without a name, as function literals: what is handed in can be called. */
export function readMembers(
  file: JavaFile,
  body: SyntaxNode,
  owner: string | null,
  path: string,
): Expression[] {
  const members: Expression[] = [];
  file.scope.inside(owner, path, () => {
    for (const child of body.children) {
      if (child.type !== "method_declaration") {
        file.lowering.visit(child);
        continue;
      }
      const index = defineMethod(file, child);
      if (index !== null) members.push({ is: "function", index, at: child.start });
    }
  });
  return members;
}

function readType(file: JavaFile, node: SyntaxNode, name: string, at: number): TypeSyntax {
  const isInterface = node.type === "interface_declaration" || node.type === "annotation_type_declaration";
  const body = fieldOf(node, "body");
  const members = (body?.children ?? []).flatMap((child) =>
    child.type === "enum_body_declarations" ? child.children : [child],
  );
  const fields = members.flatMap((member) => {
    if (member.type !== "field_declaration" && member.type !== "constant_declaration") return [];
    const type = bareType(file, fieldOf(member, "type"));
    return fieldsOf(member, "declarator").map((declarator) => ({
      name: nameOf(file, declarator),
      type,
    }));
  });
  const components = readParameters(file, fieldOf(node, "parameters"));
  return {
    name,
    isInterface,
    above: readAbove(file, node),
    fields: [...components.map((component) => ({ name: component.name, type: component.type })), ...fields],
    methods: members
      .filter((member) => member.type === "method_declaration" && fieldOf(member, "body") === null)
      .map((member) => nameOf(file, member)),
    at,
  };
}

function readAbove(file: JavaFile, node: SyntaxNode): string[] {
  const superclass = fieldOf(node, "superclass");
  const above = [
    ...(superclass?.children ?? []),
    ...typeList(fieldOf(node, "interfaces")),
    ...typeList(childOf(node, "extends_interfaces")),
  ];
  return above.map((type) => bareType(file, type)).filter((type) => type !== null);
}

function typeList(node: SyntaxNode | null): readonly SyntaxNode[] {
  return node === null ? [] : (childOf(node, "type_list")?.children ?? []);
}

function nameOf(file: JavaFile, node: SyntaxNode): string {
  const name = fieldOf(node, "name");
  return name === null ? "" : file.draft.textOf(name);
}
