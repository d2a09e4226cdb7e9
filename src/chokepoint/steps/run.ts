import { OpsError } from "../../errors.ts";
import type { HeldTarget } from "../backend.ts";
import type { DecidedPlan, Drop, JsonObject } from "../drop.ts";
import type { ChokepointPorts, Claim, Target } from "../ports.ts";
import type { Resource } from "../resource.ts";

/** All that the steps of one drop share, for as long as this instance holds it. */
export interface Run extends AsyncDisposable {
  readonly ports: ChokepointPorts;
  readonly target: Target;
  readonly resource: Resource;
  /** Fires when custody stops, when another instance took over, and when the target's lock was lost. */
  readonly signal: AbortSignal;
  /** The target, held for this drop from the first call on. */
  hold(): Promise<HeldTarget>;
  /** Gives the target back until the next `hold`. */
  letGo(): Promise<void>;
}

export function openRun(
  drop: Drop,
  resource: Resource,
  target: Target,
  ports: ChokepointPorts,
  stop: AbortSignal,
): Run {
  const claim: Claim = ports.ledger.keepAlive(drop.dropId, drop.epoch);
  const signal = AbortSignal.any([stop, claim.lost]);
  let held: Promise<HeldTarget> | null = null;
  const letGo = async (): Promise<void> => {
    const before = held;
    held = null;
    const opened = await before?.catch(() => null);
    await opened?.[Symbol.asyncDispose]();
  };
  return {
    ports,
    target,
    resource,
    signal,
    hold() {
      held ??= ports.breakers.run(target.policy.name, () =>
        target.backend.hold(drop.dropId, resource, signal),
      );
      return held;
    },
    letGo,
    async [Symbol.asyncDispose]() {
      await letGo();
      claim[Symbol.dispose]();
    },
  };
}

/** The plan of a drop that was started, secret included. Throws where it is not there: a bug. */
export async function readPlan(drop: Drop, { ledger }: ChokepointPorts): Promise<DecidedPlan> {
  if (drop.plan === null) throw new Error(`drop ${drop.dropId} is ${drop.state} and has no plan`);
  const secret: JsonObject | null = await ledger.findSecret(drop.dropId);
  return { ...drop.plan, secret };
}

/** What went wrong, for people; bugs are thrown on. */
export function tellFailure(error: unknown): string {
  if (error instanceof OpsError) return error.message;
  throw error;
}
