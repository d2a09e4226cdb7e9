import type { SignedCheckpoint } from "../audit/checkpoints/sign-checkpoint.ts";
import { writeAtomicFile } from "../run/atomic-file.ts";

/** Writes a checkpoint and the identity note beside it. Throws `file-unwritable`. */
export function writeCheckpoint(path: string, { note, identityNote }: SignedCheckpoint): void {
  // The identity first: a checkpoint without it is read as one that was made without.
  if (identityNote !== null) writeAtomicFile(`${path}.identity`, identityNote);
  writeAtomicFile(path, note);
}
