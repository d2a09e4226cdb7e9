import type { SummaryLine } from "../../run/contract.ts";
import type { Judged, WitnessEvent } from "./events.ts";

/** One line for each request. */
export function describeWitness(event: WitnessEvent): SummaryLine | undefined {
  switch (event.type) {
    case "witness-started": {
      const logs = event.logs.length === 1 ? "1 log" : `${event.logs.length} logs`;
      return {
        tone: "plain",
        text: `${event.vkey} listens on ${event.url}: ${logs}, ${event.origins} origins so far`,
      };
    }
    case "checkpoint-judged":
      return { tone: toneOf(event), text: describeRequest(event) };
    case "noted":
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return undefined;
  }
}

function describeRequest({ status, outcome, origin, oldSize, size, peer, ms, reason }: Judged): string {
  const what = origin === null ? "" : ` ${origin}${size === null ? "" : ` ${oldSize} → ${size}`}`;
  const why = reason === null ? "" : `: ${reason}`;
  return `${status} ${outcome}${what} (${peer}, ${ms.toFixed(1)} ms)${why}`;
}

function toneOf({ outcome }: Judged): SummaryLine["tone"] {
  switch (outcome) {
    case "cosigned":
      return "good";
    case "stale":
      return "dim";
    case "conflict":
    case "inconsistent":
    case "failed":
      return "bad";
    case "malformed":
    case "unknown-origin":
    case "untrusted":
    case "refused":
      return "warn";
  }
}

/** What is worth a line in a log: every request, and what contradicts a record most of all. */
export function severityOf(event: WitnessEvent): "info" | "warn" | "error" | undefined {
  switch (event.type) {
    case "witness-started":
      return "info";
    case "checkpoint-judged":
      return severities[event.outcome];
    case "noted":
      return "warn";
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return undefined;
  }
}

const severities: Readonly<Record<Judged["outcome"], "info" | "warn" | "error">> = {
  cosigned: "info",
  stale: "info",
  malformed: "info",
  refused: "info",
  "unknown-origin": "warn",
  untrusted: "warn",
  conflict: "error",
  inconsistent: "error",
  failed: "error",
};
