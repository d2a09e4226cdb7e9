import { parseCheckpoint } from "../../audit/note/checkpoint.ts";
import type { Checkpoint, TreeHead } from "../../audit/note/checkpoint.ts";
import { isSpeaker } from "../../audit/note/key-name.ts";
import { openNote, parseNote, signatureLine } from "../../audit/note/signed-note.ts";
import type { VerifierKey } from "../../audit/note/vkey.ts";
import { emptyRoot } from "../../audit/merkle/nodes.ts";
import { verifyConsistency } from "../../audit/merkle/verify-consistency.ts";
import { parseSubmission } from "../../audit/witness/submission.ts";
import type { Submission } from "../../audit/witness/submission.ts";
import { OpsError } from "../../errors.ts";

/** Why a checkpoint is not cosigned; `status` is the HTTP status that the specification gives. */
export interface Refusal {
  readonly status: 400 | 403 | 404 | 409 | 422;
  readonly outcome: "malformed" | "unknown-origin" | "untrusted" | "stale" | "conflict" | "inconsistent";
  readonly reason: string;
}

/** A submission that a trusted key has signed. */
export interface Admitted {
  readonly submission: Submission;
  readonly checkpoint: Checkpoint;
  /** The checkpoint's text, and the signatures of trusted keys alone. */
  readonly note: string;
}

/** What a witness remembers of an origin: the last checkpoint that it cosigned. */
export type Recorded = Pick<TreeHead, "size" | "root">;

/** Reads a request's body and tells whether a key that is trusted for its origin has signed it. It needs no state. */
export function admitSubmission(
  body: Uint8Array,
  logs: readonly VerifierKey[],
): { readonly admitted: Admitted } | { readonly refusal: Refusal; readonly origin: string | null } {
  let origin: string | null = null;
  try {
    const submission = parseSubmission(body);
    const checkpoint = parseCheckpoint(parseNote(submission.note).text);
    origin = checkpoint.origin;
    const trusted = logs.filter((key) => isSpeaker(key, checkpoint.origin));
    if (trusted.length === 0)
      return { origin, refusal: refuse(404, "unknown-origin", "no key is trusted here for this origin") };
    const opened = openNote(submission.note, trusted);
    const lines = opened.signatures.map((each) => signatureLine(each.name, each.keyId, each.signature));
    return { admitted: { submission, checkpoint, note: `${opened.text}\n${lines.join("")}` } };
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    return error.code === "untrusted-checkpoint"
      ? { origin, refusal: refuse(403, "untrusted", error.message) }
      : { origin, refusal: refuse(400, "malformed", error.message) };
  }
}

/**
 * Whether an admitted checkpoint extends what was cosigned last; null when it does, and may be cosigned.
 *
 * @param recorded null: nothing of this origin was ever cosigned
 */
export function judgeExtension(
  { submission, checkpoint }: Admitted,
  recorded: Recorded | null,
): Refusal | null {
  const { oldSize, proof } = submission;
  const { size, root } = checkpoint;
  if (oldSize > size)
    return refuse(400, "malformed", `the old size ${oldSize} is greater than the checkpoint's, ${size}`);
  const known = recorded?.size ?? 0;
  if (oldSize !== known)
    return refuse(409, "stale", `the size that was cosigned last is ${known}, not ${oldSize}`);
  if (recorded !== null && size === known && !Buffer.from(root).equals(recorded.root))
    return refuse(409, "conflict", `another root of size ${size} was cosigned before`);
  const oldRoot = recorded?.root ?? emptyRoot();
  if (!verifyConsistency(oldSize, oldRoot, size, root, proof))
    return refuse(422, "inconsistent", `the proof does not lead from size ${oldSize} to size ${size}`);
  return null;
}

function refuse(status: Refusal["status"], outcome: Refusal["outcome"], reason: string): Refusal {
  return { status, outcome, reason };
}
