import { OpsError } from "../../errors.ts";
import { explainServerError } from "../../postgres/explain-error.ts";
import type { Session } from "../../postgres/session.ts";
import { askCatalog } from "../secure-reading.ts";
import { compareGuards } from "./compare-guards.ts";
import { readGuards } from "./read-guards.ts";
import { readInstalled } from "./read-installed.ts";

/**
 * Requires that the chain's functions and triggers are those that were installed, before one of them is called: whoever
 * replaced one must not run code with the caller's rights.
 *
 * @throws OpsError chain-broken, chain-too-new
 */
export async function requireGuards(session: Session, schema: string): Promise<void> {
  const changed = await readChanges(session, schema).catch((error: unknown) => {
    throw explainServerError(error, "comparing the chain's functions with what was installed");
  });
  const [first] = changed;
  if (first === undefined) return;
  throw new OpsError(
    "chain-broken",
    `nothing is done: ${first}${changed.length === 1 ? "" : ` (and ${changed.length - 1} more)`}`,
    "custody chain verify names all that was changed",
  );
}

async function readChanges(session: Session, schema: string): Promise<readonly string[]> {
  return askCatalog(session, async () => {
    const installed = await readInstalled(session, schema);
    if (installed === null) return ["function audit_chain_version() is missing or another"];
    return compareGuards(installed, await readGuards(session, schema));
  });
}
