import { OpsError } from "../../errors.ts";
import { decodeBase64, encodeBase64 } from "../note/base64.ts";
import { parseTreeSize } from "../note/checkpoint.ts";
import { decodeNote, mostNoteBytes } from "../note/signed-note.ts";

/** What is posted to a witness's `add-checkpoint`: a checkpoint, and the proof that it extends the one of `oldSize`. */
export interface Submission {
  readonly oldSize: number;
  /** RFC 6962 section 2.1.2, hashes of 32 bytes, at most 63. */
  readonly proof: readonly Uint8Array[];
  /** The checkpoint with its signatures; not looked at yet. */
  readonly note: string;
}

const mostProofLines = 63;
const hashBytes = 32;
export const mostSubmissionBytes = mostNoteBytes;

/** The body of a request: `old SIZE`, a line of base64 for each hash, an empty line, the checkpoint. https://c2sp.org/tlog-witness */
export function formatSubmission({ oldSize, proof, note }: Submission): string {
  return `old ${oldSize}\n${proof.map((hash) => `${encodeBase64(hash)}\n`).join("")}\n${note}`;
}

/**
 * Reads the body of a request.
 *
 * @throws OpsError unreadable-checkpoint
 */
export function parseSubmission(body: Uint8Array): Submission {
  const text = decodeNote(body, "the request");
  const blank = text.indexOf("\n\n");
  if (blank === -1) throw refused("no empty line stands between the proof and the checkpoint");
  const [oldLine = "", ...proofLines] = text.slice(0, blank).split("\n");
  const oldSize = oldLine.startsWith("old ") ? parseTreeSize(oldLine.slice("old ".length)) : null;
  if (oldSize === null)
    throw refused(`its first line is not old SIZE: ${JSON.stringify(oldLine.slice(0, 80))}`);
  if (proofLines.length > mostProofLines) throw refused(`it has more than ${mostProofLines} lines of proof`);
  const proof = proofLines.map((line) => {
    const hash = decodeBase64(line);
    if (hash?.length !== hashBytes)
      throw refused(`this line of proof is no base64 of 32 bytes: ${JSON.stringify(line.slice(0, 80))}`);
    return hash;
  });
  return { oldSize, proof, note: text.slice(blank + 2) };
}

function refused(why: string): OpsError {
  return new OpsError(
    "unreadable-checkpoint",
    `the request adds no checkpoint: ${why}`,
    "https://c2sp.org/tlog-witness says what add-checkpoint is sent",
  );
}
