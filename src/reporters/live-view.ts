import type { Envelope, StepFact } from "../run/contract.ts";
import { fitWidth } from "./fit-width.ts";
import { showQuantity, showRate, showSeconds, showShare } from "./quantities.ts";
import { readStepFact } from "./read-step-fact.ts";
import type { Style } from "./reporter.ts";
import { marks, paint, printable } from "./style.ts";

type Progressed = Extract<StepFact, { type: "step-progressed" }>;

interface RunningStep {
  readonly title: string;
  readonly startedMs: number;
  /** The first and the newest progress, each with when it was seen: the rate is what lies between. */
  readonly progress: {
    readonly first: Progressed;
    readonly firstMs: number;
    readonly last: Progressed;
    readonly lastMs: number;
  } | null;
}

/** What is under way, for a terminal: a line for each running step, redrawn by its owner. */
export interface LiveView {
  event(envelope: Envelope): void;
  /** Shows a line, and how long ago it was said, in place of what was under way. */
  say(text: string, atMs: number): void;
  /** At most `rows` lines, none wider than `columns`. `nowMs` is Unix time, as in the envelopes. */
  frame(nowMs: number, columns: number, rows: number): readonly string[];
}

const barWidth = 20;

export function createLiveView(style: Style): LiveView {
  const running = new Map<string, RunningStep>();
  let said: { readonly text: string; readonly atMs: number } | null = null;

  return {
    event(envelope) {
      const fact = readStepFact(envelope.event);
      const atMs = Date.parse(envelope.at);
      switch (fact?.type) {
        case "step-started":
          running.set(fact.step, { title: fact.title, startedMs: atMs, progress: null });
          break;
        case "step-progressed": {
          const step = running.get(fact.step);
          if (step === undefined) break;
          const { first, firstMs } = step.progress ?? { first: fact, firstMs: atMs };
          running.set(fact.step, { ...step, progress: { first, firstMs, last: fact, lastMs: atMs } });
          break;
        }
        case "step-finished":
        case "step-failed":
          running.delete(fact.step);
          break;
        case "noted":
        case undefined:
          break;
      }
    },
    say(text, atMs) {
      running.clear();
      said = { text, atMs };
    },
    frame(nowMs, columns, rows) {
      const steps = [...running.values()].map(
        (step) => `${printable(step.title, style)}  ${describe(step, nowMs, style)}`,
      );
      const idle = said === null ? [] : [`${printable(said.text, style)} ${ago(said.atMs, nowMs)}`];
      return (steps.length === 0 ? idle : steps)
        .slice(-rows)
        .map((line) => paint(fitWidth(`${marks(style).running} ${line}`, columns), "dim", style));
    },
  };
}

/** Whole seconds: a line that only waits does not flicker. */
function ago(atMs: number, nowMs: number): string {
  return `${Math.max(0, Math.floor((nowMs - atMs) / 1000))} s ago`;
}

function describe(step: RunningStep, nowMs: number, style: Style): string {
  const elapsed = showSeconds(Math.max(0, nowMs - step.startedMs) / 1000);
  if (step.progress === null) return elapsed;
  const { first, firstMs, last, lastMs } = step.progress;
  const rate = lastMs > firstMs ? ((last.done - first.done) * 1000) / (lastMs - firstMs) : 0;
  const speed = rate > 0 ? `  ${showRate(rate, last.unit)}` : "";
  if (last.total === undefined || last.total <= 0)
    return `${showQuantity(last.done, last.unit)}${speed}  ${elapsed}`;
  const share = Math.min(1, Math.max(0, last.done / last.total));
  const amounts = showShare(last.done, last.total, last.unit);
  const left = rate > 0 && share < 1 ? `  ${showSeconds((last.total - last.done) / rate)} left` : "";
  return `${bar(share, style)} ${String(Math.floor(share * 100)).padStart(3)} %  ${amounts}${speed}${left}`;
}

function bar(share: number, style: Style): string {
  const full = Math.floor(share * barWidth);
  const [done, open] = style.unicode ? ["█", "░"] : ["#", "-"];
  return `${done.repeat(full)}${open.repeat(barWidth - full)}`;
}
