import { resolve } from "node:path";
import {
  baseOriginOf,
  checkpointFolder,
  keepCheckpoint,
  keepOperatorNote,
  makeFolder,
  nextOrigin,
  readCheckpointState,
} from "../../../audit/checkpoints/checkpoint-state.ts";
import { formatAcceptance } from "../../../audit/checkpoints/operator-notes.ts";
import { signCheckpoint } from "../../../audit/checkpoints/sign-checkpoint.ts";
import { signNote } from "../../../audit/note/signed-note.ts";
import type { SigningKey } from "../../../audit/note/signing-key.ts";
import type { Trust } from "../../../audit/checkpoints/read-checkpoint.ts";
import { OpsError } from "../../../errors.ts";
import { lockFolder } from "../../../run/lock-folder.ts";
import { fromHex } from "../../../run/sha256.ts";
import { signature } from "../../signature.ts";
import { requireNewCheckpointPlace, writeCheckpoint } from "../../write-checkpoint.ts";
import type { AcceptedRestore } from "../events.ts";
import type { Restore } from "../ports.ts";

/**
 * Signs that a restore was meant (formats.md, section 5): a note outside the database that holds the old and the new
 * checkpoint, who and why; and the new checkpoint, of a new origin, beside the old one.
 */
export async function acceptRestore(
  restore: Restore,
  signing: {
    readonly key: SigningKey;
    readonly reason: string;
    readonly trust: Trust;
    readonly stateDir: string;
    readonly cwd: string;
  },
): Promise<AcceptedRestore> {
  const { before, treeSize, rootHash, cluster } = restore;
  const { key, reason, trust, stateDir, cwd } = signing;
  const base = baseOriginOf(before.head.origin);
  const folder = checkpointFolder(stateDir, base);
  makeFolder(folder, base);
  await using _lock = await lockFolder(folder);
  const state = await readCheckpointState(folder, base, trust);
  const origin = nextOrigin(base, state.acceptances);
  const path = `${before.path}.${origin.slice(base.length + 1)}`;
  requireNewCheckpointPlace(resolve(cwd, path), path);
  const after = { origin, size: treeSize, root: fromHex(rootHash) ?? new Uint8Array(0) };
  const acceptance = {
    before: before.head,
    after,
    cluster,
    ...signature(),
    reason,
  };
  const signed = signCheckpoint(after, cluster, key);
  keepOperatorNote(folder, base, "acceptance", signNote(formatAcceptance(acceptance), [key]));
  keepCheckpoint(folder, base, signed);
  writeCheckpoint(resolve(cwd, path), signed);
  return { checkpoint: path, origin, size: treeSize };
}

/**
 * What an unknown key had signed would be refused at every verification from then on. To be asked before the chain is read.
 * Throws `bad-input`.
 */
export function requireAcceptor(key: SigningKey, { keys, policy }: Trust): void {
  if ([...keys, ...(policy?.logs ?? [])].some((each) => each.vkey === key.vkey)) return;
  throw new OpsError(
    "bad-input",
    `${key.name}+${key.keyId} may not accept a restore: it is none of the keys that the checkpoints are believed`,
    "sign with the chain's key; for one that took its place give --public-key NEW.replaces, too",
  );
}
