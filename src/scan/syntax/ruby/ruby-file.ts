import type { Scope } from "../scope/create-scope.ts";
import type { FileDraft } from "../tree-sitter/draft-file.ts";
import type { Lowering } from "../tree-sitter/lower-nodes.ts";
import type { SyntaxNode } from "../tree-sitter/read-nodes.ts";

/** What the rules of Ruby work on. */
export interface RubyFile {
  readonly draft: FileDraft;
  readonly lowering: Lowering;
  readonly scope: Scope;
  readonly locals: Locals;
  /** The body of each here-document, by where it is announced. */
  readonly heredocs: ReadonlyMap<SyntaxNode, SyntaxNode>;
  /** Methods that only their own object may call. */
  readonly hidden: Set<SyntaxNode>;
}

/** The variables in sight: whatever else bears a bare name is a call. */
export interface Locals {
  has(name: string): boolean;
  add(name: string): void;
  /** Reads a function with its parameters in sight; a block also sees what is around it. */
  inside(names: readonly string[], isBlock: boolean, read: () => void): void;
}

export function createLocals(): Locals {
  let current = new Set<string>();
  return {
    has: (name) => current.has(name),
    add: (name) => void current.add(name),
    inside(names, isBlock, read) {
      const outer = current;
      current = new Set(isBlock ? [...outer, ...names] : names);
      read();
      current = outer;
    },
  };
}

const apart = new Set(["heredoc_body", "empty_statement"]);

/** What a node holds, without the bodies of here-documents, which stand wherever their line ended. */
export function partsOf(node: SyntaxNode | null): readonly SyntaxNode[] {
  return (node?.children ?? []).filter((child) => !apart.has(child.type));
}
