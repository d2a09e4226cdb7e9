import type { Entry, Expression } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { choice, compare, isNothing, join, name, nothing, other, text } from "../tree-sitter/expressions.ts";
import { keepOnce } from "../tree-sitter/keep-once.ts";
import type { Lowering, Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, fieldsOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { lowerMacro } from "./macros.ts";
import { bindPattern } from "./patterns.ts";
import { readAbsolutePath } from "./paths.ts";
import type { Scope } from "./scope.ts";
import { stringOf } from "./strings.ts";
import type { readTokens } from "./tokens.ts";
import { bareType } from "./types.ts";

/** What only says that there is a value. */
const wrappers = new Set(["Some", "Ok"]);
const comparisons = new Set(["==", "!=", "<", "<=", ">", ">=", "&&", "||"]);

export function expressionRules(
  draft: FileDraft,
  { lower, lowerAll, visit, visitAll }: Lowering,
  tokens: ReturnType<typeof readTokens>,
  scope: Scope,
): Rules["expressions"] {
  const literal = (node: SyntaxNode): Expression => text(node.start, stringOf(draft.textOf(node)));
  const named = (node: SyntaxNode): Expression => name(node.start, nameOf(node));
  const none = (node: SyntaxNode): Expression => nothing(node.start);
  const first = (node: SyntaxNode): Expression =>
    lower(node.children.find((each) => each.type !== "mutable_specifier") ?? null);
  const value = (node: SyntaxNode): Expression => lower(fieldOf(node, "value"));
  const block = (node: SyntaxNode): Expression => lower(node.children.at(-1) ?? null);

  function nameOf(node: SyntaxNode): string {
    const written = draft.textOf(node);
    return written === "Self" ? (scope.self ?? written) : written;
  }

  function member(of: SyntaxNode | null, field: SyntaxNode | null): Expression {
    if (field === null) return lower(of);
    if (of === null) return name(field.start, draft.textOf(field));
    return { is: "member", of: lower(of), name: draft.textOf(field), at: field.start };
  }

  /** `a + b + c` is nested to the left, as deep as it is long. */
  function binary(node: SyntaxNode): Expression {
    const rights: { operator: string; right: SyntaxNode | null }[] = [];
    let left: SyntaxNode | null = node;
    while (left?.type === "binary_expression") {
      rights.push({ operator: fieldOf(left, "operator")?.type ?? "", right: fieldOf(left, "right") });
      left = fieldOf(left, "left");
    }
    let pending = [lower(left)];
    let last = "";
    for (const { operator, right } of rights.reverse()) {
      if (operator !== last) pending = [combine(node.start, last, pending)];
      last = operator;
      pending.push(lower(right));
    }
    return combine(node.start, last, pending);
  }

  function call(node: SyntaxNode): Expression {
    const callee = fieldOf(node, "function");
    const given = fieldOf(node, "arguments")?.children ?? [];
    if (given.length === 1 && callee?.type === "identifier" && wrappers.has(draft.textOf(callee)))
      return lower(given[0] ?? null);
    const of = lower(callee);
    return {
      is: "call",
      how: "call",
      callee: of,
      args: lowerAll(given),
      named: [],
      at: of.at,
      end: node.end,
    };
  }

  function entry(node: SyntaxNode): Entry {
    const field = fieldOf(node, "field");
    const given = fieldOf(node, "value");
    if (field !== null) return { key: draft.textOf(field), value: lower(given), at: node.start };
    const only = node.children.find((each) => each.type !== "attribute_item") ?? null;
    const isShort = node.type === "shorthand_field_initializer" && only !== null;
    return { key: isShort ? draft.textOf(only) : null, value: lower(only), at: node.start };
  }

  return {
    string_literal: literal,
    raw_string_literal: literal,
    char_literal: literal,
    identifier: named,
    type_identifier: named,
    field_identifier: named,
    shorthand_field_identifier: named,
    primitive_type: named,
    metavariable: named,
    boolean_literal: named,
    self: named,
    super: named,
    crate: named,
    integer_literal: none,
    float_literal: none,
    unit_expression: none,
    lifetime: none,
    label: none,
    type_arguments: none,
    reference_type: none,
    function_type: none,
    visibility_modifier: none,
    mutable_specifier: none,
    attribute_item: none,
    inner_attribute_item: none,
    parenthesized_expression: first,
    try_expression: first,
    await_expression: first,
    bracketed_type: first,
    generic_type: first,
    qualified_type: first,
    reference_expression: value,
    type_cast_expression: value,
    generic_function: (node) => lower(fieldOf(node, "function")),
    scoped_identifier: (node) =>
      readAbsolutePath(draft, node, scope.modules) ?? member(fieldOf(node, "path"), fieldOf(node, "name")),
    scoped_type_identifier: (node) => member(fieldOf(node, "path"), fieldOf(node, "name")),
    field_expression: (node) => member(fieldOf(node, "value"), fieldOf(node, "field")),
    index_expression(node) {
      const [of, key] = node.children;
      const isNumber = key?.type === "integer_literal";
      return {
        is: "index",
        of: lower(of ?? null),
        key: isNumber ? text(key.start, draft.textOf(key)) : lower(key ?? null),
        at: node.start,
      };
    },
    unary_expression(node) {
      const inner = first(node);
      const operator = draft.source[node.start];
      if (operator === "*") return inner;
      return operator === "!" ? compare(node.start, [inner]) : other(node.start, [inner]);
    },
    binary_expression: binary,
    call_expression: call,
    macro_invocation(node) {
      const tree = node.children.find((each) => each.type === "token_tree");
      const callee = lower(fieldOf(node, "macro"));
      return lowerMacro(
        callee,
        tree === undefined ? { args: [], named: [] } : tokens.argumentsOf(tree),
        node.end,
      );
    },
    array_expression: (node) => ({
      is: "list",
      items: lowerAll(node.children.filter((each) => each.field !== "length")),
      at: node.start,
    }),
    tuple_expression: (node) => ({ is: "list", items: lowerAll(node.children), at: node.start }),
    struct_expression: (node) => ({
      is: "map",
      entries: (fieldOf(node, "body")?.children ?? []).map(entry),
      type: bareType(draft, fieldOf(node, "name"), scope.self),
      at: node.start,
    }),
    block(node) {
      const last = node.children.at(-1);
      // `if` and `match` at the end of a block are its value, though they read like statements.
      const isValue =
        last !== undefined &&
        (last.type !== "expression_statement" || !draft.source.startsWith(";", last.end - 1));
      visitAll(isValue ? node.children.slice(0, -1) : node.children);
      if (!isValue) return nothing(node.start);
      return lower(last.type === "expression_statement" ? (last.children[0] ?? null) : last);
    },
    async_block: block,
    unsafe_block: block,
    const_block: block,
    try_block: block,
    gen_block: block,
    else_clause: block,
    if_expression(node) {
      visit(fieldOf(node, "condition"));
      const options = [lower(fieldOf(node, "consequence")), lower(fieldOf(node, "alternative"))];
      return either(node.start, options);
    },
    match_expression(node) {
      const scrutinee = keepOnce(draft, value(node));
      const arms = (fieldOf(node, "body")?.children ?? []).filter((each) => each.type === "match_arm");
      const patterns = arms.flatMap((arm) => fieldsOf(arm, "pattern"));
      const tested = lowerAll(
        patterns.flatMap((each) => each.children.filter(({ field }) => field === null)),
      );
      draft.emit({ do: "run", value: compare(node.start, [scrutinee, ...tested]) });
      const options = arms.map((arm) => {
        const pattern = fieldOf(arm, "pattern");
        bindPattern(draft, pattern, scrutinee);
        visit(pattern === null ? null : fieldOf(pattern, "condition"));
        return value(arm);
      });
      return either(node.start, options);
    },
    let_condition(node) {
      const given = keepOnce(draft, value(node));
      const pattern = fieldOf(node, "pattern");
      draft.emit({ do: "run", value: compare(node.start, [given, lower(pattern)]) });
      bindPattern(draft, pattern, given);
      return nothing(node.start);
    },
  };
}

/** A branch without a value leaves, or gives something that is no text. */
function either(at: number, options: readonly Expression[]): Expression {
  return choice(
    at,
    options.filter((option) => !isNothing(option)),
  );
}

function combine(at: number, operator: string, parts: readonly Expression[]): Expression {
  if (operator === "+") return parts.every(isNothing) ? nothing(at) : join(at, parts);
  if (comparisons.has(operator)) return compare(at, parts);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : other(at, parts);
}
