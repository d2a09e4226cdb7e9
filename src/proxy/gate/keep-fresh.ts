import { setTimeout as delay } from "node:timers/promises";
import { OpsError } from "../../errors.ts";
import type { RoleFacts, RoleFactsSource } from "./role-facts.ts";

export interface FreshOptions {
  /** Asks the target. What takes too long is given up: the signal fires. */
  readonly read: (signal: AbortSignal) => Promise<RoleFacts>;
  readonly nowMs: () => number;
  /** Facts older than this are not used to let anybody in. */
  readonly maxAgeMs?: number;
  /** For a role that is unknown it is asked again, but not sooner than so long after the last time: nobody can have the target asked all the time. */
  readonly unknownAfterMs?: number;
  /** After a question that failed the next one waits so long: who comes does not set the pace of what a target is asked that is down. */
  readonly afterFailureMs?: number;
  readonly deadlineMs?: number;
  /** What is older says nothing of anybody, not even of who is in. */
  readonly lastMs?: number;
  /** Asked for so often once somebody has come: who is in may take on a role after hours, and is answered at once. */
  readonly warmEveryMs?: number;
}

interface Snapshot {
  readonly facts: RoleFacts;
  /** When it was asked for. */
  readonly at: number;
}

/** One question at a time, whoever waits for it; facts of an earlier one while they are fresh. Disposing ends what it asks by itself. */
export function keepFresh(options: FreshOptions): RoleFactsSource & Disposable {
  const { read, nowMs, maxAgeMs = 2000, unknownAfterMs = 250, deadlineMs = 2000, lastMs = 30_000 } = options;
  const { afterFailureMs = 250 } = options;
  let current: Snapshot | null = null;
  let failedAt = -Infinity;
  let asking: Promise<RoleFacts> | null = null;

  async function ask(): Promise<RoleFacts> {
    const at = nowMs();
    const deadline = AbortSignal.timeout(deadlineMs);
    const late = Promise.withResolvers<never>();
    const onLate = (): void =>
      late.reject(
        new OpsError(
          "timeout",
          `it did not answer within ${deadlineMs} ms`,
          "check the target and the network",
        ),
      );
    deadline.addEventListener("abort", onLate, { once: true });
    try {
      const facts = await Promise.race([read(deadline), late.promise]);
      current = { facts, at };
      return facts;
    } catch (error) {
      failedAt = nowMs();
      throw error;
    } finally {
      deadline.removeEventListener("abort", onLate);
      asking = null;
    }
  }
  async function refresh(): Promise<RoleFacts> {
    const pause = failedAt + afterFailureMs - nowMs();
    if (pause > 0) await delay(pause);
    return await (asking ??= ask());
  }
  /** What is asked for after this moment: a role that was made just now is not judged by what was known before. */
  async function askAnew(): Promise<RoleFacts> {
    const since = nowMs();
    const pause = (current?.at ?? -Infinity) + unknownAfterMs - since;
    if (pause > 0) await delay(pause);
    const facts = await refresh();
    return current !== null && current.at >= since ? facts : await refresh();
  }
  // Who waits for it is somebody else, or nobody.
  const refreshBeside = (): void => void refresh().catch(() => undefined);
  const warming = setInterval(() => {
    if (current !== null) refreshBeside();
  }, options.warmEveryMs ?? 5000);
  warming.unref();

  return {
    facts(roles) {
      if (current === null) return refresh();
      const { facts, at } = current;
      const age = nowMs() - at;
      if (age > maxAgeMs) return refresh();
      return roles.every((role) => facts.standing(role) !== null) ? facts : askAnew();
    },
    last() {
      const age = current === null ? Infinity : nowMs() - current.at;
      if (age > maxAgeMs) refreshBeside();
      return current !== null && age <= lastMs ? current.facts : null;
    },
    [Symbol.dispose]: () => clearInterval(warming),
  };
}
