import type { FileDraft } from "../tree-sitter/draft-file.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** Attributes that only tell the compiler, or a tracer, how to treat a function: they enter nothing. */
const hints =
  /^(?:allow|warn|deny|forbid|expect|inline|must_use|cold|doc|deprecated|cfg_attr|track_caller|(?:tracing::)?instrument|rustfmt::skip|clippy::\w+)$/;

/** The names of an attribute: `tokio::test`; `cfg(test)` with its condition, which tells what the code is for. */
export function readMark(draft: FileDraft, item: SyntaxNode): string[] {
  const attribute = item.children[0];
  const path = attribute?.children[0];
  if (attribute === undefined || path === undefined) return [];
  const name = draft.textOf(path);
  if (hints.test(name)) return [];
  return [name === "cfg" ? draft.textOf(attribute).replaceAll(/\s/g, "") : name];
}
