import { calleeOf } from "../meaning/callee.ts";
import type { Call } from "../meaning/program.ts";
import { nowhere, resolveReference } from "../meaning/resolve-call.ts";
import type { Resolved } from "../meaning/resolve-call.ts";
import type { Scope } from "../meaning/scope.ts";
import type { Expression } from "../syntax/syntax.ts";

/** Calls that find a method by its name, of what they are called on: `backend.send(:drop)`, `reflect.ValueOf(b).MethodByName("Drop")`. */
const ofReceiver: ReadonlySet<string> = new Set(
  "send public_send __send__ method public_method instance_method MethodByName getMethod getDeclaredMethod GetMethod".split(
    " ",
  ),
);

/** Functions that take one by its name, of their first argument: `getattr(backend, "drop")`. */
const ofArgument: ReadonlySet<string> = new Set(["getattr", "method_exists", "ReflectionMethod"]);

/** What a call finds by a name that is written there. A name that is put together is not known. */
export function resolveReflected(call: Call, scope: Scope): Resolved {
  const { name, receiver } = calleeOf(call);
  const [first, second] = call.args;
  if (ofArgument.has(name) && first !== undefined && second?.is === "text")
    return resolve(first, second, scope);
  if (!ofReceiver.has(name) || first?.is !== "text") return nowhere;
  return receiver === null
    ? resolveReference({ is: "name", name: first.text, at: first.at }, scope)
    : resolve(receiver, first, scope);
}

/** A callable of PHP: `[$backend, 'drop']`. */
export function resolveCallable(items: readonly Expression[], scope: Scope): Resolved {
  const [of, name, ...rest] = items;
  const isCallable =
    scope.place.unit.family === "php" && of !== undefined && name?.is === "text" && rest.length === 0;
  return isCallable ? resolve(of, name, scope) : nowhere;
}

/** What a method of that name may be; where nothing is known of the value, whatever bears the name. */
function resolve(of: Expression, { text, at }: Extract<Expression, { is: "text" }>, scope: Scope): Resolved {
  const found = resolveReference({ is: "member", of, name: text, at }, scope);
  return found.targets.length > 0
    ? found
    : { targets: scope.program.functionsNamed(scope.place.unit.family, text), edge: "by-name" };
}
