import type { Destruction } from "../../destruction/destruction.ts";
import type { Context } from "../site.ts";
import { fold } from "./fold.ts";
import { append, unknownText } from "./folded.ts";
import type { Folded, Origin } from "./folded.ts";
import { judgeText } from "./judge-arguments.ts";
import type { Expression } from "../syntax/syntax.ts";
import { insideOf } from "../syntax/inside-of.ts";
import type { Judges } from "./judges.ts";
import type { Place } from "./program.ts";
import type { HarmlessContext } from "./role.ts";
import type { Candidate } from "./uses.ts";

/**
 * The texts that destroy and that no call was seen to execute, nor to use for something harmless: nobody knows what
 * becomes of them.
 */
export function judgeCandidates(
  candidates: readonly Candidate[],
  executed: ReadonlySet<Origin>,
  shown: ReadonlyMap<Origin, HarmlessContext>,
  judges: Judges,
): readonly {
  readonly place: Place;
  readonly at: number;
  readonly destruction: Destruction;
  readonly context: Context;
}[] {
  return candidates.flatMap(({ expression, scope, context, isHarmless }) => {
    if (isHarmless) return [];
    const { place } = scope;
    const folded = fold(expression, scope);
    // What it takes from elsewhere (what quotes a name) is used elsewhere, too: its own literals tell, where it has any.
    const own = [...textsIn(expression)].flatMap(({ text, at }): Origin[] =>
      /\w/.test(text) ? [`${place.unit.id}:${at}`] : [],
    );
    const telling = own.length > 0 ? own : folded.flatMap((each) => [...each.origins]);
    const isUsed = telling.some((origin) => executed.has(origin) || shown.has(origin));
    if (isUsed) return [];
    const seen = new Set<string>();
    return folded.flatMap((each) =>
      judgeText(withName(each), judges, false, context === "passed").flatMap(({ destruction }) => {
        const key = `${destruction.kind} ${destruction.what}`;
        if (seen.has(key)) return [];
        seen.add(key);
        return [{ place, at: expression.at, destruction, context }];
      }),
    );
  });
}

/** The literals that an expression is made of; what an entry is looked up by is not part of it. */
function* textsIn(expression: Expression): Generator<Extract<Expression, { is: "text" }>> {
  if (expression.is === "text") yield expression;
  for (const each of expression.is === "index" ? [expression.of] : insideOf(expression)) yield* textsIn(each);
}

/** The beginning of a statement that is still to get its name: `"DROP SCHEMA "`. Without the blank it is most often a word of a list. */
const beginning = /^\s*drop\s+(?:database|role|user|schema|owned\s+by)(?:\s+if\s+exists)?\s+$/i;

function withName(folded: Folded): Folded {
  return beginning.test(folded.text) ? append(folded, unknownText) : folded;
}
