import type { ServerIdentity } from "../../audit/cluster-identity.ts";
import type { ChainVerification } from "../../audit/verify-chain.ts";
import type { GivenCheckpoint } from "../given-checkpoint.ts";
import type { ChainFacts } from "../open-chain.ts";
import type { ProveInput } from "./input.ts";

export interface ProvePorts {
  /** Throws `unreadable-checkpoint`, `untrusted-checkpoint`, and what reading keys throws. */
  readCheckpoint(input: ProveInput): Promise<GivenCheckpoint>;
  /** Opens the chain in one READ ONLY snapshot. Throws `no-chain`, and what connecting throws. */
  openChain(input: ProveInput): Promise<ProvableChain>;
  /** Throws `file-unwritable`. */
  write(path: string, text: string): Promise<void>;
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
