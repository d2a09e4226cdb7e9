import { calleeOf } from "../meaning/callee.ts";
import { functionAt } from "../meaning/program.ts";
import type { Call, Place } from "../meaning/program.ts";
import { resolveCall } from "../meaning/resolve-call.ts";
import type { Scope } from "../meaning/scope.ts";
import type { Names } from "./names.ts";

/** Whether a call runs the chokepoint: by what it resolves to, else by its name. */
export function callsChokepoint(call: Call, scope: Scope, chokepoint: Names): boolean {
  if (chokepoint.entries.length === 0) return false;
  const { targets } = resolveCall(call, scope);
  if (targets.length > 0) return targets.every((each) => chokepoint.match(each) !== null);
  const { name, chain } = calleeOf(call);
  return chokepoint.matchesName(name, chain);
}

/** Whether the chokepoint is a decorator of a function: what bears its name is the chokepoint's then. */
export function isWrappedBy(place: Place, chokepoint: Names): boolean {
  return functionAt(place).marks.some((mark) => {
    const chain = mark.split(/::|\.|\\/);
    return chokepoint.matchesName(chain.at(-1) ?? "", chain);
  });
}
