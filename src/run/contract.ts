import type { ErrorCode, ExitCode } from "../errors.ts";

/** A past-tense fact in plain JSON. `type` is kebab-case. */
export interface Fact {
  readonly type: string;
}

/**
 * Facts that any feature may emit about its own progress, so that every viewer (bars, step lists, TUI) can show them
 * without knowing the feature. `step` is a stable kebab-case key, `title` is for people.
 */
export type StepFact =
  | { readonly type: "step-started"; readonly step: string; readonly title: string }
  | {
      readonly type: "step-progressed";
      readonly step: string;
      readonly done: number;
      /** Absent when the total is not known. */
      readonly total?: number;
      readonly unit: "rows" | "bytes" | "tables" | "objects" | "files";
    }
  | { readonly type: "step-finished"; readonly step: string; readonly ms: number; readonly detail?: string }
  | { readonly type: "step-failed"; readonly step: string; readonly ms: number; readonly detail: string }
  /** Something that people should know and that decides nothing. */
  | { readonly type: "noted"; readonly message: string };

/** One line of `--output jsonl`. `seq` counts from 1 within a run; `at` is ISO 8601 UTC with milliseconds. */
export interface Envelope<E extends Fact = Fact> {
  readonly v: 1;
  readonly run: string;
  readonly seq: number;
  readonly at: string;
  readonly event: E;
}

/** One check with an outcome: what JUnit calls a test case and the `assertions` of a document. */
export interface Check {
  /** Groups checks: a JUnit class name, such as `smoke.post`. */
  readonly group: string;
  readonly name: string;
  readonly outcome: "passed" | "failed" | "not-applicable" | "not-run";
  readonly expected: string;
  readonly actual: string;
  readonly detail?: string;
  /** Where in a file, for annotations; `path` is relative to the working directory. */
  readonly place?: { readonly path: string; readonly line: number; readonly column: number };
}

/** One sample of a Prometheus metric; `name` comes without the configured prefix, such as `smoke_rto_seconds`. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ErrorDocument {
  readonly code: ErrorCode | "bug" | "interrupted";
  readonly message: string;
  readonly hint: string;
}

/** How grave a result of an analysis is; also how it is annotated. */
export type AnalysisLevel = "error" | "warning" | "note";

/** One rule of an analysis of sources. */
export interface AnalysisRule {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** What to do, one thing a line. */
  readonly help: readonly string[];
  readonly level: AnalysisLevel;
  /** How grave it is for security, of 10. */
  readonly gravity: number;
  readonly tags: readonly string[];
}

/** Lines and columns count from 1, columns in UTF-16 code units; `endColumn` is behind the last character. */
export interface SourcePlace {
  /** Relative to the working directory, with `/`. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine?: number;
  readonly endColumn?: number;
}

/** One thing that an analysis found. */
export interface AnalysisResult {
  readonly rule: string;
  readonly level: AnalysisLevel;
  readonly message: string;
  readonly place: SourcePlace;
  /** The same from run to run for the same finding. */
  readonly fingerprint: string;
  readonly confidence: "high" | "medium" | "low";
  /** The way to it, from its beginning; empty when there is none. */
  readonly steps: readonly { readonly place: SourcePlace; readonly message: string }[];
}

/** What a command found in sources, for the reports that speak of sources. */
export interface Analysis {
  readonly rules: readonly AnalysisRule[];
  readonly results: readonly AnalysisResult[];
  /** What could not be analysed. */
  readonly notices: readonly {
    readonly message: string;
    readonly path: string;
    /** Null for the whole file. */
    readonly line: number | null;
  }[];
}

/**
 * What every reporter reads once a run has ended; built by the feature's `report` from its state alone.
 * `document` is the final JSON document: it starts with `v`, `command`, `verdict`, `error`.
 */
export interface Report {
  readonly command: string;
  readonly verdict: string;
  readonly exitCode: ExitCode;
  readonly error: ErrorDocument | null;
  readonly document: Readonly<Record<string, unknown>>;
  readonly checks: readonly Check[];
  readonly metrics: readonly Metric[];
  /** Of commands that analyse sources; the others do not speak SARIF. */
  readonly analysis?: Analysis;
  /** For people, below the step list: summary first, details below, the next step named. Styled by `Tone` only. */
  readonly summary: readonly SummaryLine[];
}

/** When and by which custody a run was made; the field `run` of every document. */
export interface RunFacts {
  readonly id: string;
  /** ISO 8601 UTC with milliseconds. */
  readonly started_at: string;
  readonly seconds: number;
  readonly exit_code: ExitCode;
  /** The version of custody. */
  readonly custody: string;
}

/** A report with the run that it is of; `document` holds it as `run`. */
export interface FinishedReport extends Report {
  readonly run: RunFacts;
}

export type Tone = "good" | "bad" | "warn" | "dim" | "plain" | "strong";

export interface SummaryLine {
  readonly tone: Tone;
  readonly text: string;
}

/** How a run ended, as `report` is told it. */
export type Outcome<Verdict> =
  | { readonly kind: "verdict"; readonly verdict: Verdict }
  | { readonly kind: "error"; readonly error: ErrorDocument; readonly exitCode: ExitCode };

/**
 * A feature: a stream of facts that ends in a verdict, a reducer that keeps what a viewer knows, and a pure report.
 * An expected failure (a failed check, a broken chain) is an event and a verdict; an exception means "could not run".
 */
export interface Feature<Input, Ports, Event extends Fact, Verdict extends string, State> {
  readonly command: string;
  run(input: Input, ports: Ports, signal: AbortSignal): AsyncGenerator<Event, Verdict>;
  initial(input: Input): State;
  reduce(state: State, event: Event): State;
  report(state: State, outcome: Outcome<Verdict>): Report;
  /** One line for people when an event deserves one; steps and notes are shown without it. */
  describe?(event: Event): SummaryLine | undefined;
  /** How grave an event is, where it is worth a line in the log; notes and steps are logged without it. */
  severity?(event: Event): "info" | "warn" | "error" | undefined;
  /** What a terminal keeps showing, with how long ago it was, until another event says otherwise. */
  live?(event: Event): string | undefined;
  /** It runs until it is stopped: it never waits for its viewers, who read a bounded queue. */
  readonly isLasting?: true;
}
