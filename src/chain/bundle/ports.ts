import type { ServerIdentity } from "../../audit/cluster-identity.ts";
import type { ChainProfile } from "../../audit/profile.ts";
import type { ProofCollector } from "../../audit/proof/proof-collector.ts";
import type { ChainVerification } from "../../audit/verify-chain.ts";
import type { NewFolder } from "../../run/new-folder.ts";
import type { GivenFiles } from "../given-files.ts";
import type { ChainFacts } from "../../audit/open-snapshot.ts";
import type { BundleInput } from "./input.ts";

export interface BundlePorts {
  /** Throws `unreadable-checkpoint`, `untrusted-checkpoint`, and what reading keys throws. */
  readGiven(input: BundleInput): Promise<GivenFiles>;
  /** A folder that appears whole or not at all. Throws `file-unwritable`. */
  openFolder(path: string): NewFolder;
  /** Opens the chain in one READ ONLY snapshot. Throws `no-chain`, and what connecting throws. */
  openChain(input: BundleInput): Promise<BundleChain>;
}

export interface BundleChain extends AsyncDisposable {
  readonly facts: ChainFacts;
  readonly profile: ChainProfile;
  /** Null where the role may not ask. */
  readonly identity: ServerIdentity | null;
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
