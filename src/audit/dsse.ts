import type { SigningKey } from "./note/signing-key.ts";

/** A Dead Simple Signing Envelope, v1. `payload` and `sig` are base64. */
export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

export const inTotoPayloadType = "application/vnd.in-toto+json";

/** Wraps a payload, signed by every key given (none leaves `signatures` empty, which no verifier accepts). */
export function createEnvelope(
  payload: Uint8Array,
  payloadType: string,
  keys: readonly SigningKey[],
): DsseEnvelope {
  const message = preAuthenticationEncoding(payloadType, payload);
  return {
    payloadType,
    payload: Buffer.from(payload).toString("base64"),
    signatures: keys.map((key) => ({
      keyid: key.vkey,
      sig: Buffer.from(key.sign(message)).toString("base64"),
    })),
  };
}

/**
 * The bytes that are signed: `DSSEv1 LEN(type) type LEN(payload) payload`, lengths in decimal bytes.
 * https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md
 */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType, "utf8");
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
    payload,
  ]);
}
