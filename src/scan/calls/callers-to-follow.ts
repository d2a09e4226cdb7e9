import type { Turns } from "../../run/turns.ts";
import type { FileFacts } from "../facts.ts";
import { findSites } from "../meaning/find-sites.ts";
import { enclosing, functionAt } from "../meaning/program.ts";
import type { Place } from "../meaning/program.ts";
import { programOf } from "../program-of.ts";
import { createCallGraph } from "./call-graph.ts";
import { keyOf } from "./place-key.ts";
import type { AnalysisPolicy, AnalysisPorts } from "../analyse.ts";
import { createAliases } from "./aliases.ts";
import { createNames } from "./names.ts";

/** Names that so much code bears that whoever calls them is found by other means: by type, or in the same file. */
const unspecific: ReadonlySet<string> = new Set([
  "main",
  "init",
  "constructor",
  "__init__",
  "new",
  "__construct",
  "initialize",
]);

/** A function by its file's path and its number there: files that are added leave it what it is. */
interface PathPlace {
  readonly path: string;
  readonly fn: number;
}

/** Where files destroy. What a program is grows round by round; what its first files destroy stays. */
export async function destroyingPlaces(
  files: readonly FileFacts[],
  { kinds }: AnalysisPolicy,
  { judges, resolveModule }: AnalysisPorts,
  turns: Turns,
): Promise<readonly PathPlace[]> {
  const { sites } = await findSites(programOf(files, kinds, resolveModule), judges, turns);
  return sites.map(({ place: { unit, fn } }) => ({ path: unit.path, fn }));
}

/** The names of all functions that lead to a destruction, and of those that the policy names: who calls them matters, too. */
export function callersToFollow(
  files: readonly FileFacts[],
  destroying: readonly PathPlace[],
  policy: AnalysisPolicy,
  { resolveModule }: AnalysisPorts,
): readonly string[] {
  const program = programOf(files, policy.kinds, resolveModule);
  const destroyers = Object.values(policy.destroys).flat();
  const named = [...policy.chokepoint, ...policy.sanctioned, ...destroyers].map(lastName);
  const entered = createNames([...policy.sanctioned, ...destroyers], program);
  const graph = createCallGraph(program, createNames(policy.chokepoint, program));
  const queue: Place[] = destroying.flatMap(({ path, fn }) => {
    const unit = program.unitAt(path);
    return unit === null ? [] : [{ unit, fn }];
  });
  for (const unit of program.units) {
    for (const fn of unit.syntax.functions.keys())
      if (entered.match({ unit, fn }) !== null) queue.push({ unit, fn });
  }
  const aliases = createAliases(program);
  const seen = new Set<string>();
  const names = new Set<string>(named.flatMap((name) => aliases.meantBy(name)));
  for (let next = 0; next < queue.length; next += 1) {
    const place = queue[next];
    if (place === undefined || seen.has(keyOf(place))) continue;
    seen.add(keyOf(place));
    const { name } = functionAt(place);
    if (name !== null && !unspecific.has(name)) names.add(name);
    for (const each of aliases.of(place)) names.add(each);
    queue.push(
      ...graph.to(place).map(({ from }) => from),
      ...[...enclosing(place)].slice(1, 2).filter(({ fn }) => fn > 0),
    );
  }
  return [...names].filter((each) => each.length > 1);
}

function lastName(entry: string): string {
  return entry.split(/[^\p{L}\p{N}_$]+/u).findLast((each) => each !== "") ?? entry;
}
