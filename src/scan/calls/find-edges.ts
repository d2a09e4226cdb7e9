import { calleeOf } from "../meaning/callee.ts";
import { functionAt } from "../meaning/program.ts";
import type { Call, Place, Program } from "../meaning/program.ts";
import { resolveCall, resolveReference } from "../meaning/resolve-call.ts";
import type { Resolved } from "../meaning/resolve-call.ts";
import { scopeAt } from "../meaning/scope.ts";
import type { Scope } from "../meaning/scope.ts";
import { insideOf } from "../syntax/inside-of.ts";
import type { Expression, Statement } from "../syntax/syntax.ts";
import type { CallEdge } from "./call-graph.ts";
import { callsChokepoint, isWrappedBy } from "./calls-chokepoint.ts";
import { keptBy } from "./kept-functions.ts";
import type { Names } from "./names.ts";
import { isOnlyHandedOver } from "./only-handed-over.ts";
import { resolveCallable, resolveReflected } from "./reflected.ts";
import { returnedFunctions, wrapsParameter } from "./returned-functions.ts";

/** The calls of one function, and what it hands on. `handedOver` are the names that stand among arguments of the chokepoint in its file. */
export function edgesOf(
  program: Program,
  from: Place,
  chokepoint: Names,
  handedOver: ReadonlySet<string>,
): readonly CallEdge[] {
  const scope = scopeAt(program, from);
  const edges: CallEdge[] = [];
  let kept: ReadonlySet<Expression> = new Set();
  /** `isHandedOver` is of what the functions return, where that is a function, too. */
  const add = (
    targets: readonly Place[],
    label: CallEdge["label"],
    by: Expression,
    isGuarded: boolean,
    isHandedOver = isGuarded,
  ): void => {
    const isKept = kept.has(by);
    const edge = { from, label: isKept ? "escaped" : label, at: by.at, isReturned: false, isKept } as const;
    for (const to of targets) {
      const isWrapped = isWrappedBy(to, chokepoint);
      edges.push({ ...edge, to, isGuarded: isGuarded || isWrapped });
      if (chokepoint.match(to) !== null) continue;
      for (const made of returnedFunctions(to))
        edges.push({ ...edge, to: made, isGuarded: isHandedOver || isWrapped });
    }
  };
  const visit = (expression: Expression, isGuarded: boolean): void => {
    switch (expression.is) {
      case "call": {
        const isChokepoint = callsChokepoint(expression, scope, chokepoint);
        const { targets, edge } = resolveResult(expression, scope);
        add(targets, edge, expression, false, isGuarded);
        add(resolveReflected(expression, scope).targets, "escaped", expression, isGuarded);
        const isBinding = isGuarded && bindsArguments(expression, from);
        if (expression.callee.is === "function" || expression.callee.is === "call")
          visit(expression.callee, false);
        else if (expression.callee.is !== "name")
          for (const inside of insideOf(expression.callee)) visit(inside, isBinding);
        for (const [index, arg] of expression.args.entries())
          visit(arg, isChokepoint || isBinding || (isGuarded && wrapsParameter(targets, index)));
        for (const { value } of expression.named) visit(value, isChokepoint || isBinding);
        return;
      }
      case "function":
        add([{ unit: from.unit, fn: expression.index }], "exact", expression, isGuarded);
        return;
      case "name":
      case "index":
      case "member": {
        const { targets, edge } = resolveReference(expression, scope);
        if (edge !== "by-name" || expression.is !== "name") add(targets, "escaped", expression, isGuarded);
        for (const inside of insideOf(expression)) visit(inside, false);
        return;
      }
      case "list":
        add(resolveCallable(expression.items, scope).targets, "escaped", expression, isGuarded);
        for (const inside of expression.items) visit(inside, isGuarded);
        return;
      case "map":
      case "choice":
        for (const inside of insideOf(expression)) visit(inside, isGuarded);
        return;
      default:
        for (const inside of insideOf(expression)) visit(inside, false);
    }
  };
  /** A function that is bound to a name, in an object too, runs when it is called by that name; so does what is only exported under one. */
  const returned = new Set(returnedFunctions(from).map(({ fn }) => fn));
  const visitBound = (statement: Statement): void => {
    const { do: does, value, ...rest } = statement;
    kept = new Set(keptBy(statement, from));
    const isExport =
      does === "set" && "isExported" in rest && rest.isExported && rest.isConstant && from.fn === 0;
    const skip = (each: Expression): void => {
      if (each.is === "function" && isNamed(each.index)) return;
      if (each.is === "name" && isExport) return;
      if (does === "return" && isReturnedBy(each)) return;
      if (each.is === "map") for (const entry of each.entries) skip(entry.value);
      else
        visit(
          each,
          does === "set" &&
            mayBeHandedOver(statement.target) &&
            isOnlyHandedOver(statement, from, isHandedOver),
        );
    };
    if (does === "set" || does === "return") skip(value);
    else visit(value, false);
  };
  const isNamed = (fn: number): boolean => functionAt({ unit: from.unit, fn }).name !== null;
  const isReturnedBy = (each: Expression): boolean =>
    each.is === "function"
      ? returned.has(each.index)
      : each.is === "name" &&
        resolveReference(each, scope).targets.some(({ fn, unit }) => unit === from.unit && returned.has(fn));
  const mayBeHandedOver = (target: string | null): boolean => target !== null && handedOver.has(target);
  const isHandedOver = (call: Call, place: Place): boolean =>
    callsChokepoint(call, scopeAt(program, place), chokepoint);
  for (const fn of returned) {
    const to = { unit: from.unit, fn };
    edges.push({
      from,
      to,
      label: "exact",
      at: functionAt(to).at,
      isGuarded: false,
      isReturned: true,
      isKept: false,
    });
  }
  const { body, params } = functionAt(from);
  for (const statement of body) visitBound(statement);
  for (const each of params) if (each.default !== null) visit(each.default, false);
  // What stands in a function without being bound to anything there: a nested declaration runs when it is called.
  return edges;
}

/** What a call runs: of `make(name)(now)` that which `make` returns. */
function resolveResult(call: Call, scope: Scope): Resolved {
  if (call.callee.is !== "call") return resolveCall(call, scope);
  const { targets, edge } = resolveResult(call.callee, scope);
  return { targets: targets.flatMap(returnedFunctions), edge };
}

/**
 * A call that gives back its function with some of its arguments: `functools.partial(drop, name)`, `drop.bind(null, name)`; or an object around it:
 * `new Callable<>() { … }`.
 */
function bindsArguments(call: Call, { unit: { family } }: Place): boolean {
  if (call.how === "new") return family === "java" || family === "csharp";
  return ["partial", "bind", "curry"].includes(calleeOf(call).name);
}
