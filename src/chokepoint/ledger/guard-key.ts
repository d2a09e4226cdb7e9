import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readSigningKey } from "../../audit/note/read-signing-key.ts";
import { createSigningKey, formatSigningKey } from "../../audit/note/signing-key.ts";
import type { SigningKey } from "../../audit/note/signing-key.ts";
import { writeAtomicFile } from "../../run/atomic-file.ts";
import { syncFolder, writeNewFiles } from "../../run/new-file.ts";

const name = "custody-ledger";

/**
 * The key that signs checkpoints of the ledger: the configured one, else one of custody's own below the state folder, made when there is
 * none. Throws as `readSigningKey`, and `file-unwritable`.
 */
export async function readGuardKey(
  given: string | null,
  place: { readonly stateDir: string; readonly cwd: string },
): Promise<SigningKey> {
  if (given !== null) return readSigningKey(given, place.cwd);
  const path = join(place.stateDir, "ledger.key");
  if (!existsSync(path)) makeKey(path, place.stateDir);
  const key = await readSigningKey(path, place.cwd);
  // What a verifier is given.
  if (!existsSync(`${path}.pub`)) writeAtomicFile(`${path}.pub`, `${key.vkey}\n`, { mode: 0o644 });
  return key;
}

/** Of two that make it at once, both use the first one's. */
function makeKey(path: string, stateDir: string): void {
  const seed = randomBytes(32);
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  createSigningKey(name, seed);
  writeNewFiles([{ path: draft, text: `${formatSigningKey(name, seed)}\n`, mode: 0o600 }]);
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(draft, { force: true });
    syncFolder(stateDir);
  }
}
