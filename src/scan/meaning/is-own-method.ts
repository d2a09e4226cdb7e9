import type { Expression } from "../syntax/syntax.ts";
import { insideOf } from "../syntax/inside-of.ts";
import { calleeOf, chainOf } from "./callee.ts";
import type { Callee } from "./callee.ts";
import type { ClientMethod } from "./client-methods.ts";
import { resolve } from "./fold.ts";
import { bareName, functionAt, namedFunction } from "./program.ts";
import type { Place, Unit } from "./program.ts";
import type { Resolved } from "./resolve-call.ts";
import type { Scope } from "./scope.ts";
import { typeOf } from "./type-of.ts";
import { resolvesModules, unitsOfModule } from "./units-of-module.ts";

/** More functions of one name than these say nothing of what a call runs. */
const mostNamesakes = 3;

/**
 * Whether a call that looks like a client's method runs a function of the program, whose own body is looked at. One that only its name leads to is taken for the
 * client's where anything says so: else a class that happens to bear the name, a double of the tests among them, would hide every call of the client.
 */
export function isOwnMethod(
  { targets, edge }: Resolved,
  { name, receiver, chain }: Callee,
  scope: Scope,
  method: ClientMethod,
): boolean {
  const { program, place } = scope;
  const type = receiver === null ? null : typeOf(receiver, scope);
  if (type !== null && program.typesNamed(place.unit.family, bareName(type)).length > 0) return true;
  if (targets.length === 0)
    return type === null && receiver !== null && !method.isOnHandle && isOfObject(name, scope);
  if (edge !== "by-name") return true;
  if (method.isByChain || targets.length > mostNamesakes) return false;
  const meant = targets.filter((each) => each.unit === place.unit || !isDouble(each, place.unit));
  // In a function of the same name it hands on to something else: to a class that the file imports, if to any of the program's.
  const named = namedFunction(place);
  if (named !== null && functionAt(named).name === name)
    return meant.some((each) => each.unit !== place.unit && isImported(each.unit, scope));
  if (receiver === null) return true;
  if (meant.length === 0 || comesFromOutside(receiver, scope)) return false;
  if (meant.some((each) => each.unit === place.unit)) return true;
  const owners = meant.map((each) => functionAt(each).owner ?? "");
  if (method.isNamedAfter(chain.at(-2) ?? "") && !owners.some(method.isNamedAfter)) return false;
  return !method.isImported || meant.some((each) => isImported(each.unit, scope));
}

/** Whether a method only stands in for a client: it is a fake's, or the tests' own where no test calls. */
function isDouble(target: Place, from: Unit): boolean {
  const { owner } = functionAt(target);
  if (/fake|mock|stub|dummy|spy(?![a-z])|noop|in_?memory/i.test(owner ?? "")) return true;
  return isOfTests(target.unit) && !isOfTests(from);
}

function isOfTests({ path }: Unit): boolean {
  return /(?:^|\/)(?:tests?|specs?|__tests__|__mocks__|fakes?|mocks?)\/|[._-](?:test|spec)\.\w+$|(?:^|\/)(?:test_|conftest\.)|Tests?\.\w+$/.test(
    path,
  );
}

/** Whether a value is what a function gives that the program does not declare: `redis.NewClient(…)`, `ActiveRecord::Base.connection`. */
function comesFromOutside(receiver: Expression, scope: Scope): boolean {
  if (receiver.is === "call" && isOutside(receiver, scope)) return true;
  const { program, place } = scope;
  const [root = ""] = chainOf(receiver);
  // A constant that nothing declares: `ActiveRecord::Base.connection`.
  if (receiver.is !== "name" && !resolvesModules(place.unit) && /^[A-Z]/.test(root))
    return root.split(/::|\\/).every((each) => program.typesNamed(place.unit.family, each).length === 0);
  const made = resolve(receiver, scope);
  return (
    made.length > 0 &&
    made.every(({ value, scope: at }) => value !== receiver && value.is === "call" && isOutside(value, at))
  );
}

/** Nothing of the program bears the name of what is called, nor is handed to it: a container that is asked for a class gives one of the program. */
function isOutside(call: Extract<Expression, { is: "call" }>, { program, place }: Scope): boolean {
  const isDeclared = (name: string): boolean =>
    program.functionsNamed(place.unit.family, name).length +
      program.typesNamed(place.unit.family, name).length >
    0;
  const { name } = calleeOf(call);
  if (name === "" || isDeclared(name)) return false;
  return !insideOf(call).some((each) => each.is === "name" && isDeclared(each.name));
}

/** Whether a file imports another one, where its imports say which. */
function isImported(unit: Unit, { program, place }: Scope): boolean {
  if (!resolvesModules(place.unit)) return false;
  return place.unit.syntax.imports.some(({ module }) =>
    unitsOfModule(program, place.unit, module).includes(unit),
  );
}

/** Whether a function of the program bears this name in an object that is made of such functions: what a factory returns, in TypeScript and JavaScript. */
function isOfObject(name: string, { program, place }: Scope): boolean {
  const named = namedFunction(place);
  if (named !== null && functionAt(named).name === name) return false;
  return program.functionsNamed(place.unit.family, name).some((each) => {
    const { parent } = functionAt(each);
    if (parent === null) return false;
    return functionAt({ unit: each.unit, fn: parent }).body.some(
      ({ do: does, value }) =>
        does === "return" && value.is === "map" && value.entries.some(({ key }) => key === name),
    );
  });
}
