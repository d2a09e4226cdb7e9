import { isDeepStrictEqual } from "node:util";
import type { Drop } from "../../drop.ts";
import { storableDetails } from "../../ledger/storable.ts";
import { boundParts, requireInChain } from "../../require-in-chain.ts";
import type { StatementIdentity } from "../identify-statement.ts";
import type { TicketUse, WireStatement } from "../statement.ts";
import type { StatementPorts } from "../statement-ports.ts";
import { digestTicket, dropIdOf, isTicketOf } from "./ticket.ts";
import { readTicketEvents } from "./ticket-events.ts";

/**
 * Whether the ticket of a statement is good for it; a sentence where it is not. That it was not used before is found out by recording
 * its use: one row alone can have it. Throws as the ledger, and `chain-contradicts`.
 */
export async function checkTicket(
  given: WireStatement,
  ticket: string,
  { identity }: Pick<StatementIdentity, "identity">,
  ports: Pick<StatementPorts, "ledger" | "now">,
): Promise<TicketUse | string> {
  const dropId = dropIdOf(ticket);
  const drop = dropId === null ? null : await ports.ledger.find(dropId);
  if (drop === null || drop.ticket === null || !isTicketOf(ticket, drop.ticket.sha256))
    return "its ticket is none that was given here";
  if (drop.ticket.expiresAt <= ports.now()) return "its ticket has expired";
  if (!isSameStatement(given, drop)) return "its ticket is for another statement";
  await requireInChain(drop, ports);
  const timeline = await ports.ledger.timeline(drop.dropId);
  const { given: recorded } = readTicketEvents(timeline, () => true);
  const sha256 = digestTicket(ticket);
  // Whoever writes rows by hand gives nobody a ticket.
  if (
    recorded === null ||
    recorded.sha256 !== sha256 ||
    Date.parse(recorded.expiresAt) <= ports.now().getTime()
  )
    return "its ticket is none that was given here";
  const { bound } = storableDetails({ bound: boundParts({ identity }) });
  if (!isDeepStrictEqual(recorded.bound, bound))
    return "what has this name now is not what its ticket is for";
  return { of: drop.dropId, sha256, approvedBy: recorded.approvedBy };
}

/** The same destructions, wanted by the same role in the same place; only constants may differ. Of what is opaque its name says too little: it is the same text. */
function isSameStatement(given: WireStatement, { statement, request }: Drop): boolean {
  if (statement === null || given.target !== request.target) return false;
  const { session } = statement;
  const key = (each: Pick<WireStatement, "destructions">): readonly string[] =>
    each.destructions.map(({ kind, what, names }) => JSON.stringify([kind, what, names])).toSorted();
  const isOpaque = given.destructions.some(({ kind }) => kind === "opaque");
  return (
    given.session.role === session.role &&
    given.session.database === session.database &&
    given.isForced === request.intent.force &&
    isDeepStrictEqual(key(given), key(statement)) &&
    (!isOpaque || given.fingerprint === request.intent.statementFingerprint)
  );
}
