import { sha256, toHex } from "../../run/sha256.ts";
import { formatCheckpoint } from "../note/checkpoint.ts";
import type { TreeHead } from "../note/checkpoint.ts";
import { formatIdentity } from "../note/identity.ts";
import type { ClusterIdentity } from "../note/identity.ts";
import { signNote } from "../note/signed-note.ts";
import type { SigningKey } from "../note/signing-key.ts";

/** A checkpoint as it was just signed, and the identity note that belongs beside it. */
export interface SignedCheckpoint {
  readonly note: string;
  /** SHA-256 of the checkpoint's text, hex. */
  readonly textSha256: string;
  /** Null where the cluster could not be asked. */
  readonly identityNote: string | null;
}

/** Signs what a chain is. That it extends what the key signed before is for the caller to have verified. */
export function signCheckpoint(
  head: TreeHead,
  cluster: ClusterIdentity | null,
  key: SigningKey,
): SignedCheckpoint {
  const text = formatCheckpoint(head);
  return {
    note: signNote(text, [key]),
    textSha256: toHex(sha256(Buffer.from(text, "utf8"))),
    identityNote: cluster === null ? null : signNote(formatIdentity(text, cluster), [key]),
  };
}
