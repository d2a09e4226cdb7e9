import type { Trust } from "../../audit/checkpoints/read-checkpoint.ts";
import type { ClusterIdentity } from "../../audit/note/identity.ts";
import type { SigningKey } from "../../audit/note/signing-key.ts";
import type { ChainProfile } from "../../audit/profile.ts";
import type { ProofCollector } from "../../audit/proof/proof-collector.ts";
import type { ChainVerification } from "../../audit/verify-chain.ts";
import type { NewFolder } from "../../run/new-folder.ts";
import type { GivenCheckpoint } from "../given-checkpoint.ts";
import type { ChainFacts } from "../open-chain.ts";
import type { BundleInput } from "./input.ts";

export interface BundlePorts {
  /** Throws `unreadable-checkpoint`, `untrusted-checkpoint`, and what reading keys throws. */
  readGiven(input: BundleInput): Promise<GivenFiles>;
  /** A folder that appears whole or not at all. Throws `file-unwritable`. */
  openFolder(path: string): NewFolder;
  /** Opens the chain in one READ ONLY snapshot. Throws `no-chain`, and what connecting throws. */
  openChain(input: BundleInput): Promise<BundleChain>;
}

/** What the user gave beside the database. */
export interface GivenFiles {
  /** In the order of their sizes. */
  readonly checkpoints: readonly BundledCheckpoint[];
  readonly trust: Trust;
  /** Of `--policy`; null without. */
  readonly policyText: string | null;
  readonly key: SigningKey | null;
}

export interface BundledCheckpoint extends GivenCheckpoint {
  /** The note beside it, word for word; null where there is none. */
  readonly identityNote: string | null;
}

export interface BundleChain extends AsyncDisposable {
  readonly facts: ChainFacts;
  readonly profile: ChainProfile;
  /** Null where the role may not ask. */
  readonly identity: ClusterIdentity | null;
  /** Verifies every row of the snapshot, shows each as a line as it was read, and gathers what proofs need. Throws `bad-input` for an event that is not there. */
  gather(
    events: readonly string[],
    sizes: readonly number[],
    onLine: (line: string) => void,
    onProgress: (rows: number, total?: number) => void,
  ): Promise<GatheredChain>;
}

export interface GatheredChain {
  readonly verification: ChainVerification;
  readonly proofs: Pick<ProofCollector, "indexOf" | "proofAt">;
}
