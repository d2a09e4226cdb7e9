import { canBearTicket } from "../../chokepoint/statements/tickets/bear-ticket.ts";
import type { StatementAnswer } from "../../chokepoint/statements/statement.ts";
import type { Protocol, WireRefusal } from "../sessions/ports.ts";

type Refused = Extract<StatementAnswer, { readonly kind: "refused" }>;

/** A no of the chokepoint, in words for whoever sent the statement. Pure. */
export function tellRefusal(answer: Refused, protocol: Protocol): WireRefusal {
  const { refusal } = answer;
  return {
    code: refusal.sqlstate ?? null,
    message: `custody refuses it: ${refusal.reason}`,
    detail: recordOf(answer),
    hint: hintOf(answer, canBearTicket(protocol)),
  };
}

function recordOf({ dropId, record }: Refused): string {
  if (dropId !== null) return `recorded as drop ${dropId}`;
  return record === "count"
    ? "recorded with the others of this minute, by their count"
    : "nothing was recorded, and nothing was done";
}

function hintOf({ dropId, record, state, refusal }: Refused, hasTickets: boolean): string {
  if (dropId === null)
    return record === "count"
      ? "send fewer of them: after a minute each is recorded again, and can be approved"
      : "send it again when custody can record it";
  switch (state) {
    case "denied":
      return `see who said why: custody drop show ${dropId}`;
    case "expired":
    case "cancelled":
      return hasTickets ? ticketFor(dropId) : "send it again, and have it approved in time";
    case "refused":
      if (refusal.site === "policy")
        return hasTickets
          ? ticketFor(dropId)
          : "nobody can let it through, unless the policy holds it for people";
      return refusal.isPassing
        ? "send it again: it may be otherwise in a minute"
        : `see what stands against it: custody drop show ${dropId}`;
  }
}

function ticketFor(dropId: string): string {
  return `another person lets it through once with custody drop ticket ${dropId}`;
}
