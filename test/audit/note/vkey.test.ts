import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { signatureTypes } from "../../../src/audit/note/key-id.ts";
import { refuseKeyName, speaksFor } from "../../../src/audit/note/key-name.ts";
import { parseVerifierKey, verifierKey } from "../../../src/audit/note/vkey.ts";
import publicNotes from "../../fixtures/vectors/public-notes.json";
import vector from "../../fixtures/vectors/signed-note.json";
import { codeOf, keyNames } from "../../support/notes.ts";

const peter = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

test.each([vector.vkey, ...publicNotes.flatMap((each) => each.vkeys)])(
  "%s is read, and written the same",
  (vkey) => {
    expect(parseVerifierKey(vkey).vkey).toBe(vkey);
  },
);

test("the name ends at the first plus; base64 may hold more of them", () => {
  expect(parseVerifierKey("TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6")).toMatchObject({
    name: "TEST",
    keyId: "7997405c",
    type: 0x01,
  });
});

test("no part of a key is a key, nor is a key with one character changed (the test of golang.org/x/mod)", () => {
  for (let from = 0; from < peter.length; from += 1) {
    for (let to = from + 1; to <= peter.length; to += 1) {
      if (from !== 0 || to !== peter.length)
        expect(codeOf(() => parseVerifierKey(peter.slice(from, to)))).toBe("bad-input");
    }
  }
  for (let at = 0; at < peter.length; at += 1) {
    const changed = peter.slice(0, at) + String.fromCharCode(peter.charCodeAt(at) + 1) + peter.slice(at + 1);
    expect(codeOf(() => parseVerifierKey(changed))).toBe("bad-input");
  }
});

test.each([
  [
    "a key of another length, its id fitted",
    "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
  ],
  ["an unknown type, its id fitted", "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"],
  [
    "ECDSA",
    "rekor.sigstore.dev+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=",
  ],
  ["a key id in upper case", peter.replace("c74f20a3", "C74F20A3")],
  ["a key id of another key", peter.replace("c74f20a3", "c74f20a4")],
  ["a newline in its base64", peter.replace("ARpc", "AR\npc")],
  ["URL-safe base64", peter.replace("/", "_")],
  ["base64 with spare bits", "a+00000000+AQJ="],
  ["no key", "a+00000000+"],
  ["a space around it", ` ${peter}`],
  ["a newline behind it", `${peter}\n`],
  ["nothing", ""],
  ["a private key", "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"],
])("%s is refused", (_what, vkey) => {
  expect(codeOf(() => parseVerifierKey(vkey))).toBe("bad-input");
});

describe("key names", () => {
  // Unicode's White_Space, which JavaScript's \s is not: it lacks U+0085 and has U+FEFF.
  const spaces = [0x20, 0x85, 0xa0, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000];
  test.each(spaces.map((code) => String.fromCodePoint(code)))("a Unicode space (%j) is refused", (space) => {
    expect(refuseKeyName(`a${space}b`)).toBe("it holds a space");
  });

  test.each([
    ["", /empty/],
    ["a+b", /plus/],
    ["a\u0001b", /control/],
    ["\ud800", /Unicode/],
  ])("%j is refused", (name, why) => expect(refuseKeyName(name)).toMatch(why));

  test.each(["a", "example.com/foo", "ключ", "a\ufeffb", "—", "key\u007f"])("%j is one", (name) => {
    expect(refuseKeyName(name)).toBeNull();
    const vkey = verifierKey(name, signatureTypes.ed25519, new Uint8Array(32).fill(7)).vkey;
    expect(parseVerifierKey(vkey).name).toBe(name);
  });

  test("a log speaks for the origin that is its name, and for those below it", () => {
    expect(speaksFor("example.com/audit", "example.com/audit")).toBe(true);
    expect(speaksFor("example.com/audit", "example.com/audit/0b9e8a1c/2")).toBe(true);
    expect(speaksFor("example.com/audit", "example.com/audit2")).toBe(false);
    expect(speaksFor("example.com/audit", "example.com")).toBe(false);
  });
});

test("what is written is read again, and the key id ties the type", () => {
  fc.assert(
    fc.property(keyNames, fc.uint8Array({ minLength: 32, maxLength: 32 }), (name, publicKey) => {
      const keys = [signatureTypes.ed25519, signatureTypes.cosignature].map((type) =>
        verifierKey(name, type, publicKey),
      );
      for (const key of keys) {
        const { verify: _verify, ...facts } = parseVerifierKey(key.vkey);
        const { keyId, type, vkey } = key;
        expect(facts).toEqual({ name, keyId, type, vkey, publicKey, predecessors: [] });
      }
      expect(keys[0]?.keyId).not.toBe(keys[1]?.keyId);
    }),
  );
});

test("anything else is refused as bad input, and verifies nothing", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => {
      expect(["bad-input", "none"]).toContain(codeOf(() => parseVerifierKey(text)));
    }),
  );
  const key = parseVerifierKey(peter);
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array({ maxLength: 80 }), (text, signature) => {
      expect(key.verify(text, signature)).toBe(false);
      expect(verifierKey("w", 0x04, key.publicKey).verify(text, signature)).toBe(false);
    }),
  );
});
