import type { DropDocument } from "../../chokepoint/documents/drop-document.ts";
import { bearTicket } from "../../chokepoint/statements/tickets/bear-ticket.ts";
import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Outcome, Report, SummaryLine } from "../../run/contract.ts";
import { concludeDrop, describeDrop, nextStep, reasonOf } from "../describe-drop.ts";
import type { Ticket } from "../ports.ts";
import type { WordState, WordVerdict } from "./feature.ts";

const verdictExitCodes: Readonly<Record<WordVerdict, ExitCode>> = {
  done: exitCodes.good,
  held: exitCodes.good,
  refused: exitCodes.bad,
  failed: exitCodes.bad,
  "not-run": exitCodes.couldNotRun,
};

export function report(state: WordState, outcome: Outcome<WordVerdict>): Report {
  const { word, dropId, drop, ticket, reason } = state;
  const { verdict, head, document } = conclude(`drop ${word}`, outcome, verdictExitCodes, "not-run");
  const detail = reason ?? (drop === null ? "" : reasonOf(drop));
  const isGood = verdictExitCodes[verdict] === exitCodes.good;
  return {
    ...head,
    document: document({
      drop,
      ...(word === "ticket" ? { ticket: ticket?.text ?? null, expires_at: ticket?.expiresAt ?? null } : {}),
      reason,
    }),
    checks: [
      {
        group: `drop.${word}`,
        name: dropId,
        outcome: verdict === "not-run" ? "not-run" : isGood ? "passed" : "failed",
        expected: "done",
        actual: verdict,
        ...(detail === "" ? {} : { detail }),
      },
    ],
    metrics: [],
    summary: summarise(state),
  };
}

function summarise({ word, dropId, drop, ticket, reason }: WordState): readonly SummaryLine[] {
  if (reason !== null)
    return [
      { tone: "plain", text: reason },
      { tone: "strong", text: `next: custody drop show ${dropId}` },
      { tone: "bad", text: `REFUSED ${word} drop_id=${dropId}` },
    ];
  if (drop === null) return [];
  if (word === "ticket") return [...describeDrop(drop), ...describeTicket(drop, ticket)];
  const next = nextStep(drop);
  return [
    ...describeDrop(drop),
    ...(next === null ? [] : [{ tone: "strong", text: `next: ${next}` } as const]),
    concludeDrop(drop),
  ];
}

/** The one place where it is shown. */
function describeTicket(
  { drop_id: dropId, protocol }: DropDocument,
  ticket: Ticket | null,
): readonly SummaryLine[] {
  if (ticket === null)
    return [
      { tone: "strong", text: `next: another person runs custody drop ticket ${dropId}` },
      { tone: "warn", text: `HELD drop_id=${dropId}` },
    ];
  return [
    {
      tone: "strong",
      text: `next: send the same statement once more, before ${ticket.expiresAt}, ${bearTicket(protocol, ticket.text)}`,
    },
    { tone: "good", text: `TICKET ${ticket.text}` },
  ];
}
