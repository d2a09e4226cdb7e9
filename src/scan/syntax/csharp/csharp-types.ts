import { qualify } from "../scope/create-scope.ts";
import { setName } from "../scope/set-name.ts";
import type { TypeSyntax } from "../syntax.ts";
import { isNothing } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { emitAttributes } from "./csharp-attributes.ts";
import { readArguments } from "./csharp-calls.ts";
import { bareType, pathExpression, type CsharpFile } from "./csharp-file.ts";
import { emitParameters, readParameters } from "./csharp-functions.ts";

/** Classes, structs, records, interfaces and enums. */
export function csharpTypes(file: CsharpFile): Rules["statements"] {
  const { draft, lowering, scope } = file;
  const visitAll = (node: SyntaxNode) => lowering.visitAll(node.children);

  function declare(node: SyntaxNode): void {
    const nameNode = fieldOf(node, "name");
    if (nameNode === null) return visitAll(node);
    const name = draft.textOf(nameNode);
    emitAttributes(file, node);
    draft.types.push(readType(file, node, name, nameNode.start));
    scope.inside(name, qualify(scope.path, name), () => {
      emitPrimary(node);
      const visitBody = () => lowering.visit(fieldOf(node, "body"));
      // Members of an interface are everybody's.
      if (node.type === "interface_declaration") scope.insideOf("interface", visitBody);
      else visitBody();
    });
  }

  /** What a constructor in the head of a class is given, and hands on to the class above. */
  function emitPrimary(node: SyntaxNode): void {
    emitParameters(file, childOf(node, "parameter_list"));
    const bases = childOf(node, "base_list");
    for (const list of [bases, ...(bases?.children ?? [])]) {
      const given = list === null ? null : childOf(list, "argument_list");
      const type = list === bases ? bases?.children[0] : list === null ? null : fieldOf(list, "type");
      if (given === null || type === null || type === undefined) continue;
      const callee = pathExpression(file, type);
      const call = { ...readArguments(file, given), at: callee.at, end: given.end };
      draft.emit({ do: "run", value: { is: "call", how: "new", callee, ...call } });
    }
  }

  return {
    class_declaration: declare,
    struct_declaration: declare,
    record_declaration: declare,
    interface_declaration: declare,
    enum_declaration: declare,
    declaration_list: visitAll,
    enum_member_declaration_list: visitAll,
    enum_member_declaration: (node) => {
      emitAttributes(file, node);
      const nameNode = fieldOf(node, "name");
      const value = lowering.lower(fieldOf(node, "value"));
      if (nameNode === null || isNothing(value)) return;
      const target = qualify(scope.owner ?? "", draft.textOf(nameNode));
      draft.emit(setName(nameNode.start, target, value, { isConstant: true, isExported: true }));
    },
  };
}

function readType(file: CsharpFile, node: SyntaxNode, name: string, at: number): TypeSyntax {
  const members = fieldOf(node, "body")?.children ?? [];
  const params = readParameters(file, childOf(node, "parameter_list"));
  const bases = (childOf(node, "base_list")?.children ?? []).filter(
    (child) => child.type !== "argument_list",
  );
  const nameOf = (each: SyntaxNode | null) => {
    const nameNode = each === null ? null : fieldOf(each, "name");
    return nameNode === null ? "" : file.draft.textOf(nameNode);
  };
  const fields = members.flatMap((member) => {
    if (member.type === "property_declaration") {
      return [{ name: nameOf(member), type: bareType(file, fieldOf(member, "type")) }];
    }
    const declaration = member.type === "field_declaration" ? childOf(member, "variable_declaration") : null;
    const type = bareType(file, declaration === null ? null : fieldOf(declaration, "type"));
    const declarators = declaration?.children.filter((child) => child.type === "variable_declarator") ?? [];
    return declarators.map((declarator) => ({ name: nameOf(declarator), type }));
  });
  return {
    name,
    isInterface: node.type === "interface_declaration",
    above: bases.map((base) => bareType(file, base)).filter((base) => base !== null),
    fields: [...params.map((parameter) => ({ name: parameter.name, type: parameter.type })), ...fields],
    methods: members
      .filter((member) => member.type === "method_declaration" && fieldOf(member, "body") === null)
      .map((member) => nameOf(member)),
    at,
  };
}
