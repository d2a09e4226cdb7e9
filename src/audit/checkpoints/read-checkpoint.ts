import { resolve } from "node:path";
import { OpsError } from "../../errors.ts";
import { sha256, toHex } from "../../run/sha256.ts";
import { parseCheckpoint } from "../note/checkpoint.ts";
import { parseIdentity } from "../note/identity.ts";
import type { ClusterIdentity } from "../note/identity.ts";
import { signatureTypes } from "../note/key-id.ts";
import { speakersFor } from "../note/key-name.ts";
import { decodeNote, openNote } from "../note/signed-note.ts";
import type { Policy } from "../note/tlog-policy.ts";
import type { VerifierKey } from "../note/vkey.ts";
import type { KnownCheckpoint } from "./known-checkpoint.ts";
import { readSmallFile } from "../../run/read-small-file.ts";

/** Whom a checkpoint is believed. */
export interface Trust {
  /** Keys of logs (type 0x01), and of witnesses (0x04). */
  readonly keys: readonly VerifierKey[];
  /** Its logs and witnesses are known as well, and its quorum must be met. */
  readonly policy: Policy | null;
}

/** Whether a key speaks for a chain; a witness's only cosigns what others say. */
function isLogKey({ type }: VerifierKey): boolean {
  return type === signatureTypes.ed25519;
}

/**
 * Reads a checkpoint and the identity note beside it, and verifies their signatures and the policy's quorum.
 *
 * @throws OpsError unreadable-checkpoint, untrusted-checkpoint
 */
export async function readCheckpoint(path: string, cwd: string, trust: Trust): Promise<KnownCheckpoint> {
  const opened = await readCheckpointNote(path, cwd, trust);
  return { path, ...opened, identity: await readIdentity(`${path}.identity`, cwd, trust, opened) };
}

/** Reads a checkpoint alone. Throws as `readCheckpoint` does. */
export async function readCheckpointNote(
  path: string,
  cwd: string,
  trust: Trust,
): Promise<Omit<KnownCheckpoint, "path" | "identity">> {
  const bytes = await readNote(resolve(cwd, path), path);
  if (bytes !== null) return openCheckpoint(decodeNote(bytes, path), path, trust);
  throw new OpsError(
    "unreadable-checkpoint",
    `there is no checkpoint ${path}`,
    "custody chain checkpoint --out FILE writes one",
  );
}

/** Verifies a checkpoint's note. `what` names it in errors. */
export function openCheckpoint(
  note: string,
  what: string,
  { keys, policy }: Trust,
): Omit<KnownCheckpoint, "path" | "identity"> {
  const known = [...keys, ...(policy?.logs ?? []), ...(policy?.witnesses ?? []).map((each) => each.key)];
  const { text, signedBy } = openNote(note, known, what);
  const logs = signedBy.filter(isLogKey);
  const witnesses = signedBy.filter((each) => !isLogKey(each));
  if (logs.length === 0) {
    throw untrusted(what, "only witnesses have signed it, no known key of the chain");
  }
  const head = parseCheckpoint(text, what);
  const speakers = speakersFor(head.origin, known.filter(isLogKey));
  const signers = logs.filter((each) => speakers.some(({ vkey }) => vkey === each.vkey));
  if (signers.length === 0) {
    throw untrusted(
      what,
      `it is of ${head.origin}, which is ${namesOf(speakers)}'s, and ${namesOf(logs)} signed it (a key that took another's place comes with its replacement note)`,
    );
  }
  if (policy !== null && !policy.isMet(witnesses)) {
    throw untrusted(
      what,
      `the policy's quorum is not met: ${policy.describe(witnesses)}`,
      "take one that these witnesses have cosigned: custody chain checkpoint --witness URL asks them",
    );
  }
  return {
    note,
    head,
    textSha256: toHex(sha256(Buffer.from(text, "utf8"))),
    signedBy: signers.map((each) => each.name),
    cosignedBy: witnesses.map((each) => each.name),
  };
}

/** Reads the identity note of a checkpoint; null where there is none. One that does not belong to it is an error. */
export async function readIdentity(
  path: string,
  cwd: string,
  trust: Trust,
  { textSha256, head }: Pick<KnownCheckpoint, "textSha256" | "head">,
): Promise<ClusterIdentity | null> {
  const bytes = await readNote(resolve(cwd, path), path);
  if (bytes === null) return null;
  const { text } = openNote(decodeNote(bytes, path), logKeysFor(head.origin, trust), path);
  const identity = parseIdentity(text, path);
  if (identity.checkpointSha256 !== textSha256) throw untrusted(path, "it belongs to another checkpoint");
  return identity;
}

/** The keys that are believed what is said of an origin beside its checkpoints. */
export function logKeysFor(origin: string, { keys, policy }: Trust): readonly VerifierKey[] {
  return speakersFor(origin, [...keys, ...(policy?.logs ?? [])].filter(isLogKey));
}

function namesOf(keys: readonly VerifierKey[]): string {
  return keys.map(({ name, keyId }) => `${name}+${keyId}`).join(", ");
}

async function readNote(absolute: string, shown: string): Promise<Uint8Array | null> {
  try {
    return await readBytes(absolute, shown);
  } catch (error) {
    const cause = error instanceof OpsError ? error.cause : error;
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw error;
  }
}

/** @throws OpsError unreadable-checkpoint */
export async function readBytes(absolute: string, shown: string): Promise<Uint8Array> {
  try {
    return await readSmallFile(absolute);
  } catch (error) {
    throw new OpsError(
      "unreadable-checkpoint",
      `${shown} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      "name a file that you may read",
      { cause: error },
    );
  }
}

function untrusted(
  what: string,
  why: string,
  hint = "see whose key signed it, and whether --public-key and --policy name that key",
): OpsError {
  return new OpsError("untrusted-checkpoint", `${what} is not trusted: ${why}`, hint);
}
