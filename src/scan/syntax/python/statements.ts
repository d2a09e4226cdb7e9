import type { Expression } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { dottedPath } from "../dotted-path.ts";
import { compare, isNothing, name, nothing, other, text } from "../tree-sitter/expressions.ts";
import { keepOnce } from "../tree-sitter/keep-once.ts";
import type { Lowering, Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, fieldsOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { bareType } from "./bare-type.ts";
import { readFromImport, readImport } from "./imports.ts";
import { noteField } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { walkThrough } from "./walk-through.ts";

export type LowerFor = (name: string | null, value: SyntaxNode) => Expression;

const patterns = new Set([
  "pattern_list",
  "tuple_pattern",
  "list_pattern",
  "tuple",
  "list",
  "expression_list",
]);

export function statementRules(
  draft: FileDraft,
  { lower, lowerAll, visit, visitAll }: Lowering,
  scope: Scope,
  lowerFor: LowerFor,
): Rules["statements"] {
  const inside = (node: SyntaxNode): void => visitAll(node.children);

  function call(node: SyntaxNode, callee: string, args: readonly Expression[]): void {
    const value = { is: "call", how: "call", callee: name(node.start, callee), args, named: [] } as const;
    draft.emit({ do: "run", value: { ...value, at: node.start, end: node.end } });
  }

  /** Sets one place, which is a name, an attribute, or a pattern of them. */
  function bind(left: SyntaxNode, value: Expression, type: string | null, isAppend = false): void {
    if (patterns.has(left.type)) return bindAll(left.children, value);
    if (/^(?:parenthesized_expression|as_pattern_target|list_splat|list_splat_pattern)$/.test(left.type)) {
      for (const each of left.children) bind(each, value, type, isAppend);
      return;
    }
    const path = left.type === "identifier" || left.type === "attribute" ? dottedPath(lower(left)) : null;
    // What stands in `f().x` or `m[g()]`.
    if (path === null) visit(left);
    if (path === null && isNothing(value)) return;
    const { method, class: of } = scope;
    const [object, field, deeper] = path === null ? [] : path.split(".");
    if (method !== null && object === method.self && field !== undefined && deeper === undefined)
      noteField(method.class, field, type ?? typeOf(value));
    if (of !== null && object !== undefined && field === undefined)
      noteField(of, object, type ?? typeOf(value));
    const isGlobal = draft.current().index === 0;
    draft.emit({
      do: "set",
      target: of !== null && path !== null ? `${of.name}.${path}` : path,
      value,
      isAppend,
      isConstant: isGlobal && path !== null && /^_*\p{Lu}[\p{Lu}\p{N}_]*$/u.test(path),
      isExported: isGlobal && path !== null,
      type,
      at: left.start,
    });
  }

  /** `a, b = …`: each takes its own from a sequence that is written out, else by its index. */
  function bindAll(lefts: readonly SyntaxNode[], value: Expression): void {
    if (value.is === "list" && value.items.length === lefts.length)
      return lefts.forEach((left, index) => bind(left, value.items[index] ?? nothing(left.start), null));
    if (value.is === "call") return bindFirst(lefts, value);
    const of = keepOnce(draft, value);
    lefts.forEach((left, index) =>
      bind(left, { is: "index", of, key: text(left.start, String(index)), at: left.start }, null),
    );
  }

  /** Of what a call gives the first is the text, where one is: `sql, args = build()`. Nothing is known of the others. */
  function bindFirst(lefts: readonly SyntaxNode[], value: Expression): void {
    const first = lefts.find((left) => draft.textOf(left) !== "_") ?? lefts[0];
    for (const left of lefts) bind(left, left === first ? value : nothing(left.start), null);
  }

  /** What a value is made by, as far as one sees: `Pool` of `Pool(…)`, or the type of a parameter. */
  function typeOf(value: Expression): string | null {
    if (value.is === "name") return scope.method?.types.get(value.name) ?? null;
    const made = value.is === "call" ? dottedPath(value.callee) : null;
    return made !== null && /(?:^|\.)_*\p{Lu}[\p{L}\p{N}_]*$/u.test(made) ? made : null;
  }

  function assign(node: SyntaxNode): void {
    const lefts: { left: SyntaxNode; type: string | null }[] = [];
    let right: SyntaxNode | null = node;
    while (right?.type === "assignment") {
      const left = fieldOf(right, "left");
      const type = fieldOf(right, "type");
      if (left !== null) lefts.push({ left, type: type === null ? null : bareType(draft.textOf(type)) });
      right = fieldOf(right, "right");
    }
    const only = lefts.length === 1 ? lefts[0] : undefined;
    const bound = only?.left.type === "identifier" ? draft.textOf(only.left) : null;
    let value = right === null ? nothing(node.start) : lowerFor(bound, right);
    if (lefts.length > 1) value = keepOnce(draft, value);
    for (const { left, type } of lefts) bind(left, value, type);
  }

  function loop(node: SyntaxNode): void {
    const left = fieldOf(node, "left");
    const of = lower(fieldOf(node, "right"));
    const lefts = left === null ? [] : patterns.has(left.type) ? left.children : [left];
    const each = walkThrough(of, lefts.length);
    if (each !== null) lefts.forEach((one, index) => bind(one, each[index] ?? nothing(one.start), null));
    else if (left !== null) bind(left, { is: "index", of, key: nothing(of.at), at: of.at }, null);
    visit(fieldOf(node, "body"));
    visit(fieldOf(node, "alternative"));
  }

  return {
    module: inside,
    ERROR: inside,
    block: inside,
    expression_statement: inside,
    if_statement: inside,
    elif_clause: inside,
    else_clause: inside,
    while_statement: inside,
    try_statement: inside,
    except_clause: inside,
    except_group_clause: inside,
    finally_clause: inside,
    with_statement: inside,
    with_clause: inside,
    with_item: inside,
    delete_statement: inside,
    if_clause: inside,
    global_statement: () => {},
    nonlocal_statement: () => {},
    type_alias_statement: () => {},
    future_import_statement: () => {},
    import_statement: (node) => readImport(draft, node),
    import_from_statement: (node) => readFromImport(draft, node),
    assignment: assign,
    augmented_assignment(node) {
      const left = fieldOf(node, "left");
      const value = lower(fieldOf(node, "right"));
      const isAppend = fieldOf(node, "operator")?.type === "+=";
      if (left !== null) bind(left, isAppend ? value : other(node.start, [value]), null, isAppend);
    },
    named_expression(node) {
      const left = fieldOf(node, "name");
      const value = fieldOf(node, "value");
      if (left !== null && value !== null) bind(left, lowerFor(draft.textOf(left), value), null);
    },
    as_pattern(node) {
      const alias = fieldOf(node, "alias");
      if (alias === null) inside(node);
      else bind(alias, lower(node.children[0] ?? null), null);
    },
    for_statement: loop,
    for_in_clause: loop,
    return_statement(node) {
      // Each of several values by itself: whoever takes them apart takes any of them.
      const [value] = node.children;
      const isTuple = value?.type === "expression_list" || value?.type === "tuple";
      for (const each of isTuple ? value.children : node.children)
        draft.emit({ do: "return", value: lower(each) });
    },
    yield(node) {
      for (const each of node.children) draft.emit({ do: "return", value: lower(each) });
    },
    raise_statement(node) {
      const cause = fieldOf(node, "cause");
      const [value] = node.children;
      if (value !== undefined && value !== cause) draft.emit({ do: "throw", value: lower(value) });
      visit(cause);
    },
    assert_statement: (node) => call(node, "assert", lowerAll(node.children)),
    print_statement: (node) => call(node, "print", lowerAll(node.children)),
    exec_statement: (node) => call(node, "exec", lowerAll(node.children)),
    match_statement(node) {
      const cases = fieldsOf(fieldOf(node, "body") ?? node, "alternative");
      const tested = cases.flatMap((each) => each.children.filter(({ field }) => field === null));
      const subjects = fieldsOf(node, "subject");
      const sides = [...lowerAll(subjects), ...lowerAll(tested)];
      draft.emit({ do: "run", value: compare(node.start, sides) });
      for (const each of cases) visitAll(each.children.filter(({ field }) => field !== null));
    },
  };
}
