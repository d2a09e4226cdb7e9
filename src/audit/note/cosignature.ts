import { parseCheckpoint } from "./checkpoint.ts";
import { messageAt } from "./cosigned-message.ts";
import { signatureTypes } from "./key-id.ts";
import { signatureLine } from "./signed-note.ts";
import type { SigningKey } from "./signing-key.ts";
import { parseVerifierKey, verifierKey } from "./vkey.ts";
import type { VerifierKey } from "./vkey.ts";

/**
 * Cosigns the text of a checkpoint: the signature line (with its newline) of a witness that says that this is the largest
 * consistent tree that it has seen of this origin at `timeSeconds`, POSIX. https://c2sp.org/tlog-cosignature, Ed25519, type 0x04.
 *
 * @throws OpsError unreadable-checkpoint for a text that is no checkpoint
 */
export function cosign(text: string, key: SigningKey, timeSeconds: number): string {
  parseCheckpoint(text);
  const time = BigInt(timeSeconds);
  const timestamped = Buffer.alloc(8);
  timestamped.writeBigUInt64BE(time);
  const signature = key.sign(messageAt(Buffer.from(text), time));
  return signatureLine(key.name, cosignerKey(key).keyId, Buffer.concat([timestamped, signature]));
}

/** The vkey, type 0x04, by which a key's cosignatures are verified. It is another than the one of its own notes. */
export function cosignerVkey(key: SigningKey): string {
  return cosignerKey(key).vkey;
}

function cosignerKey(key: SigningKey): VerifierKey {
  return verifierKey(key.name, signatureTypes.cosignature, parseVerifierKey(key.vkey).publicKey);
}
