import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OpsError } from "../../errors.ts";
import { displayAddress } from "../../postgres/connection-settings.ts";
import type { ConnectionSettings } from "../../postgres/connection-settings.ts";
import { writeAtomicFile } from "../../run/atomic-file.ts";

/** Which ledger: where it is reached, and where custody keeps what it knows of it. */
export interface GuardedPlace {
  readonly settings: ConnectionSettings;
  readonly schema: string;
  /** custody's `state_dir`. */
  readonly stateDir: string;
}

/**
 * A ledger that was put in another's place has another id, and no checkpoint is of it: it would look new. So the id of the chain that was
 * found at an address is kept, and must stay. Throws `chain-changed`.
 */
export function requireKnownChain(place: GuardedPlace, chainId: string): void {
  const path = fileOf(place);
  const known = readIfThere(path)?.split("\n")[0];
  if (known === undefined || known === chainId) return;
  throw new OpsError(
    "chain-changed",
    `the ledger at ${displayAddress(place.settings)} is the chain ${chainId}, and was ${known}: another stands in its place`,
    `bring the ledger back from its backup; where it was replaced on purpose, remove ${path}`,
  );
}

/** To be called when the chain was verified. */
export function keepKnownChain(place: GuardedPlace, chainId: string): void {
  const path = fileOf(place);
  if (readIfThere(path) !== null) return;
  mkdirSync(join(place.stateDir, "ledgers"), { recursive: true, mode: 0o700 });
  writeAtomicFile(path, `${chainId}\n${displayAddress(place.settings)} ${place.schema}\n`, { mode: 0o600 });
}

function fileOf({ settings, schema, stateDir }: GuardedPlace): string {
  const key = createHash("sha256")
    .update(`${displayAddress(settings)}\0${schema}`)
    .digest("hex")
    .slice(0, 32);
  return join(stateDir, "ledgers", key);
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
