import { lowerOperators, type OperatorMeaning } from "../operators/lower-operators.ts";
import type { Entry, Expression } from "../syntax.ts";
import { dottedPath } from "../dotted-path.ts";
import { nothing, other } from "../tree-sitter/expressions.ts";
import type { Rules } from "../tree-sitter/lower-nodes.ts";
import { fieldOf, type SyntaxNode } from "../tree-sitter/read-nodes.ts";
import { partsOf, type RubyFile } from "./ruby-file.ts";
import { defineBlock } from "./ruby-functions.ts";
import { emitTargets, targetExpression } from "./ruby-targets.ts";

const comparisons = new Set(["==", "!=", "<", ">", "<=", ">=", "<=>", "===", "=~", "!~"]);
const numbers = new Set(["integer", "float", "rational", "complex"]);
const appending = new Set(["+=", "<<="]);
/** They make a class out of a block. */
const makers = new Set(["Class", "Module", "Struct", "Data"]);

/** Operators and assignments. */
export function rubyOperators(file: RubyFile): Rules {
  const { draft, lowering } = file;
  const operatorOf = (node: SyntaxNode) => fieldOf(node, "operator")?.type ?? "";

  const lowerBinary = (node: SyntaxNode): Expression =>
    lowerOperators(node, operatorMeaning, (side) => lowering.lower(side), lowerOwn);

  function lowerOwn(link: SyntaxNode, left: () => Expression): Expression | null {
    const operator = operatorOf(link);
    if (operator === "%") return lowerFormat(link, left());
    return operator === "<<" ? lowerShift(link, left()) : null;
  }

  function lowerFormat(link: SyntaxNode, template: Expression): Expression {
    const right = fieldOf(link, "right");
    const given = lowering.lower(right);
    const isNumber = template.is !== "text" && (right === null || numbers.has(right.type));
    if (isNumber) return other(link.start, [template, given]);
    const values: readonly Expression[] =
      given.is === "list" ? given.items : given.is === "map" ? [] : [given];
    const named: readonly Entry[] = given.is === "map" ? given.entries : [];
    return { is: "format", style: "printf", template, values, named, at: link.start };
  }

  /** `list << item`: a call, where its value is wanted or its left has no name. */
  function lowerShift(link: SyntaxNode, of: Expression): Expression {
    const args = [lowering.lower(fieldOf(link, "right"))];
    const at = fieldOf(link, "operator")?.start ?? link.start;
    const callee: Expression = { is: "member", of, name: "<<", at };
    return { is: "call", how: "call", callee, args, named: [], at, end: link.end };
  }

  /** `sql << "a" << b` appends both. */
  function visitBinary(node: SyntaxNode): void {
    const links: SyntaxNode[] = [];
    let first: SyntaxNode | null = node;
    while (first?.type === "binary" && operatorOf(first) === "<<") {
      links.push(first);
      first = fieldOf(first, "left");
    }
    const isNamed =
      first !== null && dottedPath(targetExpression(file, first)) !== null && first.type !== "call";
    if (links.length === 0 || !isNamed) {
      draft.emit({ do: "run", value: lowerBinary(node) });
      return;
    }
    for (const link of links.toReversed())
      emitTargets(file, first, lowering.lower(fieldOf(link, "right")), true);
  }

  function assign(node: SyntaxNode): void {
    const left = fieldOf(node, "left");
    emitTargets(file, left, lowerRight(left, fieldOf(node, "right")));
  }

  function lowerRight(left: SyntaxNode | null, right: SyntaxNode | null): Expression {
    if (right === null || left === null) return nothing(left?.start ?? 0);
    const isName = left.type === "identifier" || left.type === "constant";
    if (right.type === "lambda" && isName) return defineBlock(file, right, draft.textOf(left));
    if (left.type === "constant" && makesClass(right)) return lowerMade(left, right);
    const value = lowering.lower(right);
    if (right.type !== "splat_argument") return value;
    return partsOf(right).length === 1 ? value : other(right.start, [value]);
  }

  /** `Row = Struct.new(:name) do … end`: the block holds the methods of `Row`. */
  function makesClass(right: SyntaxNode): boolean {
    const receiver = right.type === "call" ? fieldOf(right, "receiver") : null;
    return receiver !== null && makers.has(draft.textOf(receiver)) && fieldOf(right, "block") !== null;
  }

  function lowerMade(left: SyntaxNode, right: SyntaxNode): Expression {
    const { scope } = file;
    const name = draft.textOf(left);
    const owner = scope.owner === null ? name : `${scope.owner}::${name}`;
    draft.types.push({ name: owner, isInterface: false, above: [], fields: [], methods: [], at: left.start });
    let value = nothing(right.start);
    scope.inside(owner, owner, () => {
      value = lowering.lower(right);
    });
    return value;
  }

  function assignWith(node: SyntaxNode): void {
    const operator = operatorOf(node);
    const right = lowering.lower(fieldOf(node, "right"));
    const left = fieldOf(node, "left");
    const isValue = operator === "||=" || operator === "&&=" || appending.has(operator);
    emitTargets(file, left, isValue ? right : other(node.start, [right]), appending.has(operator));
  }

  /** The value of an assignment is that of its name. */
  function lowerAssignment(node: SyntaxNode): Expression {
    lowering.visit(node);
    const left = fieldOf(node, "left");
    const value = left === null ? nothing(node.start) : targetExpression(file, left);
    return dottedPath(value) === null ? nothing(node.start) : value;
  }

  return {
    expressions: {
      // `+"…"` and `-"…"` are the text, thawed or frozen.
      unary: (node) => {
        const operand = fieldOf(node, "operand");
        const value = lowering.lower(operand);
        return operand?.type === "string" ? value : other(node.start, [value]);
      },
      binary: lowerBinary,
      assignment: lowerAssignment,
      operator_assignment: lowerAssignment,
    },
    statements: { binary: visitBinary, assignment: assign, operator_assignment: assignWith },
  };
}

function operatorMeaning(operator: string): OperatorMeaning {
  if (operator === "+") return "join";
  if (operator === "||" || operator === "&&" || operator === "or" || operator === "and") return "choice";
  return comparisons.has(operator) ? "compare" : "other";
}
