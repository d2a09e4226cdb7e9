import type { Destruction } from "../../destruction/destruction.ts";
import type { Turns } from "../../run/turns.ts";
import type { Confidence, Context, Site } from "../site.ts";
import type { Origin } from "./folded.ts";
import { gatherUses } from "./gather-uses.ts";
import { judgeCandidates } from "./judge-candidates.ts";
import type { Judges } from "./judges.ts";
import type { Place, Program } from "./program.ts";
import type { Handed, Run } from "./uses.ts";

/** A site, and the function that it stands in. */
export interface PlacedSite extends Site {
  readonly place: Place;
}

export interface Found {
  readonly sites: readonly PlacedSite[];
  /** Files of which not everything could be followed. */
  readonly tooDeep: ReadonlySet<string>;
}

/**
 * Every destruction that the code of a program asks for: one for each call that executes it, or for each literal that no call was seen to execute,
 * nor to use for something harmless.
 */
export async function findSites(program: Program, judges: Judges, turns: Turns): Promise<Found> {
  const { runs, handed, candidates, settings, shown, tooDeep } = await gatherUses(program, judges, turns);
  const sites = new Map<string, PlacedSite>();
  const add = (
    place: Place,
    at: number,
    destruction: Destruction,
    context: Context,
    confidence: Confidence,
    ordinal = 0,
  ): void => {
    const { kind, what, names } = destruction;
    const key = `${place.unit.id}:${at} ${kind} ${what} ${ordinal}`;
    const before = sites.get(key);
    if (before === undefined) sites.set(key, { kind, what, names, at, context, confidence, place });
    else sites.set(key, { ...before, names: names.length > before.names.length ? names : before.names });
  };
  const executed = new Set(
    runs.filter(({ isPreparing }) => !isPreparing).flatMap(({ origins }) => [...origins]),
  );
  const finals = handed.filter(({ context }) => context === "executed");
  for (const run of withoutSteps(runs, finals)) {
    const { place, call, destruction, isSure, ordinal } = run;
    add(
      place,
      call.at,
      destruction,
      "executed",
      isSure && destruction.certainty === "certain" ? "high" : "medium",
      ordinal,
    );
  }
  for (const { place, at, destruction } of settings) add(place, at, destruction, "executed", "high");
  const prepared = new Set(runs.flatMap(({ origins }) => [...origins]));
  // What is made on something that holds a statement comes before what nothing is known of.
  for (const context of ["executed", "passed"] as const) {
    const seen: Origin[] = [];
    for (const each of handed) {
      if (each.context !== context) continue;
      // A part that others execute, too (what quotes a name), says nothing of the whole.
      const origins = [...each.origins];
      if (
        origins.length > 0 &&
        origins.every((origin) => executed.has(origin) || (context === "passed" && shown.has(origin)))
      )
        continue;
      add(each.place, each.call.at, each.destruction, context, "medium");
      seen.push(...each.origins);
    }
    for (const origin of seen) executed.add(origin);
    if (context === "executed") for (const origin of prepared) executed.add(origin);
  }
  for (const { place, at, destruction, context } of judgeCandidates(candidates, executed, shown, judges)) {
    add(place, at, destruction, context, context === "passed" ? "medium" : "low");
  }
  return {
    sites: [...sites.values()].toSorted((a, b) => a.place.unit.id - b.place.unit.id || a.at - b.at),
    tooDeep,
  };
}

/** Of the calls that one statement goes through, from a tag or a preparation to what executes it, the last one counts. */
function withoutSteps(runs: readonly Run[], finals: readonly Handed[]): readonly Run[] {
  const alike = Map.groupBy(runs, keyOf);
  return runs.filter((run) => {
    if (run.origins.size === 0) return true;
    if (run.isPreparing && finals.some((each) => keyOf(each) === keyOf(run) && each.call !== run.call))
      return false;
    const others = (alike.get(keyOf(run)) ?? []).filter((each) => each !== run && each.call !== run.call);
    if (others.some((each) => holds(each, run))) return false;
    return !run.isPreparing || others.every((each) => each.isPreparing && !isAfter(each, run));
  });
}

function keyOf({ destruction, origins }: Pick<Run, "destruction" | "origins">): string {
  return `${destruction.kind} ${destruction.what} ${[...origins].toSorted().join()}`;
}

/** Whether a call stands among the arguments of another. */
function holds(outer: Run, inner: Run): boolean {
  return (
    outer.place.unit === inner.place.unit && outer.call.at < inner.call.at && inner.call.end < outer.call.end
  );
}

function isAfter(a: Run, b: Run): boolean {
  return a.place.unit === b.place.unit && a.call.at > b.call.at;
}
