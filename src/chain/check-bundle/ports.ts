import type { Trust } from "../../audit/checkpoints/read-checkpoint.ts";
import type { ChainProfile } from "../../audit/profile.ts";
import type { CheckBundleInput } from "./input.ts";

export interface CheckBundlePorts {
  /** Throws `bad-input`, `bad-config`, `file-unreadable`. */
  readTrust(input: CheckBundleInput): Promise<Trust>;
  /** Throws `bad-config`, `file-unreadable`. */
  readProfiles(input: CheckBundleInput): Promise<readonly ChainProfile[]>;
  /** Throws `unreadable-bundle` when there is no such folder. */
  openFolder(path: string): Promise<BundleFolder>;
}

/** A folder that may hold anything. Nothing outside of it is ever read: links are not followed. */
export interface BundleFolder {
  /** Everything in it, and in its folders `checkpoints` and `proofs`, by name. */
  readonly entries: ReadonlyMap<string, "file" | "folder" | "other">;
  /** The bytes of a plain file among the entries, in chunks that are valid until the next one. Throws `unreadable-bundle`. */
  chunks(name: string): AsyncIterable<Uint8Array>;
}
