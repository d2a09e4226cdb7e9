import type { Expression } from "../syntax/syntax.ts";
import { calleeOf } from "./callee.ts";
import type { Scope } from "./scope.ts";
import { lookUp, ownerOf } from "./look-up.ts";
import { bareName, functionAt, selfNames } from "./program.ts";
import { dottedPath } from "../syntax/dotted-path.ts";
import type { Place, Program } from "./program.ts";
import { typeBehind } from "./type-behind.ts";

const deepest = 5;

/**
 * The bare name of the type that a value is declared with, or made of: from a parameter, a variable, a field, `new`, a struct's literal, or
 * what a function of the program returns. Null when none of these says it.
 */
export function typeOf(expression: Expression, scope: Scope, depth = 0): string | null {
  if (depth > deepest) return null;
  switch (expression.is) {
    case "map":
      return expression.type;
    case "call":
      return typeOfCall(expression, scope);
    case "name":
    case "member":
      return typeOfPath(expression, scope, depth);
    default:
      return null;
  }
}

function typeOfCall(call: Extract<Expression, { is: "call" }>, scope: Scope): string | null {
  const { name, receiver } = calleeOf(call);
  const { program, place } = scope;
  const type = typeBehind(program, place.unit, name);
  if (call.how === "new") return type;
  // Python and Ruby make a value by calling its class, Go by convention by NewX, Rust by X::new.
  if (program.typesNamed(place.unit.family, type).length > 0) return type;
  if (name === "new" && receiver !== null) {
    const made = dottedPath(receiver);
    return made === null ? null : typeBehind(program, place.unit, made);
  }
  const returns = new Set(
    program
      .functionsNamed(place.unit.family, name)
      .map((each) => functionAt(each).returns)
      .filter((each) => each !== null),
  );
  return returns.size === 1 ? ([...returns][0] ?? null) : null;
}

function typeOfPath(
  expression: Extract<Expression, { is: "name" | "member" }>,
  scope: Scope,
  depth: number,
): string | null {
  const { program, place } = scope;
  const path = dottedPath(expression);
  if (path !== null) {
    if (selfNames.has(path)) return ownerOf(place);
    const meaning = lookUp(program, place, path);
    if (meaning.is === "parameter") return parameterType(program, meaning.place, meaning.index);
    if (meaning.is === "values") {
      for (const { set, ...from } of meaning.definitions) {
        // What is added to a list is not what the list is.
        if (set.isAppend) continue;
        const declared = set.type === null ? null : typeBehind(program, from.unit, set.type);
        const type = declared ?? typeOf(set.value, { ...scope, place: from }, depth + 1);
        if (type !== null) return type;
      }
    }
  }
  if (expression.is === "name") {
    const owner = ownerOf(place);
    return owner === null ? null : fieldType(owner, expression.name, scope);
  }
  const outer = typeOf(expression.of, scope, depth + 1);
  return outer === null ? null : fieldType(outer, expression.name, scope);
}

function parameterType(program: Program, place: Place, index: number): string | null {
  const type = functionAt(place).params[index]?.type ?? null;
  return type === null ? null : typeBehind(program, place.unit, type);
}

function fieldType(owner: string, field: string, { program, place }: Scope): string | null {
  const bare = bareName(owner);
  for (const { type, unit } of program.typesNamed(place.unit.family, bare)) {
    const found = type.fields.find(({ name }) => name === field);
    if (found !== undefined && found.type !== null) return typeBehind(program, unit, found.type);
  }
  return null;
}
