import { pino } from "pino";
import type { FactSink } from "../chokepoint/faces.ts";
import type { Drop } from "../chokepoint/drop.ts";
import type { DropFact } from "../chokepoint/ports.ts";
import type { LogLevel } from "../run/shell.ts";

interface Line {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * See `Faces.openDropLog`; the lines of formats.md section 6. What is dropped, refused or failed is logged whatever the level, but
 * `silent`; every other event at `debug`.
 */
export function createDropLog({
  level,
  write,
}: {
  readonly level: LogLevel;
  readonly write: (text: string) => void;
}): FactSink {
  const isQuiet = level === "warn" || level === "error";
  const log = pino({ level: isQuiet ? "info" : level, base: { name: "custody" } }, { write });
  return {
    tell(fact) {
      const { level: at, event, fields } = lineOf(fact);
      log[at]({ event, ...fields });
    },
  };
}

function lineOf({ event, drop }: DropFact): Line {
  const fields = {
    token: drop.request.token,
    provider_resource_id: drop.request.providerResourceId,
    resource_type: drop.request.resourceType,
    backend: drop.placement,
    request_id: drop.request.requestId,
    caller: drop.caller.name,
    drop_id: drop.dropId,
  };
  switch (event) {
    case "drop.started":
      return { level: "info", event: "custody.drop", fields };
    case "drop.failed":
    case "drop.unknown":
    case "drop.unproved":
    case "drop.undo_failed":
      return {
        level: "error",
        event: "custody.drop.failed",
        fields: { ...fields, outcome: outcomeOf(event, drop), error: drop.error },
      };
    case "drop.refused":
      return {
        level: "warn",
        event: "custody.drop.refused",
        fields: { ...fields, site: drop.refusal?.site ?? null, reason: drop.refusal?.reason ?? null },
      };
    case "drop.denied":
    case "drop.expired":
    case "drop.cancelled":
      return {
        level: "warn",
        event: "custody.drop.refused",
        fields: { ...fields, site: "approval", reason: event.slice("drop.".length) },
      };
    default:
      return { level: "debug", event: "custody.drop.moved", fields: { ...fields, step: event } };
  }
}

/** What failed after the drop is told by its own word: the drop itself was `ok`. */
function outcomeOf(event: string, drop: Drop): string | null {
  return event === "drop.unproved" || event === "drop.undo_failed"
    ? event.slice("drop.".length)
    : drop.outcome;
}
