import { qualify } from "../scope/create-scope.ts";
import { setName } from "../scope/set-name.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { emitAttributes, readWords } from "./csharp-attributes.ts";
import { lowerCreation } from "./csharp-calls.ts";
import { bareType, type CsharpFile } from "./csharp-file.ts";
import { defineFunction, defineLambda } from "./csharp-functions.ts";

const visible = ["public", "internal", "protected"];
/** What a property may give without doing anything. */
const texts = new Set([
  "string_literal",
  "verbatim_string_literal",
  "raw_string_literal",
  "interpolated_string_expression",
  "binary_expression",
]);

/** Fields, properties, indexers, events: what of a type is set; and local variables, which are declared alike. */
export function csharpMembers(file: CsharpFile): Rules["statements"] {
  const { draft, lowering, scope } = file;

  function declareFields(node: SyntaxNode): void {
    emitAttributes(file, node);
    const words = readWords(file, node);
    const declaration = childOf(node, "variable_declaration");
    if (declaration === null) return lowering.visitAll(node.children);
    declareVariables(file, declaration, {
      owner: scope.owner,
      isConstant: words.has("const") || words.has("readonly"),
      isExported: visible.some((word) => words.has(word)) || scope.members === "interface",
    });
  }

  function declareProperty(node: SyntaxNode): void {
    emitAttributes(file, node);
    const nameNode = fieldOf(node, "name");
    const value = fieldOf(node, "value");
    const name = nameNode === null ? "this[]" : draft.textOf(nameNode);
    for (const accessor of fieldOf(node, "accessors")?.children ?? []) declareAccessor(node, accessor, name);
    if (value === null) return;
    const given = value.type === "arrow_expression_clause" ? value.children[0] : value;
    const isText = given !== undefined && texts.has(given.type);
    if (given === undefined || nameNode === null || (given !== value && !isText)) {
      const parameters = fieldOf(node, "parameters");
      return defineFunction(file, node, { name, owner: scope.owner, parameters, body: value });
    }
    const words = readWords(file, node);
    const type = bareType(file, fieldOf(node, "type"));
    draft.emit(
      setName(
        nameNode.start,
        qualify(scope.owner ?? "", name),
        lowerValue(file, given, fieldOf(node, "type")),
        {
          isConstant: given !== value,
          isExported: visible.some((word) => words.has(word)) || scope.members === "interface",
          type,
        },
      ),
    );
  }

  function declareAccessor(node: SyntaxNode, accessor: SyntaxNode, name: string): void {
    const body = fieldOf(accessor, "body");
    const kind = fieldOf(accessor, "name");
    if (body === null || kind === null) return emitAttributes(file, accessor);
    const parameters = fieldOf(node, "parameters");
    defineFunction(file, accessor, {
      name: `${draft.textOf(kind)}_${name}`,
      owner: scope.owner,
      parameters,
      body,
    });
  }

  return {
    field_declaration: declareFields,
    event_field_declaration: declareFields,
    property_declaration: declareProperty,
    indexer_declaration: declareProperty,
    event_declaration: declareProperty,
    local_declaration_statement: (node) => {
      const isConstant = readWords(file, node).has("const");
      const declaration = childOf(node, "variable_declaration");
      if (declaration === null) return lowering.visitAll(node.children);
      declareVariables(file, declaration, { owner: null, isConstant, isExported: false });
    },
    variable_declaration: (node) =>
      declareVariables(file, node, { owner: null, isConstant: false, isExported: false }),
  };
}

interface Declared {
  readonly owner: string | null;
  readonly isConstant: boolean;
  readonly isExported: boolean;
}

function declareVariables(file: CsharpFile, node: SyntaxNode, declared: Declared): void {
  const { draft, lowering } = file;
  const typeNode = fieldOf(node, "type");
  const type = bareType(file, typeNode);
  for (const declarator of node.children) {
    if (declarator.type !== "variable_declarator") continue;
    const nameNode = fieldOf(declarator, "name");
    const [value, ...rest] = declarator.children.filter((child) => child !== nameNode);
    if (nameNode === null || value === undefined) {
      lowering.visitAll(
        declarator.children.filter((child) => child !== nameNode && child.type !== "tuple_pattern"),
      );
      continue;
    }
    lowering.visitAll(rest);
    const name = draft.textOf(nameNode);
    const isLambda = value.type === "lambda_expression" || value.type === "anonymous_method_expression";
    const set = isLambda ? defineLambda(file, value, name) : lowerValue(file, value, typeNode);
    const { isConstant, isExported } = declared;
    const target = declared.owner === null ? name : qualify(declared.owner, name);
    draft.emit(setName(nameNode.start, target, set, { isConstant, isExported, type }));
  }
}

/** `Backend b = new(…)` makes a `Backend`. */
function lowerValue(file: CsharpFile, value: SyntaxNode, type: SyntaxNode | null) {
  const isDeclared = value.type === "implicit_object_creation_expression" && type?.type !== "implicit_type";
  return isDeclared ? lowerCreation(file, value, type) : file.lowering.lower(value);
}
