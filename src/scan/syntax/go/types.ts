import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { childOf, fieldOf, fieldsOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/**
 * The name of a type without what surrounds it: `pool.Backend` of `*pool.Backend[T]`, and of `[]*pool.Backend` and
 * `map[string]pool.Backend` too, since what is called is an element of those. Null for a type that has no name.
 */
export function bareType(draft: FileDraft, type: SyntaxNode | null): string | null {
  if (type === null) return null;
  switch (type.type) {
    case "type_identifier":
    case "qualified_type":
    case "identifier":
      return draft.textOf(type);
    case "generic_type":
      return bareType(draft, fieldOf(type, "type"));
    case "function_type":
      return "func";
    case "slice_type":
    case "array_type":
    case "implicit_length_array_type":
      return bareType(draft, fieldOf(type, "element"));
    case "map_type":
    case "channel_type":
      return bareType(draft, fieldOf(type, "value"));
    case "pointer_type":
    case "parenthesized_type":
      return bareType(draft, type.children[0] ?? null);
    default:
      return null;
  }
}

/** The first of what a function returns. */
export function returnType(draft: FileDraft, result: SyntaxNode | null): string | null {
  const first = result?.type === "parameter_list" ? result.children[0] : undefined;
  return bareType(draft, first === undefined ? result : fieldOf(first, "type"));
}

/** `type X …` of any form, and `type X = …`. */
export function readType(draft: FileDraft, spec: SyntaxNode): void {
  const name = fieldOf(spec, "name");
  const type = fieldOf(spec, "type");
  if (name === null || type === null) return;
  const isInterface = type.type === "interface_type";
  const members = isInterface ? type.children : (childOf(type, "field_declaration_list")?.children ?? []);
  const above: string[] = [];
  const fields: { name: string; type: string | null }[] = [];
  const methods: string[] = [];
  for (const member of members) {
    const memberName = fieldOf(member, "name");
    const memberType = bareType(draft, fieldOf(member, "type"));
    if (member.type === "method_elem") {
      if (memberName !== null) methods.push(draft.textOf(memberName));
    } else if (member.type === "field_declaration") {
      for (const each of fieldsOf(member, "name"))
        fields.push({ name: draft.textOf(each), type: memberType });
      if (memberName === null && memberType !== null) {
        above.push(memberType);
        fields.push({ name: memberType.slice(memberType.lastIndexOf(".") + 1), type: memberType });
      }
    } else if (member.type === "type_elem" && member.children.length === 1) {
      const embedded = bareType(draft, member.children[0] ?? null);
      if (embedded !== null) above.push(embedded);
    }
  }
  // Another name for a type: what that can do, this can.
  if (type.type === "type_identifier" || type.type === "qualified_type" || type.type === "generic_type") {
    const named = bareType(draft, type);
    if (named !== null) above.push(named);
  }
  draft.types.push({ name: draft.textOf(name), isInterface, above, fields, methods, at: name.start });
}
