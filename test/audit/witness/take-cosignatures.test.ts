import { describe, expect, test } from "bun:test";
import { formatCheckpoint } from "../../../src/audit/note/checkpoint.ts";
import { cosign, cosignerVkey } from "../../../src/audit/note/cosignature.ts";
import { openNote, signatureLine, signNote } from "../../../src/audit/note/signed-note.ts";
import { parseVerifierKey } from "../../../src/audit/note/vkey.ts";
import { takeCosignatures } from "../../../src/audit/witness/take-cosignatures.ts";
import { codeOf, testKey, verifierOf } from "../../support/notes.ts";

const log = testKey("example.com/audit", 1);
const [one, two, stranger] = [
  testKey("example.org/w1", 2),
  testKey("example.org/w2", 3),
  testKey("example.org/w3", 4),
];
const text = formatCheckpoint({ origin: "example.com/audit/a", size: 7, root: new Uint8Array(32) });
const note = signNote(text, [log]);
const witnesses = [one, two].map((key) => parseVerifierKey(cosignerVkey(key)));
const trust = { keys: [verifierOf(log), ...witnesses], policy: null };
const url = "https://w2.example.org/";

describe("once another witness has cosigned", () => {
  const before = takeCosignatures(note, [cosign(text, one, 1)], url, trust);
  const garbage = new Uint8Array(64).fill(9);

  test("its word is not taken for that of the next", () => {
    const unknown = cosign(text, stranger, 2);
    const broken = signatureLine(two.name, parseVerifierKey(cosignerVkey(two)).keyId, garbage);
    for (const lines of [[unknown], [broken], [unknown, broken]])
      expect(codeOf(() => takeCosignatures(before, lines, url, trust))).toBe("untrusted-checkpoint");
  });

  test("nothing is added in the log's name, which would make the checkpoint one that nobody believes", () => {
    const forged = signatureLine(log.name, log.keyId, garbage);
    const taken = takeCosignatures(before, [forged, cosign(text, two, 2)], url, trust);
    expect(openNote(taken, trust.keys).signedBy.map((key) => key.name)).toEqual([
      log.name,
      one.name,
      two.name,
    ]);
  });
});
