import { OpsError } from "../../errors.ts";
import { explainServerError } from "../../postgres/explain-error.ts";
import type { Session } from "../../postgres/session.ts";
import { readChainVersion } from "../chain-version.ts";
import { askCatalog } from "../secure-reading.ts";
import { compareGuards } from "./compare-guards.ts";
import { installedGuards } from "./guards.ts";
import { readGuards } from "./read-guards.ts";

/**
 * Requires that the chain's functions and triggers are those that were installed, before one of them is called: whoever
 * replaced one must not run code with the caller's rights. Of a version that is not known here nothing is required.
 *
 * @throws OpsError chain-broken
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
    const version = await readChainVersion(session, schema);
    if (version === null) return ["function audit_chain_version() is missing or another"];
    const installed = installedGuards[version];
    return installed === undefined ? [] : compareGuards(installed, await readGuards(session, schema));
  });
}
