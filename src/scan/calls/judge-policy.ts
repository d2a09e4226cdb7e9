import type { Destroyers } from "../policy/read-policy.ts";
import { followsCalls } from "../policy/follows-calls.ts";
import type { PlacedSite } from "../meaning/find-sites.ts";
import { enclosing, functionAt, namedFunction } from "../meaning/program.ts";
import type { Place, Program } from "../meaning/program.ts";
import { createCallGraph } from "./call-graph.ts";
import { keyOf } from "./place-key.ts";
import type { CallEdge, CallGraph } from "./call-graph.ts";
import { createNames, definitionsOf, isBare } from "./names.ts";
import type { Names } from "./names.ts";
import { callsOfDestroyers, destroyersOf } from "./calls-of-destroyers.ts";
import { reachUnguarded } from "./reach.ts";
import type { Reach } from "./reach.ts";

export interface ChokepointPolicy {
  readonly chokepoint: readonly string[];
  readonly sanctioned: readonly string[];
  readonly roots: readonly string[];
  readonly destroys: Destroyers;
}

/** A call that enters a sanctioned function from outside, not through the chokepoint. */
interface Bypass {
  readonly is: "bypass";
  readonly entry: CallEdge;
  /** The other sanctioned functions that the same call may enter: implementations of one interface. */
  readonly others: readonly Place[];
  readonly path: readonly CallEdge[];
  readonly site: PlacedSite | null;
  readonly sanctioned: string;
}

type PolicySection = "chokepoint" | "sanctioned" | "roots" | "destroys";

/** One thing that the policy says of the sites of a program. */
export type PolicyJudgement =
  /** A destruction that stands outside of what the policy allows; with the way to it, where one was followed. */
  | { readonly is: "violation"; readonly site: PlacedSite; readonly path: readonly CallEdge[] }
  /** A destruction where the policy wants it. `by` is the entry that says so. */
  | { readonly is: "sanctioned"; readonly site: PlacedSite; readonly by: string }
  | Bypass
  /** A bare name with a second definition, at its place. */
  | { readonly is: "ambiguous"; readonly entry: string; readonly place: Place; readonly first: Place }
  /** An entry of the policy that fits no function of the tree. */
  | {
      readonly is: "undefined";
      readonly entry: string;
      readonly section: PolicySection;
    }
  /** The policy names sanctioned functions, and no destruction was seen in any. */
  | { readonly is: "nothing-sanctioned" };

/** Holds what a program destroys against the policy of its chokepoint. Without a policy every site is a violation. */
export function judgePolicy(
  program: Program,
  seen: readonly PlacedSite[],
  policy: ChokepointPolicy,
): readonly PolicyJudgement[] {
  const [chokepoint, sanctioned, roots] = [
    createNames(policy.chokepoint, program),
    createNames(policy.sanctioned, program),
    createNames(policy.roots, program),
  ];
  if (!followsCalls(policy)) return seen.map((site) => ({ is: "violation", site, path: [] }));
  const graph = createCallGraph(program, chokepoint);
  const destroyers = destroyersOf(program, policy.destroys);
  const sites = [...seen, ...callsOfDestroyers(graph, destroyers, seen)];
  const reach = reachUnguarded(program, graph, chokepoint, roots);
  const judged = sites.map((site) => judgeSite(site, graph, reach, { chokepoint, sanctioned }));
  const entries =
    policy.chokepoint.length === 0 ? [] : findBypasses(graph, reach, sites, sanctioned, chokepoint);
  const isNothing = policy.sanctioned.length > 0 && judged.every((each) => each.is !== "sanctioned");
  return [
    ...judged,
    ...entries,
    ...judgeNames(program, chokepoint, "chokepoint"),
    ...judgeNames(program, sanctioned, "sanctioned"),
    ...judgeNames(program, roots, "roots").filter((each) => each.is === "undefined"),
    ...destroyers.flatMap(({ names }) => judgeNames(program, names, "destroys")),
    ...(isNothing ? [{ is: "nothing-sanctioned" } as const] : []),
  ];
}

function judgeSite(
  site: PlacedSite,
  graph: CallGraph,
  reach: Reach,
  { chokepoint, sanctioned }: { readonly chokepoint: Names; readonly sanctioned: Names },
): PolicyJudgement {
  for (const place of enclosing(site.place)) {
    const by = sanctioned.match(place) ?? chokepoint.match(place);
    if (by !== null) return { is: "sanctioned", site, by };
  }
  if (chokepoint.entries.length === 0) {
    // Without a chokepoint the names alone decide, and whoever only they call.
    const by = sanctionedBefore(site.place, graph, reach, sanctioned);
    return by === null ? { is: "violation", site, path: [] } : { is: "sanctioned", site, by };
  }
  const entered = enclosing(site.place).find(
    (each) => functionAt(each).parent === null || reach.isReached(each) || isHandedOver(each, graph),
  );
  const isReached =
    reach.isReached(site.place) && sanctionedBefore(site.place, graph, reach, sanctioned) === null;
  if (!isReached && entered !== undefined) return { is: "sanctioned", site, by: chokepoint.entries[0] ?? "" };
  return { is: "violation", site, path: reach.pathTo(site.place) };
}

