import { z } from "zod";
import { decodeBase64 } from "./note/base64.ts";
import { signatureTypes } from "./note/key-id.ts";
import type { SigningKey } from "./note/signing-key.ts";
import type { VerifierKey } from "./note/vkey.ts";

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

/** An envelope whose signatures were looked at. */
export interface OpenedEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  /** Known keys whose signatures hold, each once. */
  readonly signedBy: readonly VerifierKey[];
  /** How many signatures it has, of whomever. */
  readonly signatures: number;
}

/**
 * Reads an envelope as custody writes it (JSON in one spelling, and a newline) and verifies its signatures. A signature is
 * a known key's when its keyid is the key's vkey; others are passed over. Null for what is no such envelope.
 */
export function openEnvelope(text: string, keys: readonly VerifierKey[]): OpenedEnvelope | null {
  const envelope = schema.safeParse(parseJson(text)).data;
  const payload = envelope === undefined ? null : decodeBase64(envelope.payload);
  if (envelope === undefined || payload === null || `${JSON.stringify(envelope)}\n` !== text) return null;
  const { payloadType, signatures } = envelope;
  const message = preAuthenticationEncoding(payloadType, payload);
  const isSigned = (key: VerifierKey): boolean =>
    key.type === signatureTypes.ed25519 &&
    signatures.some(({ keyid, sig }) => {
      const signature = keyid === key.vkey ? decodeBase64(sig) : null;
      return signature !== null && key.verify(message, signature);
    });
  return { payloadType, payload, signedBy: keys.filter(isSigned), signatures: signatures.length };
}

const schema = z.strictObject({
  payloadType: z.string(),
  payload: z.string(),
  signatures: z.array(z.strictObject({ keyid: z.string(), sig: z.string() })).max(100),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
