import type {
  DecisionWatch,
  Settled,
  Sighting,
  WireDecider,
  WireVerdict,
} from "../../src/proxy/sessions/ports.ts";

/** A decider that says what a test tells it to, and keeps what it saw. */
export interface ScriptedDecider extends WireDecider {
  readonly sightings: Sighting[];
  /** How what was forwarded ended, in the order in which it was told. */
  readonly settled: Settled[];
  /** Resolves when so many have been told. */
  untilSettled(count: number): Promise<readonly Settled[]>;
  untilSeen(count: number): Promise<readonly Sighting[]>;
}

export type Script = (
  sighting: Sighting,
  watch: DecisionWatch,
) => "forward" | WireVerdict | Promise<"forward" | WireVerdict>;

export const denial: WireVerdict = {
  kind: "refused",
  refusal: { code: null, message: "denied by the test", detail: "recorded as drop d-1", hint: "ask" },
};

export function scriptedDecider(script: Script): ScriptedDecider {
  const sightings: Sighting[] = [];
  const settled: Settled[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const each of waiting) each();
  };
  const until = async <T>(all: readonly T[], count: number): Promise<readonly T[]> => {
    while (all.length < count) {
      await new Promise<void>((resolve) => {
        const once = (): void => {
          waiting.delete(once);
          resolve();
        };
        waiting.add(once);
      });
    }
    return all;
  };
  return {
    sightings,
    settled,
    async decide(sighting, watch) {
      sightings.push(sighting);
      wake();
      const verdict = await script(sighting, watch);
      if (verdict !== "forward") return verdict;
      return {
        kind: "forward",
        dropId: `d-${sightings.length}`,
        settle(end) {
          settled.push(end);
          wake();
        },
      };
    },
    untilSettled: (count) => until(settled, count),
    untilSeen: (count) => until(sightings, count),
  };
}
