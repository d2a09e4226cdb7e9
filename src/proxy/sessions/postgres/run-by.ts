import type { SqlEffect, SqlJudgement } from "../../../destruction/sql/wire/judgement.ts";
import { keptName } from "../../../wire/postgres/text.ts";
import { meaningOf } from "./meaning-of.ts";
import { whenPlanned } from "./planned.ts";
import { unknownStatement } from "./sight.ts";

/**
 * All that texts run: what they do at once, and what their EXECUTE runs that was prepared before, or by themselves, and what that runs.
 * `known`: what a name may mean by what was sent before.
 */
export function runBy(
  judgements: readonly SqlJudgement[],
  known: (name: string) => readonly SqlJudgement[] | "unknown",
): readonly SqlJudgement[] {
  const prepared = new Map<string, readonly SqlJudgement[]>();
  const seen = new Set<SqlJudgement>();
  const planned = new Set<SqlJudgement>();

  function executed(given: string): readonly SqlJudgement[] {
    const name = keptName(given);
    const here = prepared.get(name) ?? [];
    // What the text prepares replaces nothing where that fails: either may be run.
    const before = known(name);
    if (before !== "unknown") return [...here, ...before];
    return here.length > 0 ? here : [meaningOf([unknownStatement(given)])];
  }
  function follow(effect: SqlEffect): void {
    if (effect.type === "prepare") {
      const name = keptName(effect.name);
      prepared.set(name, [...(prepared.get(name) ?? []), meaningOf(effect.destructions, effect.effects)]);
    }
    if (effect.type === "execute") executed(effect.name).forEach(add);
    if (effect.type === "plan") executed(effect.name).forEach(plan);
  }
  function plan(judgement: SqlJudgement): void {
    if (planned.has(judgement)) return;
    planned.add(judgement);
    add(whenPlanned(judgement));
  }
  function add(judgement: SqlJudgement): void {
    // One that executes itself is refused by the server.
    if (seen.has(judgement)) return;
    seen.add(judgement);
    judgement.effects.forEach(follow);
  }

  judgements.forEach(add);
  return [...seen];
}
