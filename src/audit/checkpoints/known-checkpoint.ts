import type { Checkpoint } from "../note/checkpoint.ts";
import type { ClusterIdentity } from "../note/identity.ts";

/** A checkpoint whose signature was verified, as verification compares the chain with it. */
export interface KnownCheckpoint {
  /** Where it was read, as it was given. */
  readonly path: string;
  /** The signed note, whole. */
  readonly note: string;
  readonly head: Checkpoint;
  /** SHA-256 of the checkpoint's text, hex. */
  readonly textSha256: string;
  /** Names of the keys that signed it as a log's. */
  readonly signedBy: readonly string[];
  /** Names of the witnesses that cosigned it, as far as their keys are known. */
  readonly cosignedBy: readonly string[];
  /** Of the identity note beside it; null without one. */
  readonly identity: ClusterIdentity | null;
}
