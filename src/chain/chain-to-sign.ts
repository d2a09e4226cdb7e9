import type { HeldChain } from "../audit/checkpoints/hold-chain-to-sign.ts";
import type { Rebaseline } from "../audit/checkpoints/operator-notes.ts";
import type { SignedCheckpoint } from "../audit/checkpoints/sign-checkpoint.ts";
import type { ChainFacts } from "../audit/open-snapshot.ts";
import type { QuorumJudgement } from "../audit/witness/judge-quorum.ts";

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

/** A chain that is held, and what its operator may do with it. */
export interface ChainToSign extends Omit<HeldChain, "snapshot"> {
  readonly facts: ChainFacts;
  /** Writes a checkpoint to a file that the user named, and its identity note beside it. */
  write(path: string, signed: SignedCheckpoint): void;
  /** How far the quorum of `--policy` is met; null without one. */
  quorum(signed: SignedCheckpoint): QuorumJudgement | null;
  /** Signs that the cluster was changed on purpose, and keeps that. */
  rebaseline(rebaseline: Omit<Rebaseline, "at" | "who">): Promise<void>;
}
