import type { Element } from "../../../wire/mongo/bson.ts";
import { elementsIn, isTrue, textOf, types } from "../../../wire/mongo/bson.ts";

/** `unknown`: a program decides (`$where`). */
export type Match = "all" | "unknown" | "nothing";

/** Filters inside filters; deeper is not looked at. */
const deepest = 20;
/** Patterns that every text has. */
const emptyPattern = /^\^?(?:\.\*\??)?\$?$/;

/**
 * Whether a filter takes in every document, whatever is in it: `{}`, `{_id: {$exists: true}}`, `{$expr: true}`, `{$or: [{}, …]}`. `nothing` is not
 * known to: a filter of which only the data shows that it takes in all stays what it looks like.
 */
export function matchesAll(filter: Element | null, depth = 0): Match {
  if (filter === null) return "all";
  if (depth > deepest) return "unknown";
  let result: Match = "all";
  for (const each of elementsIn(filter)) {
    const match = clauseMatchesAll(each, depth);
    if (match === "nothing") return "nothing";
    if (match === "unknown") result = "unknown";
  }
  return result;
}

function clauseMatchesAll(clause: Element, depth: number): Match {
  switch (clause.name) {
    case "$comment":
    case "$alwaysTrue":
      return "all";
    case "$where":
      return "unknown";
    case "$expr":
      return isConstant(clause, 0) && isTrue(constantOf(clause)) ? "all" : "nothing";
    case "$sampleRate":
      return "all";
    case "$jsonSchema":
      return isEmpty(clause) ? "all" : "nothing";
    case "$and":
      return joined(
        [...elementsIn(clause)].map((each) => matchesAll(each, depth + 1)),
        "every",
      );
    case "$or":
      return joined(
        [...elementsIn(clause)].map((each) => matchesAll(each, depth + 1)),
        "some",
      );
    case "$nor":
      return [...elementsIn(clause)].every(matchesNone) ? "all" : "nothing";
    default:
      return clause.name.startsWith("$") ? "nothing" : fieldMatchesAll(clause);
  }
}

function joined(matches: readonly Match[], how: "every" | "some"): Match {
  if (how === "every" ? matches.every((each) => each === "all") : matches.includes("all")) return "all";
  const isUnknown = how === "every" ? !matches.includes("nothing") : matches.includes("unknown");
  return isUnknown ? "unknown" : "nothing";
}

/** What is asked of one field: every document has an `_id`, of a type between the least and the greatest. */
function fieldMatchesAll(field: Element): Match {
  const isId = field.name === "_id";
  if (field.type === types.regex) return "nothing";
  if (field.type !== types.document) return "nothing";
  const asked = [...elementsIn(field)];
  if (asked.length === 0 || asked[0]?.name.startsWith("$") !== true) return "nothing";
  return asked.every((each) => operatorMatchesAll(each, isId)) ? "all" : "nothing";
}

function operatorMatchesAll(operator: Element, isId: boolean): boolean {
  const { name, type } = operator;
  switch (name) {
    case "$exists":
      return isId && isTrue(operator);
    case "$ne":
      return isId && (type === types.null || textOf(operator) === "" || isEmptyDocument(operator));
    case "$nin":
      return [...elementsIn(operator)].every((each) => isId && each.type === types.null);
    case "$gt":
    case "$gte":
      return type === types.minKey;
    case "$lt":
    case "$lte":
      return type === types.maxKey;
    case "$not":
      return [...elementsIn(operator)].some((each) => operatorMatchesNone(each, isId));
    case "$regex":
      return isId && emptyPattern.test(textOf(operator) ?? "x");
    default:
      return false;
  }
}

function operatorMatchesNone(operator: Element, isId: boolean): boolean {
  if (operator.name === "$in") return isEmpty(operator);
  return operator.name === "$exists" && isId && !isTrue(operator);
}

/** `{_id: {$exists: false}}`, `{_id: null}`, `{x: {$in: []}}`. */
function matchesNone(filter: Element): boolean {
  return [...elementsIn(filter)].some((each) => {
    if (each.name === "$alwaysFalse") return true;
    if (each.name === "_id" && each.type === types.null) return true;
    const isField = !each.name.startsWith("$") && each.type === types.document;
    return isField && [...elementsIn(each)].some((one) => operatorMatchesNone(one, each.name === "_id"));
  });
}

function isEmpty(value: Element): boolean {
  for (const _each of elementsIn(value)) return false;
  return true;
}

function isEmptyDocument(value: Element): boolean {
  return value.type === types.document && isEmpty(value);
}

/** An expression in which no field is read (`$price`) and no variable (`$$NOW`). */
function isConstant(value: Element, depth: number): boolean {
  if (depth > deepest) return false;
  if (value.type === types.string) return textOf(value)?.startsWith("$") !== true;
  return [...elementsIn(value)].every((each) => isConstant(each, depth + 1));
}

/** What `{$literal: x}` is; an operator over constants is taken for true: nobody writes one to match nothing. */
function constantOf(value: Element): Element | null {
  if (value.type !== types.document) return value;
  for (const each of elementsIn(value)) return each.name === "$literal" ? each : value;
  return value;
}
