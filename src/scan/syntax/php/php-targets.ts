import { setName } from "../scope/set-name.ts";
import type { Expression } from "../syntax.ts";
import { dottedPath } from "../dotted-path.ts";
import { nothing } from "../tree-sitter/expressions.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";
import type { PhpFile } from "./php-file.ts";

/** Sets whatever stands on the left of a `=`: of a list, each name to one of the values. */
export function emitTargets(
  file: PhpFile,
  left: SyntaxNode | null,
  value: Expression,
  isAppend = false,
): void {
  const { draft, lowering } = file;
  if (left === null) return draft.emit({ do: "run", value });
  if (left.type === "by_ref") return emitTargets(file, left.children[0] ?? null, value, isAppend);
  if (left.type === "list_literal" || left.type === "array_creation_expression") {
    return emitSeveral(file, left, value);
  }
  const lowered = lowering.lower(left);
  // `$list[] = $item` adds to a list.
  const isAdded = lowered.is === "index" && left.children.length === 1;
  const target = dottedPath(isAdded ? lowered.of : lowered);
  if (target === null) draft.emit({ do: "run", value: lowered });
  const set: Expression = isAdded ? { is: "list", items: [value], at: value.at } : value;
  draft.emit(setName(lowered.at, target, set, { isAppend: isAppend || isAdded }));
}

/** What `list('k' => $a)` names beside what it sets. */
const keys = new Set(["string", "encapsed_string", "integer"]);

/** `[$a, 'k' => $b] = …`: what stands last in an item is set. */
function emitSeveral(file: PhpFile, left: SyntaxNode, value: Expression): void {
  left.children.forEach((item, index) => {
    if (keys.has(item.type)) return file.lowering.visit(item);
    const target = item.type === "array_element_initializer" ? (item.children.at(-1) ?? item) : item;
    const isKeyed = item.type === "array_element_initializer" && item.children.length > 1;
    const apart = value.is === "list" && !isKeyed ? value.items[index] : undefined;
    // Once only: what a call gives is not called for again by every name.
    const of = index === 0 ? value : nothing(value.at);
    emitTargets(file, target, apart ?? { is: "index", of, key: nothing(value.at), at: value.at });
  });
  if (left.children.length === 0) file.draft.emit({ do: "run", value });
}
