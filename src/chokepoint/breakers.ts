import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
  isBrokenCircuitError,
} from "cockatiel";
import { InterruptedError, OpsError } from "../errors.ts";
import type { Breakers } from "./ports.ts";
import { TargetRefused } from "./target-refusal.ts";
import type { TargetPolicy } from "./target-policy.ts";

/** The target failed too often in a row: it was not asked. */
export class BreakerOpenError extends OpsError {
  constructor(target: string, { failures, cooldownMs }: TargetPolicy["breaker"]) {
    super(
      "unreachable",
      `the breaker of ${target} is open: ${failures} failures in a row; one trial is let through every ${cooldownMs / 1000} s`,
      "see why the target fails: /readyz names it",
    );
    this.name = "BreakerOpenError";
  }
}

/**
 * One breaker for each target: opens after so many failures in a row, lets one trial through after its cooldown. What the server
 * refuses is an answer, not a failure; nor is it one when whoever asks gives up.
 */
export function createBreakers(policies: Iterable<TargetPolicy>): Breakers {
  const breakers = new Map(
    Array.from(policies, (policy) => [
      policy.name,
      {
        policy,
        breaker: circuitBreaker(handleWhen(isFailure), {
          halfOpenAfter: policy.breaker.cooldownMs,
          breaker: new ConsecutiveBreaker(policy.breaker.failures),
        }),
      },
    ]),
  );
  const of = (target: string) => {
    const found = breakers.get(target);
    if (found === undefined) throw new Error(`no breaker for ${target}`);
    return found;
  };
  return {
    async run(target, work) {
      const { policy, breaker } = of(target);
      try {
        return await breaker.execute(work);
      } catch (error) {
        throw error instanceof BrokenCircuitError || isBrokenCircuitError(error)
          ? new BreakerOpenError(target, policy.breaker)
          : error;
      }
    },
    state(target) {
      switch (of(target).breaker.state) {
        case CircuitState.Open:
        case CircuitState.Isolated:
          return 1;
        case CircuitState.HalfOpen:
          return 2;
        case CircuitState.Closed:
          return 0;
      }
    },
  };
}

/** A target that another drop holds, or whose disk is full, answers. */
const answering: ReadonlySet<string> = new Set(["state-in-use", "no-space", "tool-missing"]);

function isFailure(error: unknown): boolean {
  if (error instanceof TargetRefused || error instanceof InterruptedError) return false;
  if (error instanceof OpsError) return !answering.has(error.code);
  return !(error instanceof Error && error.name === "AbortError");
}
