import { hole } from "../../destruction/destruction.ts";
import { callsIn } from "../syntax/inside-of.ts";
import { calleeOf } from "./callee.ts";
import { foldTexts } from "./judge-arguments.ts";
import { scopeAt } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { functionAt } from "./program.ts";
import type { Call, Place, Program, Unit } from "./program.ts";
import { resolveCall } from "./resolve-call.ts";
import { roleOf } from "./role-of-call.ts";
import type { Role } from "./role.ts";

/** What the functions of a program do with the texts that they are given. */
export interface ParameterRoles {
  /** What becomes of the parameter's value; null when the function's body does not say. */
  of(place: Place, index: number): Role | null;
}

/** What functions hand on to so many others, one in the other, is not seen. */
const deepest = 100;

/** Looks each function through at most once; one that calls itself says nothing of itself. */
export function createParameterRoles(program: Program): ParameterRoles {
  const known = new Map<string, ReadonlyMap<number, Role>>();
  let depth = 0;
  const roles: ParameterRoles = {
    of(place, index) {
      const key = `${place.unit.id}:${place.fn}`;
      let found = known.get(key);
      if (found === undefined) {
        if (depth > deepest) return null;
        known.set(key, new Map());
        depth += 1;
        try {
          found = lookThrough(program, place, roles);
        } finally {
          depth -= 1;
        }
        known.set(key, found);
      }
      return found.get(index) ?? null;
    },
  };
  return roles;
}

function lookThrough(program: Program, place: Place, roles: ParameterRoles): ReadonlyMap<number, Role> {
  const found = new Map<number, Role>();
  if (functionAt(place).params.length === 0) return found;
  for (const inner of withLiterals(place)) {
    const scope = scopeAt(program, inner);
    for (const call of callsIn(functionAt(inner).body.map((each) => each.value))) {
      note(call, scope, place, roles, found);
    }
  }
  return found;
}

/** A call's role is that of every parameter whose value begins one of its texts: `exec(query)`, not `exec("DROP TABLE " + name)`. */
function note(call: Call, scope: Scope, place: Place, roles: ParameterRoles, found: Map<number, Role>): void {
  const callee = calleeOf(call);
  const role = roleOf(call, callee, resolveCall(call, scope), roles);
  if (role.does !== "executes" && role.does !== "shows") return;
  for (const arg of [...call.args, ...call.named.map(({ value }) => value)]) {
    for (const { text, holes } of foldTexts(arg, scope, 0, true)) {
      const [first] = holes;
      if (first === null || first === undefined || !text.trimStart().startsWith(hole)) continue;
      if (first.place.unit !== place.unit || first.place.fn !== place.fn) continue;
      const before = found.get(first.index);
      if (before === undefined || before.does !== "executes") found.set(first.index, role);
    }
  }
}

const literalsByParent = new WeakMap<Unit, ReadonlyMap<number, readonly number[]>>();

/** A function, and the function literals in it. */
function* withLiterals(place: Place): Generator<Place> {
  const { unit } = place;
  let literals = literalsByParent.get(unit);
  if (literals === undefined) {
    const byParent = new Map<number, number[]>();
    for (const [fn, { parent, name }] of unit.syntax.functions.entries()) {
      if (parent === null || name !== null) continue;
      const list = byParent.get(parent);
      if (list === undefined) byParent.set(parent, [fn]);
      else list.push(fn);
    }
    literals = byParent;
    literalsByParent.set(unit, literals);
  }
  yield place;
  for (const fn of literals.get(place.fn) ?? []) yield* withLiterals({ unit, fn });
}
