import type { SummaryLine } from "../run/contract.ts";
import type { ProxyEvent } from "./events.ts";

type Moved = Extract<ProxyEvent, { type: "drop-moved" }>;

/** One line for each drop that moved. */
export function describeProxy(event: ProxyEvent): SummaryLine | undefined {
  switch (event.type) {
    case "proxy-started": {
      const targets = event.targets.length === 1 ? "1 target" : `${event.targets.length} targets`;
      const away = event.targets.filter(({ reachable }) => !reachable).map(({ name }) => name);
      const listeners = event.listeners.map(({ name, address }) => `${name} on ${address}`);
      const listening = listeners.length === 0 ? "no listeners" : listeners.join(", ");
      const text = `ledger ${event.ledger}, ${targets}, ${listening}, API ${event.api ?? "off"}`;
      return away.length === 0
        ? { tone: "plain", text }
        : { tone: "bad", text: `${text}; not reached: ${away.join(", ")} (/readyz says why)` };
    }
    case "drop-moved":
      return { tone: toneOf(event), text: describeMove(event) };
    case "ledger-checkpointed":
      return { tone: "dim", text: `checkpoint of ${event.size} rows, ${event.cosignatures} cosignatures` };
    case "alarm":
      return { tone: "bad", text: `${event.what}: ${event.message}` };
    case "reloaded": {
      const taken = event.listeners.length === 1 ? "1 listener" : `${event.listeners.length} listeners`;
      return { tone: "plain", text: `configuration reloaded for ${taken}` };
    }
    case "facts-lost":
      return { tone: "warn", text: `${event.count} facts were not shown: too many came at once` };
    case "ledger-verified":
    case "noted":
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return undefined;
  }
}

function describeMove(event: Moved): string {
  const what = `${event.resource_type} ${event.provider_resource_id} on ${event.target}`;
  const why = event.reason === null ? "" : `: ${event.reason}`;
  return `${event.event} ${what} (${event.caller}, ${event.drop_id})${why}`;
}

const bad: ReadonlySet<string> = new Set([
  "drop.failed",
  "drop.unproved",
  "drop.unknown",
  "drop.undo_failed",
  "drop.unattributed",
  "drop.orphaned",
]);
const warning: ReadonlySet<string> = new Set(["drop.refused", "drop.denied", "drop.expired", "drop.held"]);

function toneOf({ event }: Moved): SummaryLine["tone"] {
  if (bad.has(event)) return "bad";
  if (warning.has(event)) return "warn";
  return event === "drop.completed" || event === "drop.undone" ? "good" : "plain";
}

/** Drops have log lines of their own, in the form that formats.md promises. */
export function severityOf(event: ProxyEvent): "info" | "warn" | "error" | undefined {
  switch (event.type) {
    case "proxy-started":
      return event.targets.every(({ reachable }) => reachable) ? "info" : "warn";
    case "ledger-verified":
    case "ledger-checkpointed":
    case "reloaded":
      return "info";
    case "facts-lost":
    case "noted":
      return "warn";
    case "alarm":
      return "error";
    case "drop-moved":
    case "step-started":
    case "step-progressed":
    case "step-finished":
    case "step-failed":
      return undefined;
  }
}
