import { accessSync, constants, existsSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
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

/**
 * What is there may be a checkpoint and its identity note, and nothing else; no device or pipe, beside which no note can stand.
 * To be called before anything is signed. Throws `bad-input`; `file-unwritable` for a folder that is missing or read-only.
 */
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
  for (const suffix of ["", ".identity"]) requireFile(`${absolute}${suffix}`, `${shown}${suffix}`);
  requireReplaceable(absolute, shown, "checkpoint", isRead(parseCheckpoint));
  requireReplaceable(`${absolute}.identity`, `${shown}.identity`, "identity note", isRead(parseIdentity));
  requireFolder(absolute, shown);
}

/** Throws `bad-input` where something is: what is written there belongs to no earlier checkpoint. Else as `requireCheckpointPlace`. */
export function requireNewCheckpointPlace(absolute: string, shown: string): void {
  for (const suffix of ["", ".identity"]) {
    if (statSync(`${absolute}${suffix}`, { throwIfNoEntry: false }) === undefined) continue;
    throw new OpsError(
      "bad-input",
      `${shown}${suffix} is there already, where the new checkpoint goes: it is not written over`,
      "move that one away, and run the same command again: nothing was signed",
    );
  }
  requireFolder(absolute, shown);
}

function requireFile(absolute: string, shown: string): void {
  const there = statSync(absolute, { throwIfNoEntry: false });
  if (there === undefined || there.isFile()) return;
  throw new OpsError(
    "bad-input",
    `${shown} is ${there.isDirectory() ? "a directory" : "no regular file"}: a checkpoint is a file, with FILE.identity beside it`,
    "name a file with --out",
  );
}

/** Of the file itself and of the note beside it: both may be symbolic links, which are followed. */
function requireFolder(absolute: string, shown: string): void {
  try {
    for (const path of [absolute, `${absolute}.identity`])
      accessSync(dirname(existsSync(path) ? realpathSync(path) : path), constants.W_OK);
  } catch (cause) {
    throw new OpsError(
      "file-unwritable",
      `cannot write ${shown}: ${cause instanceof Error ? cause.message : String(cause)}`,
      "name a file in a folder that exists and that you may write to",
      { cause },
    );
  }
}
