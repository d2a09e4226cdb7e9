import type { Expression } from "../syntax/syntax.ts";
import type { Call } from "./program.ts";

/** What a call calls, as far as it can be read off the source. */
export interface Callee {
  /** The last name: `Exec` of `conn.Exec(…)`, `SqlCommand` of `new SqlCommand(…)`. Empty when it has none. */
  readonly name: string;
  /** What it is called on; null for a name alone. */
  readonly receiver: Expression | null;
  /** All names of the chain, from the left: `client.db("x").dropDatabase()` is `client`, `db`, `dropDatabase`. */
  readonly chain: readonly string[];
}

export function calleeOf(call: Call): Callee {
  const { callee } = call;
  if (callee.is === "name")
    return { name: lastSegment(callee.name), receiver: null, chain: callee.name.split(/::|\.|\\/) };
  if (callee.is === "member")
    return { name: callee.name, receiver: callee.of, chain: [...chainOf(callee.of), callee.name] };
  if (callee.is === "index" && callee.key.is === "text") {
    return { name: callee.key.text, receiver: callee.of, chain: [...chainOf(callee.of), callee.key.text] };
  }
  return { name: "", receiver: null, chain: chainOf(callee) };
}

function lastSegment(name: string): string {
  return name.split(/::|\.|\\/).at(-1) ?? name;
}

/** Of a longer chain, only the end counts. */
const mostLinks = 120;

/** The names along an expression: `a.b(x).c[0].d` is a, b, c, d. */
export function chainOf(expression: Expression): readonly string[] {
  const backwards: string[] = [];
  for (let at: Expression | undefined = expression; at !== undefined && backwards.length < mostLinks;) {
    switch (at.is) {
      case "name":
        return [...at.name.split(/::|\.|\\/), ...backwards.reverse()];
      case "member":
        backwards.push(at.name);
        at = at.of;
        break;
      case "call":
        at = at.callee;
        break;
      case "index":
        at = at.of;
        break;
      case "choice":
        at = at.options[0];
        break;
      default:
        at = undefined;
    }
  }
  return backwards.reverse();
}

/** A name without case, `_`, `!`, `?`: `drop_database!`, `dropDatabase` and `DropDatabase` are one. */
export function plainName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9$`]/g, "").toLowerCase();
}

/** The words of a name: `runRawSQL` is run, raw, sql. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .split(/[^a-zA-Z0-9]+/)
    .filter(Boolean)
    .map((each) => each.toLowerCase());
}
