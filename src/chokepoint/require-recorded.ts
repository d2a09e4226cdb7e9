import { OpsError } from "../errors.ts";

/**
 * Whoever can write to a folder of tombstones can put another in the place of one, whole and sound; the ledger's fingerprint he cannot
 * change. Undefined: the ledger has none yet.
 *
 * @throws OpsError not-equal
 */
export function requireRecorded(folder: string, found: string, recorded: string | undefined): void {
  if (recorded === undefined || recorded === found) return;
  throw new OpsError(
    "not-equal",
    `${folder} does not hold the tombstone that was made: its fingerprint is ${shorten(found)}, the ledger's is ${shorten(recorded)}`,
    "fetch the folder from a copy of it, and see who may write to tombstone.dir",
  );
}

function shorten(fingerprint: string): string {
  return fingerprint.length > 24 ? `${fingerprint.slice(0, 24)}…` : fingerprint;
}
