import type { Expression } from "../syntax/syntax.ts";
import { fold } from "./fold.ts";
import type { Scope } from "./scope.ts";
import { isUnknown } from "./folded.ts";
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
  const path = dottedPath(receiver);
  if (path !== null) {
    for (const property of textProperties) {
      const meaning = lookUp(scope.program, scope.place, `${path}.${property}`);
      if (meaning.is !== "values") continue;
      for (const { set, ...place } of reaching(meaning.definitions, `${path}.${property}`, scope.place, at)) {
        texts.push(
          ...fold(set.value, { ...scope, place, depth: scope.depth + 1 }).filter((each) => !isUnknown(each)),
        );
      }
    }
  }
  return texts.flatMap((text) => judgeText(text, judges));
}
