import { resolve } from "node:path";
import type { KnownCheckpoint } from "../audit/checkpoints/known-checkpoint.ts";
import { readCheckpoint } from "../audit/checkpoints/read-checkpoint.ts";
import type { Trust } from "../audit/checkpoints/read-checkpoint.ts";
import { parseCheckpoint } from "../audit/note/checkpoint.ts";
import { decodeNote, parseNote } from "../audit/note/signed-note.ts";
import { OpsError } from "../errors.ts";
import { sha256, toHex } from "../run/sha256.ts";
import { readSmallFile } from "../run/read-small-file.ts";

/** A checkpoint that a user gave, with or without a key that says whether it is genuine. */
export interface GivenCheckpoint extends KnownCheckpoint {
  /** Whether a known key signed it; false where no key was given: then nobody has checked it. */
  readonly isVerified: boolean;
}

/** A checkpoint as documents have it. */
export interface CheckpointFacts {
  readonly path: string;
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly rootHash: string;
  readonly signedBy: readonly string[];
  readonly cosignedBy: readonly string[];
  readonly isVerified: boolean;
}

/**
 * Reads a checkpoint file, and the identity note beside it. Where anybody is trusted, the signatures must hold; where nobody
 * is, it is read as it stands. Throws `unreadable-checkpoint`, `untrusted-checkpoint`.
 */
export async function readGivenCheckpoint(path: string, cwd: string, trust: Trust): Promise<GivenCheckpoint> {
  if (isTrusting(trust)) return { ...(await readCheckpoint(path, cwd, trust)), isVerified: true };
  const note = decodeNote(await read(path, cwd), path);
  const { text } = parseNote(note, path);
  return {
    path,
    note,
    head: parseCheckpoint(text, path),
    textSha256: toHex(sha256(Buffer.from(text, "utf8"))),
    signedBy: [],
    cosignedBy: [],
    identity: null,
    isVerified: false,
  };
}

/** Whether any key of a log was given, with which checkpoints can be verified. */
export function isTrusting({ keys, policy }: Trust): boolean {
  return keys.length > 0 || policy !== null;
}

export function checkpointFacts(checkpoint: GivenCheckpoint): CheckpointFacts {
  const { path, head, signedBy, cosignedBy, isVerified } = checkpoint;
  const { origin, size } = head;
  return { path, origin, size, rootHash: toHex(head.root), signedBy, cosignedBy, isVerified };
}

/** The same, as a member of a document. */
export function checkpointDocument(facts: CheckpointFacts): Readonly<Record<string, unknown>> {
  return {
    path: facts.path,
    origin: facts.origin,
    size: facts.size,
    root_hash: facts.rootHash,
    signature_checked: facts.isVerified,
    signed_by: facts.signedBy,
    cosigned_by: facts.cosignedBy,
  };
}

async function read(path: string, cwd: string): Promise<Uint8Array> {
  try {
    return await readSmallFile(resolve(cwd, path));
  } catch (cause) {
    throw new OpsError(
      "unreadable-checkpoint",
      `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      "custody chain checkpoint --out FILE writes one",
      { cause },
    );
  }
}
