import type { Judged, WitnessEvent } from "./events.ts";

export interface WitnessState {
  readonly url: string | null;
  readonly vkey: string | null;
  readonly logs: readonly string[];
  /** Requests by what became of them. */
  readonly counts: Readonly<Record<Judged["outcome"], number>>;
}

export function initialWitnessState(): WitnessState {
  return {
    url: null,
    vkey: null,
    logs: [],
    counts: {
      cosigned: 0,
      malformed: 0,
      "unknown-origin": 0,
      untrusted: 0,
      stale: 0,
      conflict: 0,
      inconsistent: 0,
      refused: 0,
      failed: 0,
    },
  };
}

export function reduceWitness(state: WitnessState, event: WitnessEvent): WitnessState {
  switch (event.type) {
    case "witness-started":
      return { ...state, url: event.url, vkey: event.vkey, logs: event.logs };
    case "checkpoint-judged":
      return {
        ...state,
        counts: { ...state.counts, [event.outcome]: state.counts[event.outcome] + 1 },
      };
    case "noted":
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return state;
  }
}
