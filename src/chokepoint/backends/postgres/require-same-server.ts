import { OpsError } from "../../../errors.ts";
import type { Identity } from "../../drop.ts";
import type { ServerFacts } from "./server-facts.ts";

/**
 * An oid says nothing on another server: what is there under it is somebody else's, and what is not there is not gone.
 *
 * @throws OpsError unsupported-server
 */
export function requireSameServer(server: ServerFacts, identity: Identity): void {
  if (identity.systemIdentifier === server.systemIdentifier) return;
  throw new OpsError(
    "unsupported-server",
    `this is the server ${server.systemIdentifier}, and it was decided on ${identity.systemIdentifier}`,
    "the target's URL leads elsewhere by now: lead it back, or restore the tombstone by hand as docs/tombstones.md says",
  );
}
