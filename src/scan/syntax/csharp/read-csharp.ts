import type { Tree } from "web-tree-sitter";
import { keepErrors } from "../errors/keep-errors.ts";
import { createScope } from "../scope/create-scope.ts";
import type { FileSyntax } from "../syntax.ts";
import { draftFile } from "../tree-sitter/draft-file.ts";
import { createLowering } from "../tree-sitter/lower-nodes.ts";
import { csharpCalls } from "./csharp-calls.ts";
import { csharpExpressions } from "./csharp-expressions.ts";
import type { CsharpFile } from "./csharp-file.ts";
import { csharpFunctions } from "./csharp-functions.ts";
import { csharpImports } from "./csharp-imports.ts";
import { csharpLiterals } from "./csharp-literals.ts";
import { csharpMembers } from "./csharp-members.ts";
import { csharpStatements } from "./csharp-statements.ts";
import { csharpTypes } from "./csharp-types.ts";

/** What a file of C# says. The tree is of the whole `source`, and stays the caller's. */
export function readCsharp(tree: Tree, source: string): FileSyntax {
  return draftFile("csharp", tree, source, { spines: ["binary_expression"] }, (draft, root) => {
    const lowering = createLowering(draft, (created) => {
      const file: CsharpFile = { draft, lowering: created, scope: createScope() };
      const { expressions, statements } = csharpExpressions(file);
      const rules = {
        expressions: { ...csharpLiterals(file), ...csharpCalls(file), ...expressions },
        statements: {
          ...csharpImports(file),
          ...csharpTypes(file),
          ...csharpMembers(file),
          ...csharpFunctions(file),
          ...csharpStatements(file),
          ...statements,
        },
      };
      return tree.rootNode.hasError ? keepErrors(rules, created) : rules;
    });
    lowering.visitAll(root.children);
  });
}
