import { expect, test } from "bun:test";
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { createEnvelope, preAuthenticationEncoding } from "../../../src/audit/dsse.ts";
import fc from "fast-check";
import { createSigningKey, formatSigningKey, parseSigningKey } from "../../../src/audit/note/signing-key.ts";
import { codeOf, keyNames } from "../../support/notes.ts";

/** The key of the Go implementation's own tests of signed notes (golang.org/x/mod/sumdb/note). */
const noteKey = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const noteVkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

test("a signed-note key gives the key id and the vkey of its pair", () => {
  const key = parseSigningKey(noteKey, "k", "unused");
  expect(key).toMatchObject({ name: "PeterNeumann", keyId: "c74f20a3", vkey: noteVkey });
});

test("a PEM key takes the name of its file, and its signatures verify", () => {
  const pair = generateKeyPairSync("ed25519");
  const key = parseSigningKey(pair.privateKey.export({ type: "pkcs8", format: "pem" }), "k.pem", "k");
  const envelope = createEnvelope(Buffer.from("{}"), "application/vnd.in-toto+json", [key]);
  const [signature] = envelope.signatures;
  const message = preAuthenticationEncoding(envelope.payloadType, Buffer.from(envelope.payload, "base64"));
  expect(key.name).toBe("k");
  expect(verify(null, message, pair.publicKey, Buffer.from(signature?.sig ?? "", "base64"))).toBe(true);
  expect(verify(null, Buffer.from("{}"), pair.publicKey, Buffer.from(signature?.sig ?? "", "base64"))).toBe(
    false,
  );
});

test("the bytes that are signed are those of the DSSE specification's example", () => {
  const encoded = preAuthenticationEncoding("http://example.com/HelloWorld", Buffer.from("hello world"));
  expect(Buffer.from(encoded).toString()).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
});

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
});

const encrypted = generateKeyPairSync("ed25519").privateKey.export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: "x",
});

test.each([
  ["an empty file", ""],
  ["a public key", noteVkey],
  ["a key id of another key", noteKey.replace("c74f20a3", "c74f20a4")],
  ["a cut key", noteKey.slice(0, -8)],
  ["a key without its padding", "PRIVATE+KEY+a+00000000+AQI"],
  ["a key with a space in its name", noteKey.replace("PeterNeumann", "Peter Neumann")],
  ["a key of another type", noteKey.replace("+AYEK", "+AoEK")],
  ["an RSA key", rsa],
  ["an encrypted key", encrypted],
  ["a witness's key with the key id of a log's", noteKey.replace("+AYEK", "+BIEK")],
  ["a PEM frame around nothing", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"],
])("%s is refused, and the error does not show it", (_name, text) => {
  const parse = (): unknown => parseSigningKey(text, "the.key", "k");
  expect(parse).toThrow(/^the\.key is no key to sign with/);
  try {
    parse();
  } catch (error) {
    const secret = text.split("+").at(-1) ?? "";
    if (secret.length > 8) expect(String(error)).not.toContain(secret);
  }
});

test("the vkey's key is the public half", () => {
  const key = parseSigningKey(noteKey, "k", "unused");
  const raw = Buffer.from(key.vkey.split("+").slice(2).join("+"), "base64").subarray(1);
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
  const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
  expect(verify(null, Buffer.from("note"), publicKey, Buffer.from(key.sign(Buffer.from("note"))))).toBe(true);
});

test("no part of a key is a key, nor is a key with one character changed (the test of golang.org/x/mod)", () => {
  for (let at = 0; at < noteKey.length; at += 1) {
    const changed =
      noteKey.slice(0, at) + String.fromCharCode(noteKey.charCodeAt(at) + 1) + noteKey.slice(at + 1);
    expect(codeOf(() => parseSigningKey(changed, "k", "k"))).toBe("bad-input");
    expect(codeOf(() => parseSigningKey(noteKey.slice(0, at), "k", "k"))).toBe("bad-input");
    if (at > 0) expect(codeOf(() => parseSigningKey(noteKey.slice(at), "k", "k"))).toBe("bad-input");
  }
});

test("a key that is made is read again from its file, under any name that a key can have", () => {
  fc.assert(
    fc.property(keyNames, fc.uint8Array({ minLength: 32, maxLength: 32 }), (name, seed) => {
      const key = createSigningKey(name, seed);
      const read = parseSigningKey(`${formatSigningKey(name, seed)}\n`, "k", "unused");
      expect([read.name, read.keyId, read.vkey, read.purpose]).toEqual([name, key.keyId, key.vkey, "log"]);
      const witness = parseSigningKey(formatSigningKey(name, seed, "witness"), "k", "unused");
      expect([witness.vkey, witness.purpose]).toEqual([key.vkey, "witness"]);
    }),
  );
  const seed = Buffer.from(noteKey.split("+").slice(4).join("+"), "base64").subarray(1);
  expect(formatSigningKey("PeterNeumann", seed)).toBe(noteKey);
});

test.each(["", "a b", "a+b", "a\n", "a\u00a0b"])("no key is named %j", (name) => {
  expect(codeOf(() => createSigningKey(name, new Uint8Array(32)))).toBe("bad-usage");
});
