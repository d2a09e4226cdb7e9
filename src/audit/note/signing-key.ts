import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import { OpsError } from "../../errors.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { identifyKey, signatureTypes } from "./key-id.ts";
import { refuseKeyName } from "./key-name.ts";
import { parseVerifierKey } from "./vkey.ts";

/** An Ed25519 signing key with the name and the key id of the C2SP signed-note specification. */
export interface SigningKey {
  readonly name: string;
  /** What its file says that it is for. A witness's key cosigns others' checkpoints, and never signs one as a log's. */
  readonly purpose: KeyPurpose;
  /** First 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key), in hex. */
  readonly keyId: string;
  /** `name+keyid+base64(0x01 ‖ public key)`: what a verifier is given. */
  readonly vkey: string;
  sign(message: Uint8Array): Uint8Array;
}

export type KeyPurpose = "log" | "witness";

const seedBytes = 32;
/** The DER wrapping of a raw Ed25519 seed, RFC 8410 section 7. */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * Reads a signing key: a signed-note key (`PRIVATE+KEY+name+keyid+base64(0x01 ‖ seed)`, a witness's 0x04 and its cosignatures' key id), or an Ed25519 key in PEM (PKCS #8), as
 * `openssl genpkey -algorithm ed25519` writes it, whose name is then `fallbackName`.
 *
 * @param text the content of the key file; never shown in an error
 * @throws OpsError bad-input
 */
export function parseSigningKey(text: string, path: string, fallbackName: string): SigningKey {
  const trimmed = text.trim();
  if (trimmed.startsWith("PRIVATE+KEY+")) return fromNoteKey(trimmed, path);
  if (trimmed.startsWith("-----BEGIN PRIVATE KEY-----")) return fromPem(trimmed, path, fallbackName);
  if (trimmed.startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
    throw unreadable(path, "it is encrypted, and nobody is asked for a passphrase");
  throw unreadable(path, "it is neither a signed-note key (PRIVATE+KEY+…) nor a PEM private key");
}

/**
 * The signing key of a name and a seed of 32 random bytes.
 *
 * @throws OpsError bad-usage for a name that no key can have
 */
export function createSigningKey(name: string, seed: Uint8Array, purpose: KeyPurpose = "log"): SigningKey {
  const wrong = refuseKeyName(name);
  if (wrong !== null) {
    throw new OpsError(
      "bad-usage",
      `no key can be named ${JSON.stringify(name)}: ${wrong}`,
      "name it like a URL without its scheme: --name example.com/audit",
    );
  }
  return fromSeed(name, seed, purpose);
}

/** What a key file holds: `PRIVATE+KEY+name+keyid+base64(type ‖ seed)`, without a newline. A secret. */
export function formatSigningKey(name: string, seed: Uint8Array, purpose: KeyPurpose = "log"): string {
  const type = keyTypes[purpose];
  const { keyId } = identifyKey(name, type, publicKeyOf(createSigningKey(name, seed)));
  return `PRIVATE+KEY+${name}+${keyId}+${encodeBase64(Buffer.concat([Buffer.of(type), seed]))}`;
}

const keyTypes = { log: signatureTypes.ed25519, witness: signatureTypes.cosignature } as const;

function publicKeyOf({ vkey }: SigningKey): Uint8Array {
  return parseVerifierKey(vkey).publicKey;
}

function fromNoteKey(text: string, path: string): SigningKey {
  const [, , name, keyId, ...rest] = text.split("+");
  const raw = decodeBase64(rest.join("+"));
  if (
    name === undefined ||
    refuseKeyName(name) !== null ||
    raw?.length !== 1 + seedBytes ||
    (raw[0] !== keyTypes.log && raw[0] !== keyTypes.witness)
  ) {
    throw unreadable(path, "it is not an Ed25519 signed-note key");
  }
  const purpose = raw[0] === keyTypes.log ? "log" : "witness";
  const key = fromSeed(name, raw.subarray(1), purpose);
  if (identifyKey(name, keyTypes[purpose], publicKeyOf(key)).keyId !== keyId)
    throw unreadable(path, "its key id does not belong to its name and key");
  return key;
}

function fromPem(text: string, path: string, name: string): SigningKey {
  let seed: Buffer;
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType !== "ed25519") throw new TypeError(`${key.asymmetricKeyType ?? "unknown"} key`);
    seed = key.export({ format: "der", type: "pkcs8" }).subarray(-seedBytes);
  } catch (cause) {
    throw unreadable(path, "it is not an Ed25519 key", cause);
  }
  return fromSeed(name, seed, "log");
}

function fromSeed(name: string, seed: Uint8Array, purpose: KeyPurpose): SigningKey {
  const privateKey = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, seed]),
    format: "der",
    type: "pkcs8",
  });
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-seedBytes);
  return {
    name,
    purpose,
    ...identifyKey(name, signatureTypes.ed25519, publicKey),
    sign: (message) => sign(null, message, privateKey),
  };
}

function unreadable(path: string, why: string, cause?: unknown): OpsError {
  return new OpsError(
    "bad-input",
    `${path} is no key to sign with: ${why}`,
    "make one with: custody chain keygen --name NAME --out FILE",
    { cause },
  );
}
