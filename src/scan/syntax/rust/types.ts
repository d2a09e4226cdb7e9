import type { FileDraft } from "../tree-sitter/draft-file.ts";
import { fieldOf, fieldsOf } from "../tree-sitter/read-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** What these hold is what is called; of a map it is the last. */
const wrappers =
  /^(?:Arc|Rc|Box|Weak|Mutex|RwLock|RefCell|Cell|OnceCell|OnceLock|LazyLock|Lazy|Option|Result|Vec|VecDeque|Pin|Cow|Data|State|Extension|Json|MutexGuard|RwLockReadGuard|RwLockWriteGuard|Ref|RefMut|HashSet|BTreeSet)$/;
const maps = /^(?:HashMap|BTreeMap|DashMap|IndexMap)$/;

/** The name of a type without what surrounds it: `pool::Backend` of `&mut Arc<dyn pool::Backend>`. `self` is what `Self` is. */
export function bareType(draft: FileDraft, type: SyntaxNode | null, self: string | null): string | null {
  if (type === null) return null;
  const firstOf = (node: SyntaxNode | null): string | null =>
    bareType(draft, node?.children[0] ?? null, self);
  switch (type.type) {
    case "type_identifier":
    case "identifier":
    case "primitive_type":
    case "scoped_type_identifier":
    case "scoped_identifier": {
      const name = draft.textOf(type);
      return name === "Self" ? self : name;
    }
    case "generic_type": {
      const base = bareType(draft, fieldOf(type, "type"), self);
      const last = base?.slice(base.lastIndexOf(":") + 1) ?? "";
      const given = (fieldOf(type, "type_arguments")?.children ?? []).filter(
        (each) => each.type !== "lifetime",
      );
      const inner = wrappers.test(last) ? given[0] : maps.test(last) ? given.at(-1) : undefined;
      return inner === undefined ? base : bareType(draft, inner, self);
    }
    case "reference_type":
    case "pointer_type":
      return bareType(draft, fieldOf(type, "type"), self);
    case "array_type":
      return bareType(draft, fieldOf(type, "element"), self);
    case "dynamic_type":
    case "abstract_type":
      return bareType(draft, fieldOf(type, "trait"), self);
    case "function_type":
      return "fn";
    case "bounded_type":
    case "qualified_type":
    case "bracketed_type":
      return firstOf(type);
    default:
      return null;
  }
}

/** A type as it is drafted: what `impl Trait for Type` adds may come before the type, or from another file's type. */
export interface TypeDraft {
  readonly name: string;
  isInterface: boolean;
  readonly above: string[];
  readonly fields: { readonly name: string; readonly type: string | null }[];
  readonly methods: string[];
  at: number;
}

/** Finds or adds a type of the file by its name. */
export function typeNamed(types: TypeDraft[], name: string, at: number): TypeDraft {
  const known = types.find((type) => type.name === name);
  if (known !== undefined) return known;
  const type: TypeDraft = { name, isInterface: false, above: [], fields: [], methods: [], at };
  types.push(type);
  return type;
}

/** A struct's fields by name, or by number. */
export function readFields(draft: FileDraft, body: SyntaxNode | null, into: TypeDraft): void {
  if (body === null) return;
  if (body.type === "ordered_field_declaration_list")
    fieldsOf(body, "type").forEach((type, index) =>
      into.fields.push({ name: String(index), type: bareType(draft, type, into.name) }),
    );
  for (const field of body.children) {
    const name = field.type === "field_declaration" ? fieldOf(field, "name") : null;
    if (name === null) continue;
    into.fields.push({ name: draft.textOf(name), type: bareType(draft, fieldOf(field, "type"), into.name) });
  }
}

/** What a trait asks for besides: `Send + pool::Other`. */
export function readBounds(draft: FileDraft, bounds: SyntaxNode | null, into: TypeDraft): void {
  for (const bound of bounds?.children ?? []) {
    const name = bareType(draft, bound, into.name);
    if (name !== null) into.above.push(name);
  }
}
