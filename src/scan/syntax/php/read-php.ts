import type { Tree } from "web-tree-sitter";
import { keepErrors } from "../errors/keep-errors.ts";
import { createScope } from "../scope/create-scope.ts";
import type { FileSyntax } from "../syntax.ts";
import { draftFile } from "../tree-sitter/draft-file.ts";
import { createLowering } from "../tree-sitter/lower-nodes.ts";
import { phpCalls } from "./php-calls.ts";
import { phpExpressions } from "./php-expressions.ts";
import type { PhpFile } from "./php-file.ts";
import { phpFunctions } from "./php-functions.ts";
import { phpImports } from "./php-imports.ts";
import { phpLiterals } from "./php-literals.ts";
import { phpStatements } from "./php-statements.ts";
import { phpTypes } from "./php-types.ts";

/** What a file of PHP says; of the HTML around it nothing is kept. The tree is of the whole `source`, and stays the caller's. */
export function readPhp(tree: Tree, source: string): FileSyntax {
  return draftFile("php", tree, source, { spines: ["binary_expression"] }, (draft, root) => {
    const lowering = createLowering(draft, (created) => {
      const file: PhpFile = { draft, lowering: created, scope: createScope() };
      const { expressions, statements } = phpExpressions(file);
      const rules = {
        expressions: { ...phpLiterals(file), ...phpCalls(file), ...expressions },
        statements: {
          ...phpImports(file),
          ...phpTypes(file),
          ...phpFunctions(file),
          ...phpStatements(file),
          ...statements,
        },
      };
      return tree.rootNode.hasError ? keepErrors(rules, created) : rules;
    });
    lowering.visitAll(root.children);
  });
}
