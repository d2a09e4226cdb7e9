import { rmSync } from "node:fs";
import { parseIdentity } from "../audit/note/identity.ts";
import { parseCheckpoint } from "../audit/note/checkpoint.ts";
import { parseNote } from "../audit/note/signed-note.ts";
import type { SignedCheckpoint } from "../audit/checkpoints/sign-checkpoint.ts";
import { OpsError } from "../errors.ts";
import { writeAtomicFile } from "../run/atomic-file.ts";
import { requireReplaceable } from "./replaceable.ts";

/** Writes a checkpoint and the identity note beside it. Throws `file-unwritable`. */
export function writeCheckpoint(path: string, { note, identityNote }: SignedCheckpoint): void {
  // The identity first: a checkpoint without it is read as one that was made without. An older one is of another checkpoint.
  if (identityNote === null) rmSync(`${path}.identity`, { force: true });
  else writeAtomicFile(`${path}.identity`, identityNote);
  writeAtomicFile(path, note);
}

/** Throws `bad-input` when what is there is neither a checkpoint nor its identity note. To be called before anything is signed. */
export function requireCheckpointPlace(absolute: string, shown: string): void {
  const isRead = (read: (text: string) => unknown) => (text: string) => {
    try {
      read(parseNote(text).text);
      return true;
    } catch (error) {
      if (error instanceof OpsError) return false;
      throw error;
    }
  };
  requireReplaceable(absolute, shown, "checkpoint", isRead(parseCheckpoint));
  requireReplaceable(`${absolute}.identity`, `${shown}.identity`, "identity note", isRead(parseIdentity));
}
