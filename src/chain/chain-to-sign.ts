import type { KnownCheckpoint } from "../audit/checkpoints/known-checkpoint.ts";
import type { Rebaseline, RestoreAcceptance } from "../audit/checkpoints/operator-notes.ts";
import type { SignedCheckpoint } from "../audit/checkpoints/sign-checkpoint.ts";
import { baseOriginOf } from "../audit/checkpoints/checkpoint-state.ts";
import { judgeAnchors } from "../audit/checkpoints/judge-anchors.ts";
import type { AnchoredVerification } from "../audit/checkpoints/judge-anchors.ts";
import type { TreeHead } from "../audit/note/checkpoint.ts";
import type { ServerIdentity } from "../audit/cluster-identity.ts";
import type { ChainVerification } from "../audit/verify-chain.ts";
import type { QuorumJudgement } from "../audit/witness/judge-quorum.ts";
import type { ChainFacts } from "./open-chain.ts";

/** Which chain, by which key, and where that key's last signature is kept. */
export interface ChainToSignInput {
  readonly dbUrl: string;
  /** Null: the one schema that holds a chain. */
  readonly schema: string | null;
  /** A built-in profile, or the path of a profile file; null: by the columns of the table. */
  readonly profile: string | null;
  /** The file of the key that signs. */
  readonly key: string;
  /** Of a chain that has no name of its own; null: `<key name>/<chain id>`. */
  readonly origin: string | null;
  /** Where the last signed checkpoint is kept; null: below custody's state folder. */
  readonly state: string | null;
  /** Keys of witnesses, and of those who signed before this key: vkeys, or files of them. */
  readonly publicKeys: readonly string[];
  /** A tlog-policy file whose logs and witnesses are known. */
  readonly policy: string | null;
  /** Submission prefixes of witnesses that are going to be asked. */
  readonly witnesses: readonly string[];
  /** A file that the new checkpoint takes the place of, if there is one; null: nothing is replaced. */
  readonly out: string | null;
}

/** A chain, the key that is to sign it, and what that key has signed of it before; nobody else may sign it meanwhile. */
export interface ChainToSign extends AsyncDisposable {
  readonly facts: ChainFacts;
  readonly identity: ServerIdentity | null;
  /** Of the key that signs: what whoever verifies is to be given. */
  readonly vkey: string;
  /** `<key name>/<chain id>`, and the number of restores that were accepted. */
  readonly origin: string;
  /** Null when it was never signed. */
  readonly last: KnownCheckpoint | null;
  /** What stands where the new one is to go, if that is another than the last. */
  readonly replaced: KnownCheckpoint | null;
  readonly acceptances: readonly RestoreAcceptance[];
  readonly rebaselines: readonly Rebaseline[];
  verify(onProgress: (rows: number, total?: number) => void): Promise<ChainVerification>;
  /** Signs, and has what was signed on disk before it returns. */
  sign(head: TreeHead): Promise<SignedCheckpoint>;
  /** Writes a checkpoint to a file that the user named, and its identity note beside it. */
  write(path: string, signed: SignedCheckpoint): void;
  /**
   * Asks a witness to cosign, and keeps what it says. Returns the checkpoint with its cosignature. Throws `witness-conflict`,
   * `witness-refused`, `witness-unreachable`, `untrusted-checkpoint` for a cosignature of an unknown key.
   */
  witness(url: string, signed: SignedCheckpoint): Promise<SignedCheckpoint>;
  /** How far the quorum of `--policy` is met; null without one. */
  quorum(signed: SignedCheckpoint): QuorumJudgement | null;
  /** Signs that the cluster was changed on purpose, and keeps that. */
  rebaseline(rebaseline: Omit<Rebaseline, "at" | "who">): Promise<void>;
}

/**
 * What was signed last is one more checkpoint to compare the chain with; so is what the new one would be written over: where the
 * state was lost, it is all that is left of what was promised.
 */
export function judgeAgainstLast(chain: ChainToSign, verification: ChainVerification): AnchoredVerification {
  const { last, replaced, acceptances, rebaselines } = chain;
  const states = new Map([[baseOriginOf(chain.origin), { acceptances, rebaselines }]]);
  const anchors = { checkpoints: [last, replaced].filter((each) => each !== null), states };
  return judgeAnchors(verification, anchors, chain.identity);
}
