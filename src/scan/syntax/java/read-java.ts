import type { Tree } from "web-tree-sitter";
import { createScope } from "../scope/create-scope.ts";
import { keepErrors } from "../errors/keep-errors.ts";
import type { FileSyntax, ImportSyntax } from "../syntax.ts";
import { draftFile, type FileDraft } from "../tree-sitter/draft-file.ts";
import { createLowering } from "../tree-sitter/lower-nodes.ts";
import { childOf, fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { javaExpressions } from "./java-expressions.ts";
import type { JavaFile } from "./java-file.ts";
import { javaMethods } from "./java-methods.ts";
import { javaStatements } from "./java-statements.ts";
import { javaTypes } from "./java-types.ts";

/** What a file of Java says. The tree is of the whole `source`, and stays the caller's. */
export function readJava(tree: Tree, source: string): FileSyntax {
  return draftFile("java", tree, source, { spines: ["binary_expression"] }, (draft, root) => {
    const scope = createScope();
    const lowering = createLowering(draft, (created) => {
      const file: JavaFile = { draft, lowering: created, scope, yields: [] };
      const rules = {
        expressions: javaExpressions(file),
        statements: {
          ...javaTypes(file),
          ...javaMethods(file),
          ...javaStatements(file),
          package_declaration: (node: SyntaxNode) => readPackage(draft, node),
          import_declaration: (node: SyntaxNode) => readImport(draft, node),
        },
      };
      return tree.rootNode.hasError ? keepErrors(rules, created) : rules;
    });
    lowering.visitAll(root.children);
  });
}

function readPackage(draft: FileDraft, node: SyntaxNode): void {
  const name = childOf(node, "scoped_identifier") ?? childOf(node, "identifier");
  if (name !== null) draft.setPackage(draft.textOf(name));
}

/** `import a.B` takes `B` of `a`; `import static a.B.c` takes `c` of `a.B`; with an asterisk no name is taken. */
function readImport(draft: FileDraft, node: SyntaxNode): void {
  const path = childOf(node, "scoped_identifier") ?? childOf(node, "identifier");
  if (path === null) return;
  draft.imports.push(importOf(draft, path, childOf(node, "asterisk") !== null));
}

function importOf(draft: FileDraft, path: SyntaxNode, isWhole: boolean): ImportSyntax {
  if (isWhole) return { local: null, module: draft.textOf(path), exported: "*" };
  const last = fieldOf(path, "name");
  const above = fieldOf(path, "scope");
  const name = draft.textOf(last ?? path);
  return { local: name, module: above === null ? "" : draft.textOf(above), exported: name };
}
