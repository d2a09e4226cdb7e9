import type { DropDocument } from "../chokepoint/documents/drop-document.ts";
import { canBearTicket } from "../chokepoint/statements/tickets/bear-ticket.ts";

type Statement = NonNullable<DropDocument["statement"]>;

/** What a session did, or wanted to: labels and values for people. */
export function describeStatement(statement: Statement): readonly (readonly [string, string | null])[] {
  const { role, other_roles, database, application_name, listener, session_id, certificate } = statement;
  const roles = other_roles.length === 0 ? role : `${role} (as ${other_roles.join(", ")} too)`;
  const where = [
    database === "" ? "" : `in ${database}`,
    application_name === "" ? "" : `by ${application_name}`,
  ];
  return [
    [
      "session",
      [roles, ...where, `through ${listener}, ${session_id}`].filter((each) => each !== "").join(" "),
    ],
    ["certificate", certificate],
    ["comment", showTags(statement.tags)],
    ...statement.destructions.map(({ what, names }) => ["destroys", [what, ...names].join(" ")] as const),
    ["transaction", statement.in_transaction ? "its locks wait with it" : null],
    ["ticket of", statement.ticket_of === null ? null : ticketOf(statement)],
  ];
}

/** The request's own name has a line of its own. */
function showTags(tags: Statement["tags"]): string | null {
  const others = Object.entries(tags).filter(([name]) => name !== "request_id");
  return others.length === 0 ? null : others.map(([name, value]) => `${name}=${value}`).join(", ");
}

/** What whoever reads this can do now: the session itself went on, or did not. */
export function nextStepOfStatement(drop: DropDocument): string | null {
  const { drop_id: id, refusal } = drop;
  const ticket = canBearTicket(drop.protocol)
    ? `custody drop ticket ${id}, by another person, lets it through once`
    : null;
  switch (drop.state) {
    case "refused":
      if (refusal?.site === "policy") return ticket;
      return refusal?.is_passing === true ? "send it again: it could not be decided" : null;
    case "expired":
    case "cancelled":
      return ticket;
    case "unknown":
      return "see on the target what became of it: nobody told custody";
    default:
      return null;
  }
}

function ticketOf({ ticket_of: of, ticket_approved_by: people }: Statement): string {
  return `${of ?? ""}, approved by ${people.join(", ")}`;
}
