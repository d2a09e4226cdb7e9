import { expect, test } from "bun:test";
import { openDecrypter, requireRecipients } from "../../../src/backup/tombstone/age-keys.ts";
import { ageKey } from "../../support/tombstones.ts";

const first = await ageKey();
const second = await ageKey();

async function encryptedTo(recipient: string): Promise<Uint8Array> {
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return await encrypter.encrypt("whole");
}

test("a file as age-keygen writes it, with two keys, opens what is for either", async () => {
  const file = `# created: 2026-11-22T15:00:00Z\n# public key: ${first.recipient}\n${first.identity}\n\n${second.identity}\r\n`;
  const decrypter = await openDecrypter([file]);
  for (const { recipient } of [first, second])
    expect(await decrypter.decrypt(await encryptedTo(recipient), "text")).toBe("whole");
});

test.each([
  ["a public key", first.recipient],
  ["comments alone", "# public key: nobody\n"],
  ["nothing", ""],
  ["a key that is cut", `${first.identity.slice(0, -3)}\n`],
])("%s is no identity, and is not repeated", async (_, text) => {
  const error: unknown = await openDecrypter([text]).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "bad-input", message: "what was given is no age identity" });
});

test("a recipient that is none is named", async () => {
  expect(requireRecipients(["age1nobody"])).rejects.toMatchObject({ code: "bad-config" });
});
