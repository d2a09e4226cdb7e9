import type { Approval, JsonObject } from "../../drop.ts";
import type { TimelineEntry } from "../../ports.ts";

/** What the chain has of the tickets of one statement. */
export interface TicketEvents {
  /** Who has approved the next one so far, and for what: those for something else count as nothing. */
  readonly approvals: readonly Approval[];
  /** The last one that was given. */
  readonly given: {
    readonly sha256: string;
    readonly expiresAt: string;
    readonly bound: unknown;
    readonly approvedBy: readonly string[];
  } | null;
}

/** Of an event that approves a ticket, and so moves nothing. */
export function isOfTicket({ action, details }: Pick<TimelineEntry, "action" | "details">): boolean {
  return action === "drop.approved" && details["ticket"] === true;
}

/** `isBound`: whether an approval is for what is there now. */
export function readTicketEvents(
  timeline: readonly TimelineEntry[],
  isBound: (bound: unknown) => boolean,
): TicketEvents {
  const events = timeline.filter(isOfTicket);
  const last = events.findLastIndex(({ details }) => typeof details["ticket_sha256"] === "string");
  const since = events.slice(last + 1).filter(({ details }) => isBound(details["bound"]));
  const given = events[last];
  return {
    approvals: since.map(({ at, details }) => ({
      by: textOf(details["by"]),
      person: textOf(details["person"]),
      at,
      comment: null,
    })),
    given:
      given === undefined
        ? null
        : {
            sha256: textOf(given.details["ticket_sha256"]),
            expiresAt: textOf(given.details["expires_at"]),
            bound: given.details["bound"],
            approvedBy: listOf(given.details),
          },
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function listOf({ approved_by: people }: JsonObject): readonly string[] {
  return Array.isArray(people) ? people.filter((each) => typeof each === "string") : [];
}
