import type { Tree } from "web-tree-sitter";
import type {
  CodeLanguage,
  FileSyntax,
  FunctionSyntax,
  ImportSyntax,
  Statement,
  TypeSyntax,
} from "../syntax.ts";
import { readNodes } from "./read-nodes.ts";
import type { ReadOptions, SyntaxNode } from "./read-nodes.ts";

/** What a front-end fills while it walks the tree of one file. */
export interface FileDraft {
  readonly source: string;
  readonly imports: ImportSyntax[];
  readonly types: TypeSyntax[];
  setPackage(name: string): void;
  /** Adds a function inside the current one; what `lowerBody` emits is its body. Gives its index. */
  define(head: FunctionHead, lowerBody: () => void): number;
  /** Adds a statement to the current function. */
  emit(statement: Statement): void;
  /** The function that is being drafted; its index is 0 when that is the file itself. */
  current(): { readonly index: number; readonly qualified: string };
  textOf(node: SyntaxNode): string;
}

export type FunctionHead = Omit<FunctionSyntax, "parent" | "body">;

/** Walks one tree: `lowerFile` gets its root, and what it drafts becomes the file's syntax. The tree stays the caller's. */
export function draftFile(
  language: CodeLanguage,
  tree: Tree,
  source: string,
  options: ReadOptions,
  lowerFile: (draft: FileDraft, root: SyntaxNode) => void,
): FileSyntax {
  const { root, comments, errors } = readNodes(tree, source, options);
  const imports: ImportSyntax[] = [];
  const types: TypeSyntax[] = [];
  const file: FunctionDraft = {
    name: null,
    owner: null,
    qualified: "",
    parent: null,
    params: [],
    returns: null,
    isExported: false,
    marks: [],
    at: 0,
    end: source.length,
    body: [],
  };
  const functions: FunctionDraft[] = [file];
  let packageName: string | null = null;
  let current = 0;
  let body = file.body;
  lowerFile(
    {
      source,
      imports,
      types,
      setPackage(name) {
        packageName = name;
      },
      define(head, lowerBody) {
        const outer = { current, body };
        const index = functions.length;
        body = [];
        current = index;
        functions.push({ ...head, parent: outer.current, body });
        lowerBody();
        ({ current, body } = outer);
        return index;
      },
      emit(statement) {
        body.push(statement);
      },
      current: () => ({ index: current, qualified: functions[current]?.qualified ?? "" }),
      textOf: (node) => source.slice(node.start, node.end),
    },
    root,
  );
  return { language, package: packageName, imports, functions, types, comments, errors };
}

type FunctionDraft = Omit<FunctionSyntax, "body"> & { readonly body: Statement[] };
