import type { ParseNode } from "../../postgres/parse-sql.ts";
import { hole } from "../destruction.ts";
import { childOf, childrenOf, constantText, textIn } from "./tree.ts";

/** Whether a condition holds for every row: there is none, or it says `true`, `1 = 1`, `id = id`, `NOT false`. */
export function isAlways(condition: ParseNode | null): boolean {
  return condition === null || truth(condition) === true;
}

/** What a condition is for every row; null when that depends on the row, or cannot be known. */
function truth(condition: ParseNode): boolean | null {
  const constant = childOf(condition, "A_Const");
  if (constant !== null) return constantTruth(constant);
  const comparison = childOf(condition, "A_Expr");
  if (comparison !== null) return comparisonTruth(comparison);
  if (childOf(condition, "TypeCast") !== null) {
    const text = constantText(condition)?.toLowerCase() ?? "";
    if (["t", "true", "on", "yes", "y", "1"].includes(text)) return true;
    return ["f", "false", "off", "no", "n", "0"].includes(text) ? false : null;
  }
  const logic = childOf(condition, "BoolExpr");
  if (logic === null) return null;
  const arms = childrenOf(logic, "args").map(truth);
  switch (textIn(logic, "boolop")) {
    case "AND_EXPR":
      if (arms.includes(false)) return false;
      return arms.includes(null) ? null : true;
    case "OR_EXPR":
      if (arms.includes(true)) return true;
      return arms.includes(null) ? null : false;
    default: {
      const [arm] = arms;
      return arm === undefined || arm === null ? null : !arm;
    }
  }
}

/** MySQL takes a number for a condition. */
function constantTruth(constant: ParseNode): boolean | null {
  const boolean = childOf(constant, "boolval");
  if (boolean !== null) return boolean["boolval"] === true;
  const integer = childOf(constant, "ival");
  return integer === null ? null : (integer["ival"] ?? 0) !== 0;
}

function comparisonTruth(comparison: ParseNode): boolean | null {
  const operator = constantText(childrenOf(comparison, "name")[0] ?? null);
  const left = childOf(comparison, "lexpr");
  const right = childOf(comparison, "rexpr");
  if (left === null || right === null || textIn(comparison, "kind") !== "AEXPR_OP") return null;
  const [first, second] = [withoutPlaces(left), withoutPlaces(right)];
  if (`${first}${second}`.includes(hole) || first.includes("ParamRef")) return null;
  const areConstant = childOf(left, "A_Const") !== null && childOf(right, "A_Const") !== null;
  if (operator === "=" && (first === second || areConstant)) return first === second;
  return operator === "<>" && areConstant ? first !== second : null;
}

/** A sub-tree as text, without where its nodes stand: to be compared. */
function withoutPlaces(tree: ParseNode): string {
  return JSON.stringify(tree, (key, value: unknown) => (key === "location" ? undefined : value));
}
