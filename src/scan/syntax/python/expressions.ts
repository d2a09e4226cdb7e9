import type { Entry, Expression } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { choice, compare, isNothing, join, name, nothing, other, text } from "../tree-sitter/expressions.ts";
import type { Arguments } from "../tree-sitter/expressions.ts";
import type { Lowering, Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, fieldsOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { lowerString } from "./strings.ts";

type Member = Extract<Expression, { is: "member" }>;

export function expressionRules(draft: FileDraft, lowering: Lowering): Rules["expressions"] {
  const { lower, lowerAll, visit } = lowering;
  const named = (node: SyntaxNode): Expression => name(node.start, draft.textOf(node));
  const none = (node: SyntaxNode): Expression => nothing(node.start);
  const first = (node: SyntaxNode): Expression => lower(node.children[0] ?? null);
  const list = (node: SyntaxNode): Expression => ({
    is: "list",
    items: lowerAll(node.children),
    at: node.start,
  });

  function member(node: SyntaxNode, of: SyntaxNode | null, field: SyntaxNode | null): Member {
    return {
      is: "member",
      of: lower(of),
      name: field === null ? "" : draft.textOf(field),
      at: field?.start ?? node.end,
    };
  }

  /** `a + b + c` is nested to the left, as deep as it is long. */
  function binary(node: SyntaxNode): Expression {
    const rights: { operator: string; right: SyntaxNode | null }[] = [];
    let left: SyntaxNode | null = node;
    while (left?.type === node.type) {
      rights.push({ operator: fieldOf(left, "operator")?.type ?? "", right: fieldOf(left, "right") });
      left = fieldOf(left, "left");
    }
    let pending = [lower(left)];
    let last = "";
    for (const { operator, right } of rights.reverse()) {
      if (operator !== last || operator === "%") pending = [combine(node.start, last, pending)];
      last = operator;
      pending.push(lower(right));
    }
    return combine(node.start, last, pending);
  }

  function argumentsOf(node: SyntaxNode | null): Arguments {
    const args: Expression[] = [];
    const given: Entry[] = [];
    // A generator may stand in the parentheses of the call.
    if (node?.type === "generator_expression") args.push(lower(node));
    else
      for (const each of node?.children ?? []) {
        if (each.type === "keyword_argument") given.push(entry(each, "name"));
        else if (each.type === "dictionary_splat")
          given.push({ key: null, value: first(each), at: each.start });
        else args.push(lower(each));
      }
    return { args, named: given };
  }

  function entry(node: SyntaxNode, keyField: string): Entry {
    const key = fieldOf(node, keyField);
    return {
      key: key === null ? null : draft.textOf(key),
      value: lower(fieldOf(node, "value")),
      at: node.start,
    };
  }

  function call(node: SyntaxNode): Expression {
    const callee = fieldOf(node, "function");
    const { args, named: given } = argumentsOf(fieldOf(node, "arguments"));
    const [only] = args;
    if (
      callee?.type === "identifier" &&
      draft.textOf(callee) === "str" &&
      args.length === 1 &&
      given.length === 0 &&
      only !== undefined
    )
      return only;
    const of = lower(callee);
    if (of.is === "member" && of.name === "format")
      return { is: "format", style: "brace", template: of.of, values: args, named: given, at: node.start };
    return { is: "call", how: "call", callee: of, args, named: given, at: of.at, end: node.end };
  }

  function entries(node: SyntaxNode): Entry[] {
    if (node.type !== "pair") return [{ key: null, value: first(node), at: node.start }];
    const key = lower(fieldOf(node, "key"));
    const value = lower(fieldOf(node, "value"));
    if (key.is === "text") return [{ key: key.text, value, at: node.start }];
    return [
      ...(isNothing(key) ? [] : [{ key: null, value: key, at: key.at }]),
      { key: null, value, at: node.start },
    ];
  }

  /** One item stands for all; the names that the clauses bind are set before it. */
  function comprehension(node: SyntaxNode): Expression {
    const body = fieldOf(node, "body");
    for (const clause of node.children) if (clause !== body) visit(clause);
    if (body?.type === "pair") return { is: "map", entries: entries(body), type: null, at: node.start };
    return { is: "list", items: [lower(body)], at: node.start };
  }

  return {
    string: (node) => lowerString(draft, lowering, node),
    concatenated_string: (node) => join(node.start, lowerAll(node.children)),
    identifier: named,
    none: named,
    true: named,
    false: named,
    integer: none,
    float: none,
    ellipsis: none,
    type: none,
    type_parameter: none,
    wildcard_import: none,
    parenthesized_expression: first,
    await: first,
    list_splat: first,
    dictionary_splat: first,
    list,
    tuple: list,
    set: list,
    expression_list: list,
    list_comprehension: comprehension,
    set_comprehension: comprehension,
    generator_expression: comprehension,
    dictionary_comprehension: comprehension,
    dictionary: (node) => ({
      is: "map",
      entries: node.children.flatMap(entries),
      type: null,
      at: node.start,
    }),
    attribute(node) {
      const value = member(node, fieldOf(node, "object"), fieldOf(node, "attribute"));
      const { of } = value;
      // `Names.DROP.value` of an enum is what `Names.DROP` was set to.
      const isEnum = value.name === "value" && of.is === "member" && /^[A-Z][A-Z0-9_]*$/.test(of.name);
      return isEnum ? of : value;
    },
    dotted_name(node) {
      const [head, ...rest] = node.children;
      let value = lower(head ?? null);
      for (const each of rest) value = { is: "member", of: value, name: draft.textOf(each), at: each.start };
      return value;
    },
    subscript(node) {
      const keys = fieldsOf(node, "subscript");
      const [key] = keys;
      const isNumber = key?.type === "integer" && keys.length === 1;
      return {
        is: "index",
        of: lower(fieldOf(node, "value")),
        key: isNumber
          ? text(key.start, draft.textOf(key))
          : keys.length === 1
            ? lower(key ?? null)
            : other(node.start, lowerAll(keys)),
        at: node.start,
      };
    },
    binary_operator: binary,
    boolean_operator: binary,
    not_operator: (node) => compare(node.start, [lower(fieldOf(node, "argument"))]),
    comparison_operator: (node) =>
      compare(node.start, lowerAll(node.children.filter(({ field }) => field !== "operators"))),
    conditional_expression(node) {
      const [yes, condition, no] = node.children;
      visit(condition ?? null);
      return choice(node.start, [lower(yes ?? null), lower(no ?? null)]);
    },
    as_pattern(node) {
      // Of a `case`: there the alias has no field.
      if (fieldOf(node, "alias") === null) return other(node.start, lowerAll(node.children));
      visit(node);
      return nothing(node.start);
    },
    named_expression(node) {
      visit(node);
      return lower(fieldOf(node, "name"));
    },
    call,
  };
}

function combine(at: number, operator: string, parts: readonly Expression[]): Expression {
  const [template, value] = parts;
  if (template === undefined || parts.length === 1) return template ?? nothing(at);
  if (parts.every(isNothing)) return nothing(at);
  if (operator === "+") return join(at, parts);
  if (operator === "or" || operator === "and") return choice(at, parts);
  if (operator !== "%" || value === undefined || isNothing(template)) return other(at, parts);
  return {
    is: "format",
    style: "printf",
    template,
    values: value.is === "list" ? value.items : value.is === "map" ? [] : [value],
    named: value.is === "map" ? value.entries : [],
    at,
  };
}
