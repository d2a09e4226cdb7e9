import { setTimeout as delay } from "node:timers/promises";
import { InterruptedError, OpsError } from "../../errors.ts";
import { interruptible } from "../../run/interrupt.ts";
import type { Drop, FoundPart } from "../drop.ts";
import type { Breakers, Target } from "../ports.ts";
import { vanishingParts, wasNothingThere } from "./conclude.ts";
import type { Left } from "./conclude.ts";
import { eyesOf } from "./eyes-of.ts";
import { keyOfPart } from "./identify-statement.ts";

export interface WhatIsLeft {
  readonly left: Left;
  /** `part:id` of what is gone. */
  readonly gone: readonly string[];
}

/** A server that is at it (the end of a transaction, files that are unlinked) is waited for so long. */
const pausesMs = [50, 100, 200, 400, 800, 1600, 3200];
const deadlineMs = 5000;

/** What of a statement the target still has, by identity. What cannot be asked is `unasked`; throws `InterruptedError` at `signal`. */
export async function lookAtWhatIsLeft(
  drop: Drop,
  target: Target | undefined,
  breakers: Breakers,
  signal: AbortSignal,
): Promise<WhatIsLeft> {
  const parts = partsThatVanish(drop);
  if (drop.statement === null || drop.identity === null || parts.length === 0)
    return {
      left: drop.statement !== null && wasNothingThere(drop.statement) ? "nothing" : "none",
      gone: [],
    };
  const identity = { ...drop.identity, parts };
  let last: WhatIsLeft = { left: "unasked", gone: [] };
  if (target === undefined) return last;
  for (const pauseMs of [...pausesMs, 0]) {
    const either = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    try {
      const standings = await breakers.run(target.policy.name, () =>
        interruptible(eyesOf(target.backend).standing(identity, either), either),
      );
      last = combine(parts, standings);
    } catch (error) {
      if (signal.aborted) throw new InterruptedError();
      if (!(error instanceof OpsError) && !(error instanceof InterruptedError)) throw error;
      return { left: "unasked", gone: [] };
    }
    if (last.left !== "busy" || pauseMs === 0) return last;
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  return last;
}

/** What of its identity a statement takes away when it is carried out. */
export function partsThatVanish({ statement, identity }: Drop): readonly FoundPart[] {
  const wanted = statement === null ? new Set<string>() : vanishingParts(statement);
  return (identity?.parts ?? []).filter((each) => wanted.has(keyOfPart(each)));
}

function combine(parts: readonly FoundPart[], standings: readonly string[]): WhatIsLeft {
  const gone = parts.filter((_, index) => standings[index] === "gone").map(keyOfPart);
  if (standings.includes("busy")) return { left: "busy", gone };
  if (standings.includes("broken")) return { left: "broken", gone };
  return { left: gone.length === parts.length ? "gone" : gone.length === 0 ? "all" : "mixed", gone };
}
