import type { Expression } from "../syntax.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { dottedPath } from "../dotted-path.ts";
import { isNothing, nothing, text } from "../tree-sitter/expressions.ts";
import { setName } from "../scope/set-name.ts";
import { keepOnce } from "../tree-sitter/keep-once.ts";
import { fieldOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** Sets every name that a pattern binds to what it takes of a value. `Some(x)` and `Ok(x)` take the value itself. */
export function bindPattern(
  draft: FileDraft,
  pattern: SyntaxNode | null,
  value: Expression,
  type: string | null = null,
): void {
  if (pattern === null) return;
  const all = pattern.children.filter((each) => each.type !== "mutable_specifier");
  switch (pattern.type) {
    case "identifier":
    case "shorthand_field_identifier": {
      const target = draft.textOf(pattern);
      // A name in capitals is a constant or a variant, which is compared.
      if (/^\p{Lu}/u.test(target)) return run(draft, value);
      draft.emit({ ...setName(pattern.start, target, value), type });
      return;
    }
    case "match_pattern":
    case "mut_pattern":
    case "ref_pattern":
    case "reference_pattern":
    case "captured_pattern":
    case "or_pattern":
      return bindPattern(draft, all[0] ?? null, value, type);
    case "tuple_pattern":
    case "slice_pattern": {
      if (value.is === "list" && value.items.length === all.length) {
        all.forEach((each, index) => bindPattern(draft, each, value.items[index] ?? nothing(each.start)));
        return;
      }
      const of = keepOnce(draft, value);
      all.forEach((each, index) =>
        bindPattern(draft, each, {
          is: "index",
          of,
          key: text(each.start, String(index)),
          at: each.start,
        }),
      );
      return;
    }
    case "tuple_struct_pattern": {
      const variant = fieldOf(pattern, "type");
      const isWrapper = variant !== null && /^(?:Some|Ok)$/.test(draft.textOf(variant));
      const inner = all.filter((each) => each.field !== "type");
      if (!isWrapper) run(draft, value);
      for (const each of inner) bindPattern(draft, each, isWrapper ? value : nothing(each.start));
      return;
    }
    case "struct_pattern": {
      const of = keepOnce(draft, value);
      for (const field of all.filter((each) => each.type === "field_pattern")) {
        const key = fieldOf(field, "name");
        if (key === null) continue;
        const taken: Expression = { is: "member", of, name: draft.textOf(key), at: key.start };
        bindPattern(draft, fieldOf(field, "pattern") ?? key, taken);
      }
      return;
    }
    default:
      return run(draft, value);
  }
}

/** A value that no name takes is still made; a name for it is not. */
function run(draft: FileDraft, value: Expression): void {
  const of = value.is === "index" ? value.of : value;
  if (!isNothing(value) && dottedPath(of) === null) draft.emit({ do: "run", value });
}
