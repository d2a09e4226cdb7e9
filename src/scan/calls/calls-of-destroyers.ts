import { destructionKinds } from "../../destruction/kinds.ts";
import type { DestructionKind } from "../../destruction/kinds.ts";
import type { PlacedSite } from "../meaning/find-sites.ts";
import { enclosing, functionAt } from "../meaning/program.ts";
import type { Program } from "../meaning/program.ts";
import type { Destroyers } from "../policy/read-policy.ts";
import type { CallEdge, CallGraph } from "./call-graph.ts";
import { createNames } from "./names.ts";
import type { Names } from "./names.ts";

/** The functions of one kind that a policy says destroy. */
interface NamedDestroyers {
  readonly kind: DestructionKind;
  readonly names: Names;
}

export function destroyersOf(program: Program, destroys: Destroyers): readonly NamedDestroyers[] {
  return destructionKinds.flatMap((kind) => {
    const entries = destroys[kind];
    return entries === undefined ? [] : [{ kind, names: createNames(entries, program) }];
  });
}

/**
 * A site for each call of a function that the policy says destroys, but for those that are handed to the chokepoint, that stand in such
 * a function itself, or that were seen to destroy anyhow. These count whatever kinds the policy names.
 */
export function callsOfDestroyers(
  graph: CallGraph,
  destroyers: readonly NamedDestroyers[],
  seen: readonly PlacedSite[],
): readonly PlacedSite[] {
  const known = new Set(seen.map(({ place, at, kind }) => `${place.unit.id}:${at} ${kind}`));
  return destroyers.flatMap(({ kind, names }) =>
    graph.edges.flatMap((edge): readonly PlacedSite[] => {
      const { from, to, at } = edge;
      if (names.match(to) === null || edge.isGuarded || edge.isReturned) return [];
      if (enclosing(from).some((each) => names.match(each) !== null)) return [];
      const key = `${from.unit.id}:${at} ${kind}`;
      if (known.has(key)) return [];
      known.add(key);
      const what = `${functionAt(to).qualified}()`;
      return [{ kind, what, names: [], at, ...sureness(edge), place: from }];
    }),
  );
}

function sureness({ label }: CallEdge): Pick<PlacedSite, "context" | "confidence"> {
  switch (label) {
    case "exact":
      return { context: "executed", confidence: "high" };
    case "by-type":
      return { context: "executed", confidence: "medium" };
    case "escaped":
      return { context: "passed", confidence: "medium" };
    case "by-name":
      return { context: "executed", confidence: "low" };
  }
}
