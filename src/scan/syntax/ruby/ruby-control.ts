import type { Expression } from "../syntax.ts";
import { choice, compare, isNothing, nothing } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, fieldsOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { lowerSequence } from "./lower-sequence.ts";
import { partsOf, type RubyFile } from "./ruby-file.ts";
import { emitTargets } from "./ruby-targets.ts";

/** Branches and loops: all of them are done one after another, and those with a value have one of several. */
export function rubyControl(file: RubyFile): Rules {
  const { draft, lowering } = file;
  const lowerAll = (node: SyntaxNode) => lowerSequence(file, node.children, node.start);
  const visitAll = (node: SyntaxNode) => lowering.visitAll(node.children);

  function emitCondition(node: SyntaxNode): void {
    const value = lowering.lower(fieldOf(node, "condition"));
    if (value.is !== "name" && !isNothing(value)) draft.emit({ do: "run", value });
  }

  function lowerBranches(node: SyntaxNode): Expression {
    emitCondition(node);
    const branches = ["body", "consequence", "alternative"].map((field) => fieldOf(node, field));
    return choice(
      node.start,
      branches.filter((branch) => branch !== null).map((branch) => lowering.lower(branch)),
    );
  }

  function visitBranches(node: SyntaxNode): void {
    emitCondition(node);
    for (const field of ["body", "consequence", "alternative"]) lowering.visit(fieldOf(node, field));
  }

  const branchesOf = (node: SyntaxNode) =>
    node.children.filter((child) => child.field !== "value" && child.type !== "heredoc_body");

  /** What a `case` compares: its subject with everything that any branch names. */
  function emitComparison(node: SyntaxNode): void {
    const patterns = branchesOf(node).flatMap((branch) => fieldsOf(branch, "pattern"));
    const value = fieldOf(node, "value");
    const sides = [...(value === null ? [] : [value]), ...patterns].map((side) => lowering.lower(side));
    draft.emit({ do: "run", value: compare(node.start, sides) });
    for (const branch of branchesOf(node)) {
      const guard = fieldOf(branch, "guard");
      if (guard !== null) emitCondition(guard);
    }
  }

  const bodyOf = (branch: SyntaxNode) => (branch.type === "else" ? branch : fieldOf(branch, "body"));

  function lowerCase(node: SyntaxNode): Expression {
    emitComparison(node);
    return choice(
      node.start,
      branchesOf(node).map((branch) => lowering.lower(bodyOf(branch))),
    );
  }

  function visitCase(node: SyntaxNode): void {
    emitComparison(node);
    for (const branch of branchesOf(node)) lowering.visit(bodyOf(branch));
  }

  function visitFor(node: SyntaxNode): void {
    const list = fieldOf(node, "value");
    const of = list === null ? nothing(node.start) : lowerAll(list);
    const each: Expression = { is: "index", of, key: nothing(of.at), at: of.at };
    emitTargets(file, fieldOf(node, "pattern"), each);
    lowering.visit(fieldOf(node, "body"));
  }

  function visitRescue(node: SyntaxNode): void {
    const caught = fieldOf(node, "exceptions");
    if (caught !== null)
      draft.emit({ do: "run", value: compare(caught.start, lowering.lowerAll(partsOf(caught))) });
    const variable = fieldOf(node, "variable")?.children[0];
    if (variable?.type === "identifier") file.locals.add(draft.textOf(variable));
  }

  /** The value of `return a, b` is a list. */
  function givenBy(node: SyntaxNode): Expression | null {
    const given = partsOf(node).flatMap((part) => (part.type === "argument_list" ? partsOf(part) : [part]));
    const values = lowering.lowerAll(given);
    const [first] = values;
    if (first === undefined) return null;
    return values.length === 1 ? first : { is: "list", items: values, at: first.at };
  }

  function giveBack(node: SyntaxNode): void {
    const value = givenBy(node);
    if (value !== null) draft.emit({ do: "return", value });
  }

  return {
    expressions: {
      // A type of node: nobody awaits this.
      // oxlint-disable-next-line unicorn/no-thenable
      then: lowerAll,
      if: lowerBranches,
      unless: lowerBranches,
      elsif: lowerBranches,
      conditional: lowerBranches,
      if_modifier: lowerBranches,
      unless_modifier: lowerBranches,
      rescue_modifier: (node) => choice(node.start, lowering.lowerAll(node.children)),
      case: lowerCase,
      case_match: lowerCase,
      else: lowerAll,
      begin: lowerAll,
      body_statement: lowerAll,
      block_body: lowerAll,
      parenthesized_statements: lowerAll,
      rescue: (node) => {
        visitRescue(node);
        return lowering.lower(fieldOf(node, "body"));
      },
      pattern: lowerAll,
      match_pattern: (node) => compare(node.start, lowering.lowerAll(node.children)),
      test_pattern: (node) => compare(node.start, lowering.lowerAll(node.children)),
      break: (node) => givenBy(node) ?? nothing(node.start),
    },
    statements: {
      // oxlint-disable-next-line unicorn/no-thenable
      then: visitAll,
      program: visitAll,
      if: visitBranches,
      unless: visitBranches,
      elsif: visitBranches,
      if_modifier: visitBranches,
      unless_modifier: visitBranches,
      while_modifier: visitBranches,
      until_modifier: visitBranches,
      while: visitBranches,
      until: visitBranches,
      case: visitCase,
      case_match: visitCase,
      for: visitFor,
      else: visitAll,
      do: visitAll,
      begin: visitAll,
      body_statement: visitAll,
      ensure: visitAll,
      begin_block: visitAll,
      end_block: visitAll,
      rescue: (node) => {
        visitRescue(node);
        lowering.visit(fieldOf(node, "body"));
      },
      return: giveBack,
      next: giveBack,
      alias: () => undefined,
      undef: () => undefined,
      redo: () => undefined,
      retry: () => undefined,
    },
  };
}
