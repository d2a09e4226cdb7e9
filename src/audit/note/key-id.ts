import { createHash } from "node:crypto";
import { encodeBase64 } from "./base64.ts";

/** The signature types of C2SP signed-note that custody makes and verifies: Ed25519 over the text, and timestamped cosignatures. */
export const signatureTypes = { ed25519: 0x01, cosignature: 0x04 } as const;
export type SignatureType = (typeof signatureTypes)[keyof typeof signatureTypes];

/**
 * Key id and vkey of a public key: the id is the first 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key) in hex, the vkey
 * `name+id+base64(type ‖ public key)`. https://c2sp.org/signed-note
 */
export function identifyKey(
  name: string,
  type: SignatureType,
  publicKey: Uint8Array,
): { readonly keyId: string; readonly vkey: string } {
  const typed = Buffer.concat([Buffer.of(type), publicKey]);
  const keyId = createHash("sha256").update(`${name}\n`).update(typed).digest("hex").slice(0, 8);
  return { keyId, vkey: `${name}+${keyId}+${encodeBase64(typed)}` };
}
