import type { Anchors } from "../../audit/checkpoints/judge-anchors.ts";
import type { KnownCheckpoint } from "../../audit/checkpoints/known-checkpoint.ts";
import type { ServerIdentity } from "../../audit/cluster-identity.ts";
import type { ClusterIdentity } from "../../audit/note/identity.ts";
import type { ChainVerification } from "../../audit/verify-chain.ts";
import type { AcceptedRestore } from "./events.ts";
import type { ChainFacts } from "../../audit/open-snapshot.ts";
import type { VerifyInput } from "./input.ts";

export interface VerifyPorts {
  /** Reads the checkpoints and verifies their signatures. Throws `unreadable-checkpoint`, `untrusted-checkpoint`. */
  readAnchors(input: VerifyInput): Promise<Anchors>;
  /** Opens the chain in one READ ONLY snapshot. Throws `no-chain`, and what connecting throws. */
  openChain(input: VerifyInput): Promise<OpenChain>;
  now(): Date;
  /** Signs that the chain was meant to be older than `before`, and writes the checkpoint from which it goes on. */
  acceptRestore(input: VerifyInput, restore: Restore): Promise<AcceptedRestore>;
}

export interface Restore {
  /** The newest checkpoint that is past the chain's end. */
  readonly before: KnownCheckpoint;
  /** What the chain is now: leaves and root, hex. */
  readonly treeSize: number;
  readonly rootHash: string;
  readonly cluster: ClusterIdentity;
}

export interface OpenChain extends AsyncDisposable {
  readonly facts: ChainFacts;
  /** Null where the role may not ask. */
  readonly identity: ServerIdentity | null;
  verify(
    waypoints: readonly number[],
    onProgress: (rows: number, total?: number) => void,
  ): Promise<ChainVerification>;
}
