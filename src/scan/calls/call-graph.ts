import type { Place, Program } from "../meaning/program.ts";
import { scopeAt } from "../meaning/scope.ts";
import { callsChokepoint } from "./calls-chokepoint.ts";
import { edgesOf } from "./find-edges.ts";
import { namesHandedOver } from "./only-handed-over.ts";
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
  /** Whether the function is only returned: whoever called runs it, and has an edge of its own to it. */
  readonly isReturned: boolean;
  /** Whether the function is put where it outlives the call, so that it may run at any time: in a field, an outer variable, a channel. */
  readonly isKept: boolean;
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
    const handedOver = namesHandedOver(unit, (call, place) =>
      callsChokepoint(call, scopeAt(program, place), chokepoint),
    );
    for (const fn of unit.syntax.functions.keys()) {
      edges.push(...edgesOf(program, { unit, fn }, chokepoint, handedOver));
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
