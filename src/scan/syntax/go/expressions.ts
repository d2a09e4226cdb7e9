import type { Entry, Expression } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { compare, isNothing, join, name, nothing, other, text } from "../tree-sitter/expressions.ts";
import type { Lowering, Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { stringOf } from "./strings.ts";
import { bareType } from "./types.ts";

/** What is a conversion, not a call. */
const conversions = new Set(["string", "any", "byte", "rune"]);
const comparisons = new Set(["==", "!=", "<", "<=", ">", ">=", "&&", "||"]);

export function expressionRules(
  draft: FileDraft,
  { lower, lowerAll }: Lowering,
  self: () => string | null,
): Rules["expressions"] {
  const literal = (node: SyntaxNode): Expression => text(node.start, stringOf(draft.textOf(node)));
  const named = (node: SyntaxNode): Expression => name(node.start, draft.textOf(node));
  const none = (node: SyntaxNode): Expression => nothing(node.start);
  const first = (node: SyntaxNode): Expression => lower(node.children[0] ?? null);
  const operand = (node: SyntaxNode): Expression => lower(fieldOf(node, "operand"));

  function call(node: SyntaxNode, callee: SyntaxNode | null, args: readonly SyntaxNode[]): Expression {
    if (args.length === 1 && callee?.type === "identifier" && conversions.has(draft.textOf(callee)))
      return lower(args[0] ?? null);
    const of = lower(callee);
    return { is: "call", how: "call", callee: of, args: lowerAll(args), named: [], at: of.at, end: node.end };
  }

  /** `a + b + c` is nested to the left, as deep as it is long. */
  function binary(node: SyntaxNode): Expression {
    const rights: { operator: string; right: SyntaxNode | null }[] = [];
    let left: SyntaxNode | null = node;
    while (left?.type === "binary_expression") {
      const operator = fieldOf(left, "operator");
      rights.push({
        operator: operator === null ? "" : draft.textOf(operator),
        right: fieldOf(left, "right"),
      });
      left = fieldOf(left, "left");
    }
    let pending = [lower(left)];
    let joined = "";
    for (const { operator, right } of rights.reverse()) {
      if (operator !== joined) pending = [combine(node.start, joined, pending)];
      joined = operator;
      pending.push(lower(right));
    }
    return combine(node.start, joined, pending);
  }

  /** A literal's braces; `type` is that of the literal, or the element type of the one around it. */
  function braces(body: SyntaxNode | null, type: SyntaxNode | null): Expression {
    if (body === null) return nothing(0);
    const inner = type?.type === "pointer_type" ? (type.children[0] ?? null) : type;
    const elementType =
      inner === null ? null : fieldOf(inner, inner.type === "map_type" ? "value" : "element");
    const element = (node: SyntaxNode | undefined): Expression => {
      const value = node?.children[0] ?? null;
      return value?.type === "literal_value" ? braces(value, elementType) : lower(value);
    };
    const isMap = inner?.type === "map_type";
    const isSequence = elementType !== null && !isMap;
    const isKeyed = body.children[0]?.type === "keyed_element";
    if (isSequence || (!isKeyed && body.children.length > 0)) {
      const items = body.children.map((each) =>
        element(each.type === "keyed_element" ? each.children.at(-1) : each),
      );
      return { is: "list", items, at: body.start };
    }
    const entries = body.children.flatMap((each): Entry[] => {
      const value = { value: element(each.children.at(-1)), at: each.start };
      if (each.type !== "keyed_element") return [{ key: null, ...value }];
      const key = each.children[0]?.children[0];
      if (key === undefined) return [{ key: null, ...value }];
      if (key.type === "identifier" && !isMap) return [{ key: draft.textOf(key), ...value }];
      const computed = element(each.children[0]);
      if (computed.is === "text") return [{ key: computed.text, ...value }];
      return [
        ...(isNothing(computed) ? [] : [{ key: null, value: computed, at: computed.at }]),
        { key: null, ...value },
      ];
    });
    return { is: "map", entries, type: isMap ? null : bareType(draft, inner), at: body.start };
  }

  return {
    interpreted_string_literal: literal,
    raw_string_literal: literal,
    rune_literal: literal,
    identifier(node) {
      const written = draft.textOf(node);
      return name(node.start, written === self() ? "this" : written);
    },
    field_identifier: named,
    package_identifier: named,
    type_identifier: named,
    nil: named,
    true: named,
    false: named,
    int_literal: none,
    float_literal: none,
    imaginary_literal: none,
    iota: none,
    label_name: none,
    function_type: none,
    struct_type: none,
    interface_type: none,
    map_type: none,
    slice_type: none,
    channel_type: none,
    type_arguments: none,
    parenthesized_expression: first,
    variadic_argument: first,
    literal_element: first,
    type_assertion_expression: operand,
    pointer_type: first,
    generic_type: first,
    type_instantiation_expression: first,
    qualified_type(node) {
      const at = node.children[1]?.start ?? node.end;
      return { is: "member", of: first(node), name: draft.source.slice(at, node.end), at };
    },
    selector_expression(node) {
      const field = fieldOf(node, "field");
      const at = field?.start ?? node.end;
      return { is: "member", of: operand(node), name: draft.source.slice(at, field?.end), at };
    },
    index_expression: (node) => ({
      is: "index",
      of: operand(node),
      key: lower(fieldOf(node, "index")),
      at: node.start,
    }),
    unary_expression(node) {
      const operator = fieldOf(node, "operator")?.type ?? "";
      const value = operand(node);
      if (operator === "&" || operator === "*") return value;
      return operator === "!" ? compare(node.start, [value]) : other(node.start, [value]);
    },
    binary_expression: binary,
    call_expression: (node) =>
      call(node, fieldOf(node, "function"), fieldOf(node, "arguments")?.children ?? []),
    type_conversion_expression(node) {
      const type = fieldOf(node, "type");
      const value = fieldOf(node, "operand");
      // `find[int](3)` reads like a conversion, and mostly is a call.
      return type?.type === "generic_type" && value !== null ? call(node, type, [value]) : lower(value);
    },
    composite_literal: (node) => braces(fieldOf(node, "body"), fieldOf(node, "type")),
    literal_value: (node) => braces(node, null),
  };
}

function combine(at: number, operator: string, parts: readonly Expression[]): Expression {
  if (operator === "+") return parts.every(isNothing) ? nothing(at) : join(at, parts);
  if (comparisons.has(operator)) return compare(at, parts);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : other(at, parts);
}