function isHandedOver(place: Place, graph: CallGraph): boolean {
  return graph.to(place).some(({ isGuarded }) => isGuarded);
}

/** The sanctioned function that every unguarded way to a function passes, one of several; null when there is a way that passes none. */
function sanctionedBefore(place: Place, graph: CallGraph, reach: Reach, sanctioned: Names): string | null {
  if (sanctioned.entries.length === 0) return null;
  let entry: string | null = null;
  const seen = new Set<string>();
  const queue = [place];
  for (let next = 0; next < queue.length; next += 1) {
    const each = queue[next];
    if (each === undefined || seen.has(keyOf(each))) continue;
    seen.add(keyOf(each));
    const by = sanctioned.match(each);
    entry ??= by;
    if (by !== null) continue;
    const callers = graph.to(each).filter((edge) => !edge.isGuarded && reach.isReached(edge.from));
    if (callers.length === 0) return null;
    if (reach.pathTo(each).length === 0 && reach.isReached(each)) return null;
    queue.push(...callers.map(({ from }) => from));
  }
  return entry;
}

/** One for each call that enters: a call on an interface that may run any of eight is one way round, not eight. */
function findBypasses(
  graph: CallGraph,
  reach: Reach,
  sites: readonly PlacedSite[],
  sanctioned: Names,
  chokepoint: Names,
): readonly PolicyJudgement[] {
  const found = new Map<string, Bypass>();
  for (const edge of graph.edges) {
    const by = sanctioned.match(edge.to);
    if (by === null || edge.isGuarded) continue;
    if (!reach.isReached(edge.from) && !edge.isKept) continue;
    if (isInside(edge.from, sanctioned) || isInside(edge.from, chokepoint)) continue;
    const key = `${keyOf(edge.from)}:${edge.at}`;
    const before = found.get(key);
    if (before !== undefined) {
      found.set(key, withAnother(before, edge, by, siteBehind(edge.to, graph, sites)));
      continue;
    }
    const site = siteBehind(edge.to, graph, sites);
    found.set(key, {
      is: "bypass",
      entry: edge,
      others: [],
      path: [...reach.pathTo(edge.from), edge],
      site,
      sanctioned: by,
    });
  }
  return [...found.values()];
}

/** A call that may enter another function as well; one of which it is seen what it destroys is told first. */
function withAnother(bypass: Bypass, edge: CallEdge, by: string, site: PlacedSite | null): Bypass {
  const { entry, others, path } = bypass;
  if ([entry.to, ...others].some((each) => keyOf(each) === keyOf(edge.to))) return bypass;
  if (bypass.site !== null || site === null) return { ...bypass, others: [...others, edge.to] };
  return {
    ...bypass,
    entry: edge,
    others: [entry.to, ...others],
    path: [...path.slice(0, -1), edge],
    site,
    sanctioned: by,
  };
}

function isInside(place: Place, names: Names): boolean {
  return enclosing(place).some((each) => names.match(each) !== null);
}

/** The first destruction that a function runs, itself or through what it calls. */
function siteBehind(start: Place, graph: CallGraph, sites: readonly PlacedSite[]): PlacedSite | null {
  const seen = new Set<string>();
  const queue = [start];
  for (let next = 0; next < queue.length; next += 1) {
    const place = queue[next];
    if (place === undefined || seen.has(keyOf(place))) continue;
    seen.add(keyOf(place));
    const site = sites.find(
      (each) => keyOf(each.place) === keyOf(place) || namedKey(each.place) === keyOf(place),
    );
    if (site !== undefined) return site;
    queue.push(...graph.from(place).map(({ to }) => to));
  }
  return null;
}

function namedKey(place: Place): string | null {
  const named = namedFunction(place);
  return named === null ? null : keyOf(named);
}

function judgeNames(program: Program, names: Names, section: PolicySection): readonly PolicyJudgement[] {
  return [...definitionsOf(program, names)].flatMap(([entry, places]): readonly PolicyJudgement[] => {
    const [first, ...others] = places;
    if (first === undefined) return [{ is: "undefined", entry, section }];
    if (!isBare(entry)) return [];
    return others.map((place) => ({ is: "ambiguous", entry, place, first }));
  });
}
