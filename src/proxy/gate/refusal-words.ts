import { escapeUnprintable } from "../../run/unprintable.ts";
import type { Speaker, WireRefusal } from "../sessions/ports.ts";
import type { GateReason } from "./admit.ts";

/** invalid_authorization_specification: what the server itself says of whom pg_hba.conf does not let in. */
const sqlState = "28000";
/** cannot_connect_now: libpq goes on to the next host of its list, which it does not do where it was refused for good. */
const passing = "57P03";
const longestShown = 100;
const mostShown = 3;

/** What who is refused is told: what he said himself (`roles`: beside his own, as options), and nothing of the rule that he met. */
export function refusalWords(
  reason: GateReason,
  { role, database, sessionId }: Speaker,
  roles: readonly string[],
): WireRefusal {
  return {
    code: reason === "unknown" ? passing : sqlState,
    message: messageOf(
      reason,
      `role ${[role, ...roles.slice(0, mostShown)].map(quoted).join(" with ")}`,
      database === "" ? role : database,
    ),
    detail: `Refused before the server was asked, as ${sessionId}.`,
    hint: "Ask whoever runs custody here, with that number.",
  };
}

function messageOf(reason: GateReason, who: string, database: string): string {
  switch (reason) {
    case "role":
      return `${who} may not connect here`;
    case "database":
      return `database ${quoted(database)} cannot be reached here`;
    case "address":
      return "this address may not connect here";
    case "certificate":
      return "a client certificate that is accepted here is needed";
    case "replication":
      return "replication connections are not accepted here";
    case "unknown":
      return `whether ${who} may connect here cannot be known now`;
  }
}

function quoted(name: string): string {
  return `"${escapeUnprintable(name).slice(0, longestShown)}"`;
}
