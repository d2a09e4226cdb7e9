import type { Entry, Expression, Statement } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { compare, isNothing, join, name, nothing, other, text } from "../tree-sitter/expressions.ts";
import { setName } from "../scope/set-name.ts";
import type { Arguments } from "../tree-sitter/expressions.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { lowerMacro } from "./macros.ts";
import { addImport } from "./paths.ts";
import { stringOf } from "./strings.ts";
import { isMap, open, peek, skipTypes, take } from "./token-reader.ts";
import type { Reader } from "./token-reader.ts";

const separators = new Set([",", ";", "=>"]);
/** With `|` between patterns. */
const comparisons = new Set(["==", "!=", "<", ">", "<=", ">=", "&&", "||", "|"]);
/** Closures in closures, without brackets. */
const deepest = 100;
const words = new Set(["identifier", "self", "crate", "super", "primitive_type", "metavariable"]);

/**
 * What stands in a macro's brackets is tokens, not syntax. They are read as expressions as far as they look like those;
 * what does not is passed over, token by token, so that no literal and no call in it is lost.
 */
export function readTokens(draft: FileDraft): {
  /** The arguments of a macro call; `key: value` and `key => value` are gathered in a map. */
  argumentsOf: (tree: SyntaxNode) => Arguments;
  /** Emits what a block of tokens does. */
  runBlock: (tree: SyntaxNode) => void;
} {
  let depth = 0;

  function argumentsOf(tree: SyntaxNode): Arguments {
    const reader = open(tree);
    const args: Expression[] = [];
    const named: Entry[] = [];
    const entries: Entry[] = [];
    while (peek(reader) !== undefined) {
      const from = peek(reader)?.start ?? tree.start;
      const isNamed = words.has(peek(reader)?.type ?? "") && peek(reader, 1)?.type === "=";
      if (isNamed) {
        const key = draft.textOf(take(reader));
        take(reader);
        named.push({ key, value: item(reader, from), at: from });
      } else {
        const value = item(reader, from);
        const separator = peek(reader)?.type;
        if (separator === ":" || separator === "=>") {
          take(reader);
          const key = value.is === "text" ? value.text : value.is === "name" ? value.name : null;
          if (key === null && !isNothing(value)) entries.push({ key, value, at: from });
          entries.push({ key, value: item(reader, from), at: from });
        } else args.push(value);
      }
      if (separators.has(peek(reader)?.type ?? "")) take(reader);
    }
    const [first] = entries;
    if (first !== undefined) args.push({ is: "map", entries, type: null, at: first.at });
    return { args, named };
  }

  /** Everything up to the next separator. */
  function item(reader: Reader, at: number): Expression {
    const parts: Expression[] = [];
    let before = -1;
    for (let next = peek(reader); next !== undefined; next = peek(reader)) {
      if (separators.has(next.type) || (next.type === ":" && parts.length > 0)) break;
      // A token that starts no expression is passed over.
      if (reader.index === before) take(reader);
      before = reader.index;
      const value = expression(reader);
      if (!isNothing(value)) parts.push(value);
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : other(at, parts);
  }

  function expression(reader: Reader): Expression {
    if (depth > deepest) {
      if (peek(reader) !== undefined) take(reader);
      return nothing(0);
    }
    depth++;
    const value = operation(reader);
    depth--;
    return value;
  }

  function operation(reader: Reader): Expression {
    const first = operand(reader);
    const operands = [first];
    const operators = new Set<string>();
    for (let next = peek(reader); next !== undefined; next = peek(reader)) {
      if (next.type !== "+" && !comparisons.has(next.type)) break;
      operators.add(next.type);
      take(reader);
      operands.push(operand(reader));
    }
    if (operands.length === 1) return first;
    if (operators.size === 1 && operators.has("+")) return join(first.at, operands);
    return compare(first.at, operands);
  }

  function operand(reader: Reader): Expression {
    while (
      /^(?:[&*!-]|mutable_specifier|move|async|ref|return|await|in|if|match|unsafe|break)$/.test(
        peek(reader)?.type ?? "",
      )
    )
      take(reader);
    const token = peek(reader);
    if (token === undefined) return nothing(reader.tokens.at(-1)?.end ?? 0);
    const declared = declaration(reader, token);
    if (declared !== null) return declared;
    let value = primary(reader, token);
    for (let next = peek(reader); next !== undefined; next = peek(reader)) {
      const after = postfix(reader, value, next);
      if (after === null) break;
      value = after;
    }
    return value;
  }

  /** `let x = …`, `static ref X: T = …`, `const X: T = …`; null when it is none. */
  function declaration(reader: Reader, token: SyntaxNode): Expression | null {
    if (token.type === "fn") return nested(reader);
    if (!/^(?:let|static|const)$/.test(token.type)) return null;
    take(reader);
    let bound: SyntaxNode | null = null;
    for (let next = peek(reader); next !== undefined; next = peek(reader)) {
      if (next.type === ";" || next.type === "=") break;
      if (bound === null && next.type === "identifier" && draft.textOf(next) !== "ref") bound = next;
      take(reader);
    }
    if (peek(reader)?.type !== "=") return nothing(token.start);
    take(reader);
    const value = item(reader, token.start);
    if (bound === null) return value;
    const statement: Statement = {
      ...setName(bound.start, draft.textOf(bound), value),
      isConstant: token.type !== "let",
      isExported: token.type !== "let" && draft.current().index === 0,
    };
    draft.emit(statement);
    return nothing(token.start);
  }

  /** A function with its body, as `cfg_if!` holds them. */
  function nested(reader: Reader): Expression {
    const at = take(reader);
    const called = peek(reader)?.type === "identifier" ? take(reader) : null;
    const bare = called === null ? null : draft.textOf(called);
    for (let next = peek(reader); next !== undefined && next.type !== ";"; next = peek(reader)) {
      take(reader);
      if (next.children[0]?.type !== "{") continue;
      const head = {
        owner: null,
        qualified: bare ?? "",
        params: [],
        returns: null,
        isExported: true,
        marks: [],
      };
      draft.define({ ...head, name: bare, at: (called ?? at).start, end: next.end }, () => runBlock(next));
      break;
    }
    return nothing(at.start);
  }

  function primary(reader: Reader, token: SyntaxNode): Expression {
    if (/^(?:string_literal|raw_string_literal|char_literal)$/.test(token.type))
      return text(take(reader).start, stringOf(draft.textOf(token)));
    if (token.type === "crate" || token.type === "super") return absolute(reader);
    if (words.has(token.type) || token.type === "boolean_literal")
      return name(take(reader).start, draft.textOf(token));
    if (token.type === "token_tree") return brackets(take(reader));
    if (token.type === "|" || token.type === "||") {
      // A closure: its parameters are passed over, and what it does is read where it stands.
      take(reader);
      if (token.type === "|") {
        while (peek(reader) !== undefined && peek(reader)?.type !== "|") take(reader);
        if (peek(reader) !== undefined) take(reader);
      }
      return expression(reader);
    }
    return nothing(token.start);
  }

  /** `crate::names::DROP` is read as if `crate::names` were imported. */
  function absolute(reader: Reader): Expression {
    const root = take(reader);
    const next = peek(reader, 1);
    if (peek(reader)?.type !== "::" || next?.type !== "identifier") return name(root.start, root.type);
    take(reader);
    const first = draft.textOf(take(reader));
    if (peek(reader)?.type === "::") addImport(draft, first, `${root.type}::${first}`, "*");
    else addImport(draft, first, root.type, first);
    return name(next.start, first);
  }

  function brackets(tree: SyntaxNode): Expression {
    const opening = tree.children[0]?.type;
    if (opening === "{" && !isMap(tree)) {
      runBlock(tree);
      return nothing(tree.start);
    }
    const { args, named } = argumentsOf(tree);
    const [only] = args;
    if (opening !== "[" && args.length === 1 && only !== undefined && named.length === 0) return only;
    return { is: "list", items: [...args, ...named.map((entry) => entry.value)], at: tree.start };
  }

  function postfix(reader: Reader, value: Expression, next: SyntaxNode): Expression | null {
    const isPath = value.is === "name" || value.is === "member";
    const after = peek(reader, 1);
    if (next.type === "?") return (take(reader), value);
    if ((next.type === "." || next.type === "::") && after !== undefined) {
      take(reader);
      if (after.type === "<") skipTypes(reader);
      else if (after.type === "await") take(reader);
      else if (words.has(after.type) || after.type === "integer_literal")
        return { is: "member", of: value, name: draft.textOf(take(reader)), at: after.start };
      return value;
    }
    if (next.type === "!" && after?.type === "token_tree" && isPath) {
      take(reader);
      take(reader);
      return lowerMacro(value, argumentsOf(after), after.end);
    }
    if (next.type !== "token_tree" || isNothing(value)) return null;
    const opening = next.children[0]?.type;
    if (opening === "(" && (isPath || value.is === "call" || value.is === "index")) {
      const { args, named } = argumentsOf(take(reader));
      return { is: "call", how: "call", callee: value, args, named, at: value.at, end: next.end };
    }
    if (opening === "[") {
      const [key = nothing(next.start)] = argumentsOf(take(reader)).args;
      return { is: "index", of: value, key, at: value.at };
    }
    if (opening === "{" && isPath && /^\p{Lu}/u.test(value.name) && isMap(next)) {
      const map = brackets(take(reader));
      return map.is === "map" ? { ...map, type: value.name } : map;
    }
    return null;
  }

  function runBlock(tree: SyntaxNode): void {
    const reader = open(tree);
    while (peek(reader) !== undefined) {
      const from = reader.index;
      const value = expression(reader);
      if (!isNothing(value)) draft.emit({ do: "run", value });
      if (reader.index === from) take(reader);
    }
  }

  return { argumentsOf, runBlock };
}
