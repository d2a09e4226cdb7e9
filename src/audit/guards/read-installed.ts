import { OpsError } from "../../errors.ts";
import type { Session } from "../../postgres/session.ts";
import { readChainVersion } from "../chain-version.ts";
import { installedGuards } from "./guards.ts";
import type { Guards } from "./guards.ts";

/**
 * What the chain in a schema installed when it was made; null where nothing says of which version it is. A version that is
 * not known here is an error: to pass over it would let whoever may replace one function change all the others unseen.
 *
 * @throws OpsError chain-too-new
 */
export async function readInstalled(session: Session, schema: string): Promise<Guards | null> {
  const version = await readChainVersion(session, schema);
  if (version === null) return null;
  const installed = installedGuards[version];
  if (installed !== undefined) return installed;
  throw new OpsError(
    "chain-too-new",
    `the chain in schema ${schema} says that it is of version ${version}, this custody knows ${Object.keys(installedGuards).join(", ")}`,
    "use the custody that installed it, or a newer one; if nobody did, its function audit_chain_version() was replaced",
  );
}
