import type { Tree } from "web-tree-sitter";
import { keepErrors } from "../errors/keep-errors.ts";
import { createScope } from "../scope/create-scope.ts";
import type { FileSyntax } from "../syntax.ts";
import { draftFile } from "../tree-sitter/draft-file.ts";
import { createLowering } from "../tree-sitter/lower-nodes.ts";
import { matchHeredocs } from "./match-heredocs.ts";
import { rubyCalls } from "./ruby-calls.ts";
import { rubyControl } from "./ruby-control.ts";
import { createLocals, type RubyFile } from "./ruby-file.ts";
import { rubyFunctions } from "./ruby-functions.ts";
import { rubyLiterals } from "./ruby-literals.ts";
import { rubyModules } from "./ruby-modules.ts";
import { rubyNames } from "./ruby-names.ts";
import { rubyOperators } from "./ruby-operators.ts";

/** What a file of Ruby says. The tree is of the whole `source`, and stays the caller's. */
export function readRuby(tree: Tree, source: string): FileSyntax {
  return draftFile("ruby", tree, source, { spines: ["binary"] }, (draft, root) => {
    const heredocs = matchHeredocs(root, (node) => draft.textOf(node));
    const lowering = createLowering(draft, (created) => {
      const file: RubyFile = {
        draft,
        lowering: created,
        scope: createScope(),
        locals: createLocals(),
        heredocs,
        hidden: new Set(),
      };
      const control = rubyControl(file);
      const operators = rubyOperators(file);
      const rules = {
        expressions: {
          ...rubyLiterals(file),
          ...rubyNames(file),
          ...rubyCalls(file),
          ...control.expressions,
          ...operators.expressions,
        },
        statements: {
          ...rubyModules(file),
          ...rubyFunctions(file),
          ...control.statements,
          ...operators.statements,
        },
      };
      return tree.rootNode.hasError ? keepErrors(rules, created) : rules;
    });
    lowering.visitAll(root.children);
  });
}
