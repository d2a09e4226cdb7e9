import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { formatIdentity, parseIdentity } from "../../../src/audit/note/identity.ts";
import { openNote, signNote } from "../../../src/audit/note/signed-note.ts";
import { codeOf, testKey, verifierOf } from "../../support/notes.ts";

const checkpoint = "example.com/audit/1\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
const identity = {
  systemIdentifier: "7301234567890123456",
  timeline: 1,
  databaseOid: "16384",
  lsn: "16/B374D848",
};
const digest = createHash("sha256").update(checkpoint).digest("hex");
const text = `custody identity v1\n${digest}\n7301234567890123456\n1\n16384\n16/B374D848\n`;

test("six lines: header, digest of the checkpoint's text, system identifier, timeline, oid, LSN", () => {
  expect(formatIdentity(checkpoint, identity)).toBe(text);
  expect(parseIdentity(text)).toEqual({ ...identity, checkpointSha256: digest });
});

test("it is a note like any other", () => {
  const key = testKey("example.com/audit");
  expect(parseIdentity(openNote(signNote(text, [key]), [verifierOf(key)]).text)).toMatchObject(identity);
});

test.each([
  ["another version", text.replace("v1", "v2")],
  ["a digest in upper case", text.replace(digest, digest.toUpperCase())],
  ["a short digest", text.replace(digest, digest.slice(1))],
  ["a leading zero", text.replace("\n1\n", "\n01\n")],
  ["timeline 0", text.replace("\n1\n", "\n0\n")],
  ["an LSN that is none", text.replace("16/B374D848", "16B374D848")],
  ["a line more", `${text}x\n`],
  ["a line less", text.replace("\n16384", "")],
  ["no newline", text.slice(0, -1)],
  ["nothing", ""],
])("%s is refused", (_what, wrong) => {
  expect(codeOf(() => parseIdentity(wrong))).toBe("unreadable-checkpoint");
});

test("what is written is read again", () => {
  const hex = fc.integer({ min: 0, max: 0xffff_ffff }).map((each) => each.toString(16).toUpperCase());
  const identities = fc.record({
    systemIdentifier: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String),
    timeline: fc.integer({ min: 1, max: 0x7fff_ffff }),
    databaseOid: fc.integer({ min: 1, max: 0xffff_ffff }).map(String),
    lsn: fc.tuple(hex, hex).map((each) => each.join("/")),
  });
  fc.assert(
    fc.property(identities, fc.string(), (each, body) => {
      expect(parseIdentity(formatIdentity(body, each))).toMatchObject(each);
    }),
  );
  fc.assert(
    fc.property(fc.string(), (any) => expect(codeOf(() => parseIdentity(any))).toBe("unreadable-checkpoint")),
  );
});
