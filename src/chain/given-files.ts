import { resolve } from "node:path";
import type { Trust } from "../audit/checkpoints/read-checkpoint.ts";
import { decodeNote, parseNote } from "../audit/note/signed-note.ts";
import type { SigningKey } from "../audit/note/signing-key.ts";
import { OpsError } from "../errors.ts";
import { readGivenCheckpoint } from "./given-checkpoint.ts";
import type { GivenCheckpoint } from "./given-checkpoint.ts";
import { readSigningKey } from "../audit/note/read-signing-key.ts";
import { readTrustAndPolicy } from "./read-trust.ts";
import { readSmallFile } from "../run/read-small-file.ts";

/** What the user gave beside the database, for rows that are written down. */
export interface GivenFiles {
  /** In the order of their sizes. */
  readonly checkpoints: readonly BundledCheckpoint[];
  readonly trust: Trust;
  /** Of `--policy`; null without. */
  readonly policyText: string | null;
  /** The key that signs the report; null: nobody signs it. */
  readonly key: SigningKey | null;
}

export interface BundledCheckpoint extends GivenCheckpoint {
  /** The note beside it, word for word; null where there is none. */
  readonly identityNote: string | null;
}

/** Throws `unreadable-checkpoint`, `untrusted-checkpoint`, and what reading keys throws. */
export async function readGivenFiles(
  given: {
    readonly checkpoints: readonly string[];
    readonly publicKeys: readonly string[];
    readonly policy: string | null;
    readonly key: string | null;
  },
  cwd: string,
): Promise<GivenFiles> {
  const { trust, policyText } = await readTrustAndPolicy(given, cwd);
  const checkpoints = await Promise.all(
    given.checkpoints.map(async (path) => ({
      ...(await readGivenCheckpoint(path, cwd, trust)),
      identityNote: await readIdentityNote(`${path}.identity`, cwd),
    })),
  );
  return {
    checkpoints: checkpoints.toSorted((one, other) => one.head.size - other.head.size),
    trust,
    policyText,
    key: given.key === null ? null : await readSigningKey(given.key, cwd),
  };
}

/** Null where there is none. Whoever is trusted has already vouched for it. */
async function readIdentityNote(path: string, cwd: string): Promise<string | null> {
  let bytes: Uint8Array;
  try {
    bytes = await readSmallFile(resolve(cwd, path));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw new OpsError(
      "unreadable-checkpoint",
      `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      "name a checkpoint beside whose file you may read too",
      { cause },
    );
  }
  const note = decodeNote(bytes, path);
  parseNote(note, path);
  return note;
}
