import { calleeOf } from "../meaning/callee.ts";
import { scopeAt } from "../meaning/scope.ts";
import type { Scope } from "../meaning/scope.ts";
import { insideOf } from "../syntax/inside-of.ts";
import { functionAt } from "../meaning/program.ts";
import type { Call, Place, Program } from "../meaning/program.ts";
import { resolveCall, resolveReference } from "../meaning/resolve-call.ts";
import type { Expression, Statement } from "../syntax/syntax.ts";
import { keyOf } from "./place-key.ts";
import type { Names } from "./names.ts";

/** That one function runs another, or hands it on to be run. */
export interface CallEdge {
  readonly from: Place;
  readonly to: Place;
  readonly label: "exact" | "by-type" | "by-name" | "escaped";
  /** Where the call stands, or the reference, in the file of `from`. */
  readonly at: number;
  /** Whether the function is handed to the chokepoint, which runs it: it is no way round. */
  readonly isGuarded: boolean;
}

export interface CallGraph {
  readonly edges: readonly CallEdge[];
  from(place: Place): readonly CallEdge[];
  to(place: Place): readonly CallEdge[];
}

/** All calls of a program among its own functions. A function literal is run by whoever it stands in, unless it is handed to the chokepoint. */
export function createCallGraph(program: Program, chokepoint: Names): CallGraph {
  const edges: CallEdge[] = [];
  for (const unit of program.units) {
    for (const fn of unit.syntax.functions.keys()) {
      edges.push(...edgesOf(program, { unit, fn }, chokepoint));
    }
  }
  const from = Map.groupBy(edges, (each) => keyOf(each.from));
  const to = Map.groupBy(edges, (each) => keyOf(each.to));
  return {
    edges,
    from: (place) => from.get(keyOf(place)) ?? [],
    to: (place) => to.get(keyOf(place)) ?? [],
  };
}

function edgesOf(program: Program, from: Place, chokepoint: Names): readonly CallEdge[] {
  const scope = scopeAt(program, from);
  const edges: CallEdge[] = [];
  const add = (targets: readonly Place[], label: CallEdge["label"], at: number, isGuarded: boolean): void => {
    for (const to of targets) edges.push({ from, to, label, at, isGuarded });
  };
  const visit = (expression: Expression, isGuarded: boolean): void => {
    switch (expression.is) {
      case "call": {
        const isChokepoint = callsChokepoint(expression, scope, chokepoint);
        const { targets, edge } = resolveCall(expression, scope);
        add(targets, edge, expression.at, false);
        if (expression.callee.is !== "name")
          for (const inside of insideOf(expression.callee)) visit(inside, false);
        if (expression.callee.is === "function") visit(expression.callee, false);
        for (const arg of [...expression.args, ...expression.named.map(({ value }) => value)]) {
          visit(arg, isChokepoint);
        }
        return;
      }
      case "function":
        add([{ unit: from.unit, fn: expression.index }], "exact", expression.at, isGuarded);
        return;
      case "name":
      case "member": {
        const { targets, edge } = resolveReference(expression, scope);
        if (edge !== "by-name" || expression.is === "member")
          add(targets, "escaped", expression.at, isGuarded);
        if (expression.is === "member") visit(expression.of, false);
        return;
      }
      case "list":
      case "map":
      case "choice":
        for (const inside of insideOf(expression)) visit(inside, isGuarded);
        return;
      default:
        for (const inside of insideOf(expression)) visit(inside, false);
    }
  };
  /** A function that is bound to a name, in an object too, runs when it is called by that name; so does what is only exported under one. */
  const visitBound = ({ do: does, value, ...rest }: Statement): void => {
    const isExport =
      does === "set" && "isExported" in rest && rest.isExported && rest.isConstant && from.fn === 0;
    const skip = (each: Expression): void => {
      if (each.is === "function" && isNamed(each.index)) return;
      if (each.is === "name" && isExport) return;
      if (each.is === "map") for (const entry of each.entries) skip(entry.value);
      else visit(each, false);
    };
    if (does === "set" || does === "return") skip(value);
    else visit(value, false);
  };
  const isNamed = (fn: number): boolean => functionAt({ unit: from.unit, fn }).name !== null;
  const { body, params } = functionAt(from);
  for (const statement of body) visitBound(statement);
  for (const each of params) if (each.default !== null) visit(each.default, false);
  // What stands in a function without being bound to anything there: a nested declaration runs when it is called.
  return edges;
}

/** Whether a call runs the chokepoint: by what it resolves to, else by its name. */
export function callsChokepoint(call: Call, scope: Scope, chokepoint: Names): boolean {
  if (chokepoint.entries.length === 0) return false;
  const { targets } = resolveCall(call, scope);
  if (targets.length > 0) return targets.every((each) => chokepoint.match(each) !== null);
  const { name, chain } = calleeOf(call);
  return chokepoint.matchesName(name, chain);
}
