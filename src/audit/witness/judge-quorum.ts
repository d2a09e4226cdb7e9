import { openNote } from "../note/signed-note.ts";
import type { Policy } from "../note/tlog-policy.ts";
import type { VerifierKey } from "../note/vkey.ts";

/** How far a policy's quorum is met. */
export interface QuorumJudgement {
  readonly isMet: boolean;
  /** For people: `2 of 3 (w1 cosigned, w2 missing, w3 missing)`. */
  readonly detail: string;
}

/** Judges a checkpoint that `signer` has signed by those of the policy's witnesses that cosigned it. */
export function judgeQuorum(note: string, signer: VerifierKey, policy: Policy): QuorumJudgement {
  const { signedBy } = openNote(note, [signer, ...policy.witnesses.map(({ key }) => key)]);
  return { isMet: policy.isMet(signedBy), detail: policy.describe(signedBy) };
}
