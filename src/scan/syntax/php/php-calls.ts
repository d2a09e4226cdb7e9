import { setName } from "../scope/set-name.ts";
import type { Expression } from "../syntax.ts";
import { name, nothing, other, type Arguments } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { nameExpression, type PhpFile } from "./php-file.ts";
import { readAnonymousClass } from "./php-types.ts";

/** Calls, and the words of the language that are written like calls or without parentheses. */
export function phpCalls(file: PhpFile): Rules["expressions"] {
  const { draft, lowering } = file;

  function callOf(node: SyntaxNode, callee: Expression, how: "call" | "new" = "call"): Expression {
    const list = fieldOf(node, "arguments") ?? childOf(node, "arguments");
    // `drop(...)` is the function itself.
    if (list !== null && childOf(list, "variadic_placeholder") !== null) return callee;
    return { is: "call", how, callee, ...readArguments(file, list), at: callee.at, end: node.end };
  }

  function lowerFunctionCall(node: SyntaxNode): Expression {
    const call = callOf(node, lowering.lower(fieldOf(node, "function")));
    if (call.is === "call") emitDefinition(call);
    return call;
  }

  /** `define('DROP', …)` makes a constant. */
  function emitDefinition(call: Extract<Expression, { is: "call" }>): void {
    const [defined, value] = call.args;
    if (call.callee.is !== "name" || call.callee.name !== "define") return;
    if (defined?.is !== "text" || value === undefined) return;
    draft.emit(setName(defined.at, defined.text, value, { isConstant: true, isExported: true }));
  }

  const lowerMemberCall = (node: SyntaxNode) => callOf(node, lowerMember(file, node));

  function lowerCreation(node: SyntaxNode): Expression {
    const [created] = node.children;
    if (created === undefined) return nothing(node.start);
    if (created.type !== "anonymous_class") return callOf(node, lowering.lower(created), "new");
    const { above, members } = readAnonymousClass(file, created);
    const { args, named } = readArguments(file, childOf(created, "arguments"));
    const callee = name(created.start, above ?? "class");
    return {
      is: "call",
      how: "new",
      callee,
      args: [...args, ...members],
      named,
      at: callee.at,
      end: node.end,
    };
  }

  /** `print`, `exit`, `require`: what follows the word is what they are given. */
  function lowerWord(word: string): (node: SyntaxNode) => Expression {
    return (node) => {
      const args = lowering.lowerAll(node.children);
      const [first] = args;
      if (first?.is === "text" && /^(?:include|require)/.test(word)) {
        draft.imports.push({ local: null, module: first.text, exported: "*" });
      }
      const callee = name(node.start, word);
      return { is: "call", how: "call", callee, args, named: [], at: node.start, end: node.end };
    };
  }

  return {
    function_call_expression: lowerFunctionCall,
    member_call_expression: lowerMemberCall,
    nullsafe_member_call_expression: lowerMemberCall,
    scoped_call_expression: lowerMemberCall,
    object_creation_expression: lowerCreation,
    attribute: (node) => lowerAttribute(file, node),
    echo_statement: (node) => {
      const args = node.children.flatMap((child) =>
        lowering.lowerAll(child.type === "sequence_expression" ? child.children : [child]),
      );
      const callee = name(node.start, "echo");
      return { is: "call", how: "call", callee, args, named: [], at: node.start, end: node.end };
    },
    print_intrinsic: lowerWord("print"),
    exit_statement: lowerWord("exit"),
    include_expression: lowerWord("include"),
    include_once_expression: lowerWord("include_once"),
    require_expression: lowerWord("require"),
    require_once_expression: lowerWord("require_once"),
  };
}

/** `of->name`, `of?->name`, `of::name`; what is computed is looked up. */
export function lowerMember(file: PhpFile, node: SyntaxNode): Expression {
  const { draft, lowering } = file;
  const of = lowering.lower(fieldOf(node, "object") ?? fieldOf(node, "scope"));
  const member = fieldOf(node, "name");
  if (member === null) return of;
  if (member.type === "name") return { is: "member", of, name: draft.textOf(member), at: member.start };
  // `Names::$sql` is no look-up: the dollar belongs to the property.
  if (node.type === "scoped_property_access_expression" && member.type === "variable_name") {
    return { is: "member", of, name: draft.textOf(member).slice(1), at: member.start };
  }
  return { is: "index", of, key: lowering.lower(member), at: member.start };
}

export function readArguments(file: PhpFile, list: SyntaxNode | null): Arguments {
  const { draft, lowering } = file;
  const read: Arguments = { args: [], named: [] };
  for (const argument of list?.children ?? []) {
    const label = fieldOf(argument, "name");
    const inside = argument.children.filter(
      (child) => child !== label && child.type !== "reference_modifier",
    );
    const values =
      argument.type === "argument"
        ? inside.flatMap((each) => readItem(file, each))
        : [lowering.lower(argument)];
    const [first] = values;
    if (label === null || first === undefined) read.args.push(...values);
    else read.named.push({ key: draft.textOf(label), value: first, at: argument.start });
  }
  return read;
}

/** `...$items` are the items of a literal, or something that is spread. */
export function readItem(file: PhpFile, node: SyntaxNode): readonly Expression[] {
  const { lowering } = file;
  if (node.type !== "variadic_unpacking") return [lowering.lower(node)];
  const [value] = lowering.lowerAll(node.children);
  if (value === undefined) return [];
  return value.is === "list" ? value.items : [other(node.start, [value])];
}

export function lowerAttribute(file: PhpFile, node: SyntaxNode): Expression {
  const [called] = node.children;
  if (called === undefined) return nothing(node.start);
  const callee = nameExpression(file, called);
  const given = readArguments(file, fieldOf(node, "parameters"));
  return { is: "call", how: "call", callee, ...given, at: callee.at, end: node.end };
}
