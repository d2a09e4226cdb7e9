import type { SmokeInput } from "./input.ts";
import type {
  ArchiveFacts,
  ChainPhase,
  ContentFacts,
  PlantedFault,
  SmokeEvent,
  SmokeMode,
} from "./events.ts";
import type { Assertion, ProofDifference } from "../backup/proof/verdict.ts";

/** All that a viewer knows of a run so far. */
export interface SmokeState {
  readonly mode: SmokeMode;
  readonly jobs: number;
  readonly source: Extract<SmokeEvent, { type: "source-opened" }> | null;
  readonly tools: Readonly<Record<string, string>>;
  readonly archive: ArchiveFacts | null;
  readonly pre: ChainPhase;
  readonly post: ChainPhase;
  readonly profile: string | null;
  readonly contents: { readonly pre: ContentFacts | null; readonly post: ContentFacts | null };
  readonly restored: Extract<SmokeEvent, { type: "restored" }> | null;
  readonly restoreErrors: readonly Extract<SmokeEvent, { type: "restore-error" }>[];
  readonly rpo: Extract<SmokeEvent, { type: "recovery-point-measured" }> | null;
  readonly assertions: readonly Assertion[];
  readonly differences: readonly ProofDifference[];
  readonly faults: readonly PlantedFault[];
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
  readonly files: readonly { readonly what: string; readonly path: string }[];
  readonly damage: Extract<SmokeEvent, { type: "archive-damaged" }> | null;
  /** Unix time in seconds. */
  readonly endedAt: number | null;
  readonly kept: readonly Extract<SmokeEvent, { type: "kept" }>[];
}

interface Step {
  readonly step: string;
  readonly title: string;
  readonly status: "running" | "done" | "failed";
  readonly ms: number | null;
}

const noChain = {
  row_count: null,
  chain_head_hash: null,
  first_break_id: null,
  first_break_pos: null,
  verifier_walked: null,
};

export function initialSmokeState(input: SmokeInput): SmokeState {
  return {
    mode: input.source.kind,
    jobs: input.jobs,
    source: null,
    tools: {},
    archive: null,
    pre: { phase: "pre", ...noChain },
    post: { phase: "post", ...noChain },
    profile: null,
    contents: { pre: null, post: null },
    restored: null,
    restoreErrors: [],
    rpo: null,
    assertions: [],
    differences: [],
    faults: [],
    steps: [],
    notes: [],
    files: [],
    damage: null,
    endedAt: null,
    kept: [],
  };
}

export function reduceSmoke(state: SmokeState, event: SmokeEvent): SmokeState {
  switch (event.type) {
    case "step-started":
      return {
        ...state,
        steps: [...state.steps, { step: event.step, title: event.title, status: "running", ms: null }],
      };
    case "step-progressed":
      return state;
    case "step-finished":
      return { ...state, steps: endStep(state.steps, event.step, "done", event.ms) };
    case "step-failed":
      return { ...state, steps: endStep(state.steps, event.step, "failed", event.ms) };
    case "noted":
      return { ...state, notes: [...state.notes, event.message] };
    case "tools-chosen":
      return { ...state, tools: { ...state.tools, ...event.tools } };
    case "source-opened":
      return { ...state, source: event };
    case "archive-made":
    case "archive-opened":
      return { ...state, archive: event.archive };
    case "manifest-read":
    case "manifest-written":
    case "evidence-written":
    case "dump-written":
      return { ...state, files: [...state.files, { what: event.type, path: event.path }] };
    case "chain-read":
      return { ...state, [event.chain.phase]: event.chain, profile: event.profile ?? state.profile };
    case "contents-read":
      return { ...state, contents: { ...state.contents, [event.phase]: event.contents } };
    case "restored":
      return { ...state, restored: event };
    case "restore-error":
      return { ...state, restoreErrors: [...state.restoreErrors, event] };
    case "recovery-point-measured":
      return { ...state, rpo: event };
    case "difference-found":
      return { ...state, differences: [...state.differences, event.difference] };
    case "assertion-checked":
      return { ...state, assertions: [...state.assertions, event.assertion] };
    case "fault-planted":
      return { ...state, faults: [...state.faults, event.fault] };
    case "archive-damaged":
      return { ...state, damage: event };
    case "proof-concluded":
      return { ...state, endedAt: event.at };
    case "kept":
      return { ...state, kept: [...state.kept, event] };
  }
}

function endStep(
  steps: readonly Step[],
  key: string,
  status: "done" | "failed",
  ms: number,
): readonly Step[] {
  return steps.map((step) =>
    step.step === key && step.status === "running" ? { ...step, status, ms } : step,
  );
}
