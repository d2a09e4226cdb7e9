import type { Decrypter } from "age-encryption";
import { OpsError } from "../../errors.ts";

/**
 * The recipients as the library takes them (`age1…`, `age1pq1…`, `age1tag1…`); loaded at first need.
 *
 * @throws OpsError bad-config
 */
export async function requireRecipients(recipients: readonly string[]): Promise<void> {
  const { Encrypter } = await import("age-encryption");
  if (recipients.length === 0) {
    throw new OpsError(
      "bad-config",
      "there is no recipient to encrypt to",
      "name one: age-keygen makes a key",
    );
  }
  for (const recipient of recipients) {
    try {
      new Encrypter().addRecipient(recipient);
    } catch (cause) {
      throw new OpsError(
        "bad-config",
        `${recipient} is no age recipient`,
        "give the public key that age-keygen printed: age1…",
        { cause },
      );
    }
  }
}

/**
 * What decrypts with these identities: each a key, or all of a file as `age-keygen` writes it (comments, a key a line).
 *
 * @throws OpsError bad-input, without the text: it is a secret
 */
export async function openDecrypter(identities: readonly string[]): Promise<Decrypter> {
  const age = await import("age-encryption");
  const decrypter = new age.Decrypter();
  for (const text of identities) {
    const keys = text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"));
    if (keys.length === 0) throw noIdentity();
    for (const key of keys) {
      try {
        decrypter.addIdentity(key);
      } catch {
        throw noIdentity();
      }
    }
  }
  return decrypter;
}

function noIdentity(): OpsError {
  return new OpsError(
    "bad-input",
    "what was given is no age identity",
    "give AGE-SECRET-KEY-1…, a line each, or the file that age-keygen wrote",
  );
}
