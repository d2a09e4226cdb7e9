import { OpsError } from "../../errors.ts";
import type { Trust } from "../checkpoints/read-checkpoint.ts";
import { addSignatureLines, openNote, parseNote } from "../note/signed-note.ts";

const cosignatureType = 0x04;

/**
 * Adds to a checkpoint those of a witness's signature lines that a known key made; others are ignored, as
 * https://c2sp.org/tlog-witness asks.
 *
 * @throws OpsError untrusted-checkpoint when there is none, or one of a known key that does not fit
 */
export function takeCosignatures(
  note: string,
  lines: readonly string[],
  url: string,
  { keys, policy }: Trust,
): string {
  const witnesses = [...keys, ...(policy?.witnesses ?? []).map((each) => each.key)].filter(
    (each) => each.type === cosignatureType,
  );
  const { text } = parseNote(note);
  // Each by itself: what others have said of this checkpoint says nothing of this line.
  const taken = lines.filter((line) => isFrom(`${text}\n${line.replace(/\n?$/, "\n")}`, witnesses));
  if (taken.length > 0) return addSignatureLines(note, taken);
  throw new OpsError(
    "untrusted-checkpoint",
    `the witness ${URL.parse(url)?.host ?? ""} cosigned with no key that is known`,
    "give its vkey with --public-key, or a --policy that names it",
  );
}

/** Whether one of the witnesses has cosigned. */
function isFrom(note: string, witnesses: Parameters<typeof openNote>[1]): boolean {
  try {
    openNote(note, witnesses);
    return true;
  } catch (error) {
    if (error instanceof OpsError && error.code === "untrusted-checkpoint") return false;
    throw error;
  }
}
