import { OpsError } from "../../errors.ts";
import { signatureTypes } from "./key-id.ts";
import { openNote, signNote } from "./signed-note.ts";
import type { SigningKey } from "./signing-key.ts";
import { parseVerifierKey } from "./vkey.ts";
import type { VerifierKey } from "./vkey.ts";

export const replacementHeader = "custody key replacement v1";

/** A note, signed by both keys, which says that one takes the place of the other: its header, the old vkey, the new vkey. */
export function signReplacement(old: SigningKey, replacement: SigningKey): string {
  return signNote(`${replacementHeader}\n${old.vkey}\n${replacement.vkey}\n`, [old, replacement]);
}

/**
 * Reads a replacement note and verifies both its signatures. That the old key is trusted is for the caller to know.
 *
 * @throws OpsError unreadable-checkpoint, untrusted-checkpoint, bad-input
 */
export function openReplacement(
  note: string,
  what = "the replacement note",
): { readonly old: VerifierKey; readonly replacement: VerifierKey } {
  const [header, oldVkey, newVkey, ...rest] = note.split("\n");
  if (header !== replacementHeader || oldVkey === undefined || newVkey === undefined || rest[0] !== "") {
    throw new OpsError(
      "unreadable-checkpoint",
      `${what} replaces no key: its lines are not those of ${replacementHeader}`,
      "check that it is the FILE.replaces that custody chain keygen --replaces wrote",
    );
  }
  const old = parseVerifierKey(oldVkey);
  const replacement = parseVerifierKey(newVkey);
  // A witness that is believed its cosignatures appoints nobody to speak for a log.
  if (old.type !== signatureTypes.ed25519 || replacement.type !== signatureTypes.ed25519) {
    throw new OpsError(
      "untrusted-checkpoint",
      `${what} is not to be trusted: ${old.name}+${old.keyId} and ${replacement.name}+${replacement.keyId} are not both keys of logs (0x01)`,
      "a witness's key is replaced in the policy of those who trust it",
    );
  }
  const { text, signedBy } = openNote(note, [old, replacement], what);
  const isWhole = text === `${replacementHeader}\n${oldVkey}\n${newVkey}\n`;
  if (!isWhole || !signedBy.includes(old) || !signedBy.includes(replacement)) {
    throw new OpsError(
      "untrusted-checkpoint",
      `${what} is not to be trusted: it is not signed by both ${old.name}+${old.keyId} and ${replacement.name}+${replacement.keyId}`,
      "a key is replaced by a note that both keys sign: custody chain keygen --replaces FILE",
    );
  }
  return { old, replacement };
}
