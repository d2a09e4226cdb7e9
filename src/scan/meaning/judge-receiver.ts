import type { Expression } from "../syntax/syntax.ts";
import { fold } from "./fold.ts";
import type { Scope } from "./scope.ts";
import { isUnknown } from "./folded.ts";
import type { Folded } from "./folded.ts";
import { judgeText } from "./judge-arguments.ts";
import type { Judged } from "./judge-arguments.ts";
import type { Judges } from "./judges.ts";
import { lookUp } from "./look-up.ts";
import { reaching } from "./reaching.ts";
import { dottedPath } from "../syntax/dotted-path.ts";

/** Properties that hold what a command will execute. */
const textProperties = ["CommandText", "commandText", "SQL.Text", "SQL", "sql", "Query", "query", "text"];

/** What a statement, a command or a builder holds that a call without a text of its own executes: `cmd.ExecuteNonQuery()`, `builder.build().execute(pool)`. */
export function judgeReceiver(
  receiver: Expression,
  at: number,
  scope: Scope,
  judges: Judges,
): readonly Judged[] {
  const texts = fold(receiver, scope).filter((each) => !isUnknown(each));
  return [...texts, ...heldTexts(receiver, at, scope)].flatMap((text) => judgeText(text, judges));
}

/** What the commands hold that a call is handed, whose text was set as a property: `command.CommandText = sql; RunIt(command)`. */
export function judgeHeld(
  args: readonly Expression[],
  at: number,
  scope: Scope,
  judges: Judges,
): readonly Judged[] {
  return args.flatMap((arg) => heldTexts(arg, at, scope)).flatMap((text) => judgeText(text, judges));
}

/** What the text of a command was set to, before a place. */
function heldTexts(command: Expression, at: number, scope: Scope): readonly Folded[] {
  const path = dottedPath(command);
  if (path === null) return [];
  return textProperties.flatMap((property) => {
    const meaning = lookUp(scope.program, scope.place, `${path}.${property}`);
    if (meaning.is !== "values") return [];
    return reaching(meaning.definitions, `${path}.${property}`, scope.place, at).flatMap(
      ({ set, ...place }) =>
        fold(set.value, { ...scope, place, depth: scope.depth + 1 }).filter((each) => !isUnknown(each)),
    );
  });
}
