import type { CodeFrame } from "./code-frame.ts";
import type { ScanEvent, TreeCounts } from "./events.ts";
import type { Finding, SanctionedSite, SuppressedFinding, UnparsedFile } from "./finding.ts";
import type { ScanInput } from "./input.ts";
import type { ScanResult } from "./result.ts";

/** What a viewer knows of a scan. */
export interface ScanState {
  readonly input: ScanInput;
  readonly counts: TreeCounts | null;
  readonly findings: readonly Finding[];
  readonly frames: readonly (readonly [fingerprint: string, frame: CodeFrame])[];
  readonly suppressed: readonly SuppressedFinding[];
  readonly sanctioned: readonly SanctionedSite[];
  readonly unparsed: readonly UnparsedFile[];
  readonly baseline: ScanResult["baseline"];
  readonly since: ScanResult["since"];
  readonly cache: ScanResult["cache"];
  readonly timings: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

export function initialScanState(input: ScanInput): ScanState {
  return {
    input,
    counts: null,
    findings: [],
    frames: [],
    suppressed: [],
    sanctioned: [],
    unparsed: [],
    baseline: null,
    since: null,
    cache: null,
    timings: {},
    notes: [],
  };
}

export function reduceScan(state: ScanState, event: ScanEvent): ScanState {
  switch (event.type) {
    case "tree-read":
      return { ...state, counts: event.counts };
    case "file-unparsed":
      return { ...state, unparsed: [...state.unparsed, event.file] };
    case "site-sanctioned":
      return { ...state, sanctioned: [...state.sanctioned, event.site] };
    case "finding-made": {
      const { finding, frame } = event;
      const frames = frame === null ? state.frames : [...state.frames, [finding.fingerprint, frame] as const];
      return { ...state, findings: [...state.findings, finding], frames };
    }
    case "finding-suppressed":
      return { ...state, suppressed: [...state.suppressed, event.finding] };
    case "older-tree-read":
      return { ...state, since: { ref: event.ref, base: event.base } };
    case "baseline-applied":
      return { ...state, baseline: event.baseline };
    case "cache-used":
      return { ...state, cache: { hits: event.hits, misses: event.misses } };
    case "noted":
      return { ...state, notes: [...state.notes, event.message] };
    case "step-finished":
      return { ...state, timings: { ...state.timings, [event.step]: Math.round(event.ms) } };
    case "step-started":
    case "step-progressed":
    case "step-failed":
      return state;
  }
}

/** What the scan came to; null before the tree was read. */
export function resultOf(state: ScanState): ScanResult | null {
  const { input, counts, frames, ...rest } = state;
  if (counts === null) return null;
  const { policy, isUnparsedAllowed } = input;
  return { ...rest, ...counts, isUnparsedAllowed, kinds: [...policy.kinds], policy, frames: new Map(frames) };
}
