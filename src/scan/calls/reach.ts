import { enclosing, functionAt } from "../meaning/program.ts";
import type { Place, Program } from "../meaning/program.ts";
import type { CallEdge, CallGraph } from "./call-graph.ts";
import { isWrappedBy } from "./calls-chokepoint.ts";
import { keyOf } from "./place-key.ts";
import type { PlaceKey } from "./place-key.ts";
import type { Names } from "./names.ts";

/** Which functions run without the chokepoint having been asked, and how they are entered. */
export interface Reach {
  isReached(place: Place): boolean;
  /** The shortest way from where the program is entered: the edges that lead to a function, the first one from a root. */
  pathTo(place: Place): readonly CallEdge[];
}

/**
 * Follows all calls from the roots, never into the chokepoint and never along what is handed to it. A root is what nobody in the program calls, what the
 * program or a framework enters by itself (the file's own code, `main`, `init`, whatever bears a decorator or annotation), and what the policy names.
 */
export function reachUnguarded(program: Program, graph: CallGraph, chokepoint: Names, named: Names): Reach {
  const by = new Map<PlaceKey, CallEdge | null>();
  const roots = new Set<PlaceKey>();
  const queue: Place[] = [];
  const guesses: CallEdge[] = [];
  for (const unit of program.units) {
    for (const fn of unit.syntax.functions.keys()) {
      const place = { unit, fn };
      if (chokepoint.match(place) !== null || isWrappedBy(place, chokepoint)) continue;
      if (!isRoot(place, graph, named)) continue;
      by.set(keyOf(place), null);
      roots.add(keyOf(place));
      queue.push(place);
    }
  }
  const enter = (edge: CallEdge): void => {
    if (by.has(keyOf(edge.to))) return;
    by.set(keyOf(edge.to), edge);
    queue.push(edge.to);
  };
  let [next, guess] = [0, 0];
  // All that can be reached without a guess first: a way that is told is as sure as there is one.
  const follow = (): void => {
    while (next < queue.length || guess < guesses.length) {
      const place = queue[next];
      if (place === undefined) {
        const edge = guesses[guess];
        guess += 1;
        if (edge !== undefined) enter(edge);
        continue;
      }
      next += 1;
      for (const edge of graph.from(place)) {
        if (edge.isGuarded || chokepoint.match(edge.to) !== null) continue;
        // What a function returns runs where it is called; nobody knows who calls a root.
        if (edge.isReturned && !roots.has(keyOf(place))) continue;
        if (edge.label === "by-name") guesses.push(edge);
        else enter(edge);
      }
    }
  };
  follow();
  // Even what the chokepoint runs may leave something behind that runs without it.
  for (const edge of graph.edges)
    if (edge.isKept && !edge.isGuarded && chokepoint.match(edge.to) === null) enter(edge);
  follow();
  // Functions that only call one another: nobody is seen to enter them, nor does the chokepoint.
  const guarded = behindChokepoint(graph, chokepoint);
  for (const unit of program.units) {
    for (const fn of unit.syntax.functions.keys()) {
      const place = { unit, fn };
      const key = keyOf(place);
      if (by.has(key) || guarded.has(key) || chokepoint.match(place) !== null) continue;
      if (isWrappedBy(place, chokepoint)) continue;
      by.set(key, null);
      roots.add(key);
      queue.push(place);
      follow();
    }
  }
  return {
    isReached: (place) => by.has(keyOf(place)),
    pathTo(place) {
      const path: CallEdge[] = [];
      for (
        let edge = by.get(keyOf(place));
        edge !== null && edge !== undefined;
        edge = by.get(keyOf(edge.from))
      )
        path.unshift(edge);
      return path;
    },
  };
}

/** Decorators, annotations and attributes that say something of a function, and by which nobody enters it. */
function isDeclaring(mark: string): boolean {
  return declaring.has(
    mark
      .split(/::|\.|\\/)
      .at(-1)
      ?.toLowerCase() ?? "",
  );
}

const declaring: ReadonlySet<string> = new Set(
  `override overrides deprecated obsolete suppresswarnings suppressmessage nullable nonnull notnull nonnullapi contract safevarargs visiblefortesting
  staticmethod classmethod property cached_property abstractmethod overload final cache lru_cache wraps contextmanager asynccontextmanager
  inline must_use allow expect cfg cfg_attr doc track_caller cold instrument async_trait pure methodimpl debuggerstepthrough excludefromcodecoverage
  synchronized sneakythrows`.split(/\s+/),
);

/** Whatever the chokepoint runs, or what is handed to it, and all that these call. */
function behindChokepoint(graph: CallGraph, chokepoint: Names): ReadonlySet<PlaceKey> {
  const found = new Set<PlaceKey>();
  const queue = graph.edges
    .filter(({ from, isGuarded }) => isGuarded || chokepoint.match(from) !== null)
    .map(({ to }) => to);
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (found.has(keyOf(at))) continue;
    found.add(keyOf(at));
    for (const { to } of graph.from(at)) queue.push(to);
  }
  return found;
}

function isRoot(place: Place, graph: CallGraph, roots: Names): boolean {
  const { name, marks, isExported, parent } = functionAt(place);
  if (place.fn === 0) return true;
  if (roots.match(place) !== null) return true;
  if (name === "main" || name === "init") return true;
  if (isExported && marks.some((mark) => !isDeclaring(mark))) return true;
  // Whoever only bears the name of what is called may well be called by nobody.
  const calls = graph
    .to(place)
    .filter(({ from, label }) => keyOf(from) !== keyOf(place) && (label !== "by-name" || !isExported));
  if (calls.length > 0) return false;
  // A nested function that nobody calls is entered with the one that it stands in, or by whoever it was handed to.
  return (
    parent === null ||
    parent === 0 ||
    name !== null ||
    ![...enclosing(place)].slice(1).some(({ fn }) => fn > 0)
  );
}
