import { createPublicKey, verify } from "node:crypto";
import { OpsError } from "../../errors.ts";
import { decodeBase64 } from "./base64.ts";
import { cosignedMessage } from "./cosigned-message.ts";
import { identifyKey, signatureTypes } from "./key-id.ts";
import type { SignatureType } from "./key-id.ts";
import { refuseKeyName } from "./key-name.ts";

/** A public key that notes are verified with, as the C2SP signed-note specification identifies it: by name and key id together. */
export interface VerifierKey {
  readonly name: string;
  /** 8 lower-case hex digits. */
  readonly keyId: string;
  readonly type: SignatureType;
  /** `name+keyid+base64(type ‖ public key)`. */
  readonly vkey: string;
  /** 32 bytes, Ed25519: what two keys are the same by, whatever they are called. */
  readonly publicKey: Uint8Array;
  /** Names of the keys whose place it took by replacement notes: it speaks for what they spoke for. */
  readonly predecessors: readonly string[];
  /**
   * Whether the signature (what follows the key id) is this key's over the note's text. Type 0x01: the 64 bytes of RFC 8032;
   * type 0x04: 8 bytes of time, big-endian seconds, and the 64 bytes. False for any other length; never throws.
   */
  verify(text: Uint8Array, signature: Uint8Array): boolean;
}

const publicKeyBytes = 32;
const signatureBytes = 64;
/** The DER wrapping of a raw Ed25519 public key, RFC 8410 section 4. */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Reads a verifier key, `name+keyid+base64(type ‖ public key)`, of type 0x01 (Ed25519) or 0x04 (Ed25519 cosignatures).
 *
 * @throws OpsError bad-input
 */
export function parseVerifierKey(vkey: string): VerifierKey {
  const [name, keyId, ...rest] = vkey.split("+");
  if (name === undefined || keyId === undefined || rest.length === 0) {
    throw refused(vkey, "it is not NAME+KEYID+BASE64");
  }
  const wrongName = refuseKeyName(name);
  if (wrongName !== null) throw refused(vkey, `its name cannot be one: ${wrongName}`);
  if (!/^[0-9a-f]{8}$/.test(keyId)) throw refused(vkey, "its key id is not 8 lower-case hex digits");
  const typed = decodeBase64(rest.join("+"));
  const type = typed?.[0];
  if (typed === null || type === undefined) throw refused(vkey, "its last part is not base64");
  if (type !== signatureTypes.ed25519 && type !== signatureTypes.cosignature) {
    throw refused(
      vkey,
      `its type is 0x${type.toString(16).padStart(2, "0")}; Ed25519 (0x01) and its cosignatures (0x04) are known`,
    );
  }
  if (typed.length !== 1 + publicKeyBytes)
    throw refused(vkey, `its key has ${typed.length - 1} bytes, not 32`);
  const key = verifierKey(name, type, typed.subarray(1));
  if (key.keyId !== keyId)
    throw refused(vkey, `its key id does not belong to its name and key: they give ${key.keyId}`);
  return key;
}

/** The verifier key of a raw Ed25519 public key, 32 bytes. */
export function verifierKey(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: "der", type: "spki" });
  const isSigned = (message: Uint8Array, signature: Uint8Array): boolean =>
    signature.length === signatureBytes && verify(null, message, key, signature);
  return {
    name,
    type,
    ...identifyKey(name, type, publicKey),
    publicKey,
    predecessors: [],
    verify: (text, signature) => {
      if (type === signatureTypes.ed25519) return isSigned(text, signature);
      const cosigned = cosignedMessage(text, signature);
      return cosigned !== null && isSigned(cosigned.message, cosigned.signature);
    },
  };
}

/** A key as errors show it: its name and id. A private key that was given by mistake is not shown. */
export function showKey(text: string): string {
  const [name = "", keyId, ...rest] = text.split("+");
  const shown = keyId === undefined ? name : `${name}+${keyId}${rest.length === 0 ? "" : "+…"}`;
  return JSON.stringify(shown.slice(0, 100));
}

function refused(vkey: string, why: string): OpsError {
  return new OpsError(
    "bad-input",
    `${showKey(vkey)} is no public key: ${why}`,
    "give a vkey as custody chain keygen writes it to FILE.pub: NAME+KEYID+BASE64",
  );
}
