import type { ServerIdentity } from "../../audit/cluster-identity.ts";
import type { ChainVerification } from "../../audit/verify-chain.ts";
import type { AtomicFile } from "../../run/atomic-file.ts";
import type { GivenCheckpoint } from "../given-checkpoint.ts";
import type { ChainFacts } from "../../audit/open-snapshot.ts";
import type { ProveInput } from "./input.ts";

export interface ProvePorts {
  /** Throws `unreadable-checkpoint`, `untrusted-checkpoint`, and what reading keys throws. */
  readCheckpoint(input: ProveInput): Promise<GivenCheckpoint>;
  /** Opens the chain in one READ ONLY snapshot. Throws `no-chain`, and what connecting throws. */
  openChain(input: ProveInput): Promise<ProvableChain>;
  /** A file that appears whole or not at all, readable by its owner alone. Throws `file-unwritable`, `bad-input` for what is no proof. */
  openProof(path: string): AtomicFile;
}

export interface ProvableChain extends AsyncDisposable {
  readonly facts: ChainFacts;
  /** Null where the role may not ask. */
  readonly identity: ServerIdentity | null;
  /** Verifies every row of the snapshot, and gathers what a proof of the event needs. Throws `bad-input` for an id that is not there. */
  prove(
    id: string,
    checkpoint: GivenCheckpoint,
    onProgress: (rows: number, total?: number) => void,
  ): Promise<ProvedChain>;
}

export interface ProvedChain {
  readonly verification: ChainVerification;
  /** The event's leaf; null when the links lead to none. */
  readonly index: number | null;
  /** The text of the proof, its checkpoint in it; null when the checkpoint's tree does not hold the event. */
  readonly proof: string | null;
}
