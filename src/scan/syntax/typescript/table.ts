import type { ts } from "ts-morph";
import type { Expression } from "../syntax.ts";
import { callCases } from "./calls.ts";
import { classCases } from "./classes.ts";
import { functionCases } from "./functions.ts";
import { jsxCases } from "./jsx.ts";
import { literalCases } from "./literals.ts";
import { memberCases } from "./members.ts";
import { moduleCases } from "./modules.ts";
import { objectCases } from "./objects.ts";
import { operatorCases } from "./operators.ts";
import { other, startOf } from "./reading.ts";
import type { Case, Compiler, Reading } from "./reading.ts";
import { statementCases } from "./statements.ts";
import { typeCases } from "./types.ts";
import { variableCases } from "./variables.ts";

/** Reads a node of any kind: null where it has no value. */
export type Lower = (node: ts.Node, reading: Reading) => Expression | null;

/**
 * One table for every kind of node. A kind without a case is read part by part: what has a value is kept inside `other`,
 * so nothing that a new version of the language brings is lost. Types have no values.
 */
export function createTable(compiler: Compiler): Lower {
  const { SyntaxKind: kind } = compiler;
  const table: Case["lower"][] = [];
  const isType = (of: ts.SyntaxKind): boolean => of >= kind.FirstTypeNode && of <= kind.LastTypeNode;
  table[kind.TypeParameter] = () => null;
  const cases = [
    literalCases,
    memberCases,
    operatorCases,
    callCases,
    objectCases,
    functionCases,
    classCases,
    typeCases,
    variableCases,
    statementCases,
    moduleCases,
    jsxCases,
  ];
  for (const casesOf of cases) for (const { kind: of, lower } of casesOf(compiler)) table[of] = lower;

  const lowerNode: Lower = (node, reading) => {
    const lower = table[node.kind];
    if (lower !== undefined) return lower(node, reading);
    // Keywords and punctuation.
    if (node.kind < kind.FirstNode || isType(node.kind)) return null;
    if (isStatement(node.kind)) {
      compiler.forEachChild(node, (child) => reading.statement(child));
      return null;
    }
    const inside: Expression[] = [];
    compiler.forEachChild(node, (child) => {
      const value = lowerNode(child, reading);
      if (value !== null && !(value.is === "other" && value.inside.length === 0)) inside.push(value);
    });
    return inside.length === 0 ? null : other(startOf(reading, node), ...inside);
  };
  const isStatement = (of: ts.SyntaxKind): boolean =>
    (of >= kind.FirstStatement && of <= kind.LastStatement) ||
    of === kind.Block ||
    of === kind.ModuleBlock ||
    of === kind.SourceFile;
  return lowerNode;
}
