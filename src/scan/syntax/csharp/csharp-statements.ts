import { lowerOnly } from "../errors/lower-only.ts";
import { setName } from "../scope/set-name.ts";
import type { Expression } from "../syntax.ts";
import { compare, nothing } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { bareType, type CsharpFile } from "./csharp-file.ts";
import { isPattern, sidesOf } from "./csharp-patterns.ts";

export function csharpStatements(file: CsharpFile): Rules["statements"] {
  const { draft, lowering } = file;
  const visitAll = (node: SyntaxNode) => lowering.visitAll(node.children);

  function visitForeach(node: SyntaxNode): void {
    const left = fieldOf(node, "left");
    const of = lowering.lower(fieldOf(node, "right"));
    const value: Expression = { is: "index", of, key: nothing(of.at), at: of.at };
    if (left?.type === "identifier") {
      const type = bareType(file, fieldOf(node, "type"));
      draft.emit(setName(left.start, draft.textOf(left), value, { type }));
    } else draft.emit({ do: "run", value: of });
    lowering.visit(fieldOf(node, "body"));
  }

  /** In a section stand its labels (values, patterns, guards), then what it does. */
  function visitSwitch(node: SyntaxNode): void {
    const sections = fieldOf(node, "body")?.children ?? [];
    const labels = sections.flatMap((section) => section.children.filter(isLabel));
    const sides = labels.flatMap((label) => sidesOf(file, label));
    draft.emit({ do: "run", value: compare(node.start, [lowering.lower(fieldOf(node, "value")), ...sides]) });
    for (const section of sections) lowering.visitAll(section.children.filter((child) => !isLabel(child)));
  }

  function giveBack(node: SyntaxNode): void {
    if (node.children.length > 0) draft.emit({ do: "return", value: lowerOnly(lowering, node) });
  }

  return {
    compilation_unit: visitAll,
    global_statement: visitAll,
    global_attribute: visitAll,
    block: visitAll,
    expression_statement: visitAll,
    if_statement: visitAll,
    while_statement: visitAll,
    do_statement: visitAll,
    for_statement: visitAll,
    using_statement: visitAll,
    lock_statement: visitAll,
    fixed_statement: visitAll,
    unsafe_statement: visitAll,
    checked_statement: visitAll,
    try_statement: visitAll,
    catch_clause: visitAll,
    catch_declaration: () => undefined,
    catch_filter_clause: visitAll,
    finally_clause: visitAll,
    labeled_statement: (node) => lowering.visitAll(node.children.slice(1)),
    goto_statement: visitAll,
    break_statement: () => undefined,
    continue_statement: () => undefined,
    foreach_statement: visitForeach,
    switch_statement: visitSwitch,
    return_statement: giveBack,
    yield_statement: giveBack,
    // `set => x = value` gives nothing.
    arrow_expression_clause: (node) =>
      node.children[0]?.type === "assignment_expression" ? visitAll(node) : giveBack(node),
    throw_statement: (node) => {
      if (node.children.length > 0) draft.emit({ do: "throw", value: lowerOnly(lowering, node) });
    },
    // Each branch may be the one that is compiled.
    preproc_if: visitBranch,
    preproc_elif: visitBranch,
    preproc_else: visitAll,
    preproc_if_in_attribute_list: () => undefined,
    preproc_region: () => undefined,
    preproc_endregion: () => undefined,
    preproc_pragma: () => undefined,
    preproc_nullable: () => undefined,
    preproc_define: () => undefined,
    preproc_undef: () => undefined,
    preproc_error: () => undefined,
    preproc_warning: () => undefined,
    preproc_line: () => undefined,
    shebang_directive: () => undefined,
    type_parameter_constraints_clause: () => undefined,
  };

  function visitBranch(node: SyntaxNode): void {
    lowering.visitAll(node.children.filter((child) => child.field !== "condition"));
  }
}

function isLabel(node: SyntaxNode): boolean {
  return isPattern(node) || node.type === "when_clause" || !/_statement$|^block$|^preproc_/.test(node.type);
}
