import { qualify } from "../scope/create-scope.ts";
import { setName } from "../scope/set-name.ts";
import type { Expression } from "../syntax.ts";
import { dottedPath } from "../dotted-path.ts";
import { name, nothing } from "../tree-sitter/expressions.ts";
import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { partsOf, type RubyFile } from "./ruby-file.ts";

const several = new Set(["left_assignment_list", "destructured_left_assignment"]);

/** Sets whatever stands on the left of a `=`: of a list, each name to one of the values. */
export function emitTargets(
  file: RubyFile,
  left: SyntaxNode | null,
  value: Expression,
  isAppend = false,
): void {
  if (left === null) return file.draft.emit({ do: "run", value });
  if (several.has(left.type)) return emitSeveral(file, left, value);
  if (left.type === "rest_assignment" || left.type === "splat_argument") {
    return emitTargets(file, left.children[0] ?? null, value);
  }
  if (left.type === "identifier") file.locals.add(file.draft.textOf(left));
  if (left.type === "constant") return emitConstant(file, left, value);
  const lowered = targetExpression(file, left);
  const target = dottedPath(lowered);
  if (target === null) file.draft.emit({ do: "run", value: lowered });
  file.draft.emit(setName(lowered.at, target, value, { isAppend }));
}

/** A constant stands under the module that it is in, by the last of its names: how much of the others people write varies. */
function emitConstant(file: RubyFile, left: SyntaxNode, value: Expression): void {
  const owner = (file.scope.owner ?? "").split("::").at(-1) ?? "";
  const target = qualify(owner, file.draft.textOf(left));
  file.draft.emit(setName(left.start, target, value, { isConstant: true, isExported: true }));
}

function emitSeveral(file: RubyFile, left: SyntaxNode, value: Expression): void {
  const targets = partsOf(left);
  const hasRest = targets.some((target) => target.type === "rest_assignment");
  const isApart = value.is === "list" && !hasRest && value.items.length === targets.length;
  targets.forEach((target, index) => {
    const item = isApart ? value.items[index] : undefined;
    // Once only: what a call gives is not called for again by every name.
    const of = index === 0 ? value : nothing(value.at);
    emitTargets(file, target, item ?? { is: "index", of, key: nothing(value.at), at: value.at });
  });
}

/** `a.b = c` names an attribute: on this side it is no call. */
export function targetExpression(file: RubyFile, node: SyntaxNode): Expression {
  if (node.type === "identifier") return name(node.start, file.draft.textOf(node));
  const isCall = node.type !== "call" || node.children.some((child) => !attribute.has(child.field ?? ""));
  const method = fieldOf(node, "method");
  const receiver = fieldOf(node, "receiver");
  if (isCall || method === null || receiver === null) return file.lowering.lower(node);
  const of = targetExpression(file, receiver);
  return { is: "member", of, name: file.draft.textOf(method), at: method.start };
}

const attribute = new Set(["receiver", "operator", "method"]);
