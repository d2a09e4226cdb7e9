import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  addSignatureLines,
  decodeNote,
  openNote,
  parseNote,
  signatureLine,
  signNote,
} from "../../../src/audit/note/signed-note.ts";
import { parseSigningKey } from "../../../src/audit/note/signing-key.ts";
import { parseVerifierKey } from "../../../src/audit/note/vkey.ts";
import publicNotes from "../../fixtures/vectors/public-notes.json";
import vector from "../../fixtures/vectors/signed-note.json";
import { codeOf, keyNames, noteLines, testKey, verifierOf } from "../../support/notes.ts";

const text =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const peterLine =
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const enochLine =
  "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";
const peter = parseVerifierKey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
const enoch = parseVerifierKey("EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop");
const peterSecret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

describe("notes that others signed verify", () => {
  test("the example of the specification", () => {
    expect(openNote(vector.note, [parseVerifierKey(vector.vkey)]).text).toBe("This is an example message.\n");
  });

  test.each(publicNotes.map((each) => [each.what, each] as const))("%s", (_what, { note, vkeys }) => {
    const opened = openNote(note, vkeys.map(parseVerifierKey));
    expect(opened.signedBy.map((key) => key.vkey)).toEqual(vkeys);
    for (const vkey of vkeys) expect(openNote(note, [parseVerifierKey(vkey)]).signatures).toHaveLength(1);
  });

  test("ours are theirs, byte for byte (Ed25519 has one signature for one text)", () => {
    expect(signNote(text, [parseSigningKey(peterSecret, "k", "k")])).toBe(`${text}\n${peterLine}`);
  });

  test("the specification's first example is taken apart at its last empty line", () => {
    const poem =
      "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n";
    const note = `${poem}\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n`;
    expect(parseNote(note)).toMatchObject({
      text: poem,
      signatures: [{ name: "quasimodo.example/salvatore", keyId: "367ba04b" }],
    });
  });
});

describe("which signatures count", () => {
  const both = `${text}\n${peterLine}${enochLine}`;

  test("those of unknown keys are ignored", () => {
    expect(openNote(both, [peter]).signedBy).toEqual([peter]);
    expect(openNote(both, [peter, enoch]).signedBy).toEqual([peter, enoch]);
  });

  test("a note that no known key signed is rejected", () => {
    expect(codeOf(() => openNote(both, []))).toBe("untrusted-checkpoint");
    expect(codeOf(() => openNote(both, [parseVerifierKey(vector.vkey)]))).toBe("untrusted-checkpoint");
  });

  test("a key that shares a name or an id, but not both, is unknown", () => {
    const renamed = { ...peter, name: "PeterNeuman" };
    const another = { ...peter, keyId: "c74f20a4" };
    expect(codeOf(() => openNote(both, [renamed, another]))).toBe("untrusted-checkpoint");
    expect(openNote(both, [renamed, another, enoch]).signedBy).toEqual([enoch]);
  });

  test("a known key whose signature fails rejects the note, whatever else verifies, before it or after", () => {
    const wrong = peterLine.replace("UgYN1", "UgYN2");
    for (const lines of [wrong + enochLine, enochLine + wrong, peterLine + wrong, wrong + peterLine]) {
      expect(codeOf(() => openNote(`${text}\n${lines}`, [peter, enoch]))).toBe("untrusted-checkpoint");
    }
    expect(openNote(`${text}\n${wrong}${enochLine}`, [enoch]).signedBy).toEqual([enoch]);
  });

  test("one key that signed twice is one signer", () => {
    const opened = openNote(`${text}\n${peterLine}${peterLine}`, [peter, peter]);
    expect(opened.signedBy).toEqual([peter]);
    expect(opened.signatures).toHaveLength(2);
  });
});

describe("what is no note is refused as unreadable", () => {
  const whole = `${text}\n${peterLine}`;
  test.each([
    ["no blank line", text],
    ["no signature", `${text}\n`],
    ["no newline at the end", whole.slice(0, -1)],
    ["a control character", `\u0001${whole}`],
    ["a tab", whole.replace(" think", "\tthink")],
    ["a carriage return", whole.replace("\n", "\r\n")],
    ["a lone surrogate", `\ud800${whole}`],
    ["a space in a name", whole.replace("PeterNeumann", "Bad Name")],
    ["a plus in a name", whole.replace("PeterNeumann", "Bad+Name")],
    ["a no-break space in a name", whole.replace("PeterNeumann", "Bad\u00a0Name")],
    ["a line that is no signature", `${whole}Unexpected line.\n`],
    ["a hyphen for the em dash", whole.replace("—", "-")],
    ["an en dash for the em dash", whole.replace("—", "–")],
    ["two spaces", whole.replace("— ", "—  ")],
    ["a space behind", whole.replace("nAM=\n", "nAM= \n")],
    ["no padding", whole.replace("nAM=", "nAM")],
    ["spare bits", whole.replace("nAM=", "nAN=")],
    ["URL-safe base64", whole.replace("x08go/", "x08go_")],
    ["a key id and no signature", `${text}\n— a ${Buffer.alloc(4).toString("base64")}\n`],
    ["nothing", ""],
  ])("%s", (_what, note) => {
    expect(codeOf(() => parseNote(note))).toBe("unreadable-checkpoint");
    expect(codeOf(() => openNote(note, [peter]))).toBe("unreadable-checkpoint");
  });

  test("DEL and the C1 controls are no ASCII control characters below U+0020", () => {
    const key = testKey("k");
    expect(openNote(signNote("a\u007f\u0085b\n", [key]), [verifierOf(key)]).text).toBe("a\u007f\u0085b\n");
  });

  test("an empty text is its newline", () => {
    const key = testKey("k");
    expect(openNote(signNote("\n", [key]), [verifierOf(key)]).text).toBe("\n");
    expect(openNote(signNote("a\n\n", [key]), [verifierOf(key)]).text).toBe("a\n\n");
  });

  test("a hundred signatures are read, a hundred and one are not; nor is more than a mebibyte", () => {
    expect(openNote(`${text}\n${peterLine.repeat(100)}`, [peter]).signatures).toHaveLength(100);
    expect(codeOf(() => parseNote(`${text}\n${peterLine.repeat(101)}`))).toBe("unreadable-checkpoint");
    const long = (bytes: number) => `${"a".repeat(bytes - peterLine.length - 4)}\n\n${peterLine}`;
    expect(Buffer.byteLength(long(1_048_576))).toBe(1_048_576);
    expect(codeOf(() => parseNote(long(1_048_576)))).toBe("none");
    expect(codeOf(() => parseNote(long(1_048_577)))).toBe("unreadable-checkpoint");
    expect(codeOf(() => decodeNote(Buffer.from(long(1_048_577))))).toBe("unreadable-checkpoint");
  });

  test("bytes that are no UTF-8, and a byte order mark is a character of the text", () => {
    expect(codeOf(() => decodeNote(Buffer.concat([Buffer.of(0xff), Buffer.from(whole)])))).toBe(
      "unreadable-checkpoint",
    );
    // Overlong, and a surrogate half.
    expect(codeOf(() => decodeNote(Buffer.of(0xc0, 0x8a)))).toBe("unreadable-checkpoint");
    expect(codeOf(() => decodeNote(Buffer.of(0xed, 0xa0, 0x80)))).toBe("unreadable-checkpoint");
    expect(decodeNote(Buffer.from(`\ufeff${whole}`))).toBe(`\ufeff${whole}`);
    expect(codeOf(() => openNote(decodeNote(Buffer.from(`\ufeff${whole}`)), [peter]))).toBe(
      "untrusted-checkpoint",
    );
  });
});

describe("signing", () => {
  test.each([
    ["a", "no newline"],
    ["a\u0000\n", "a control character"],
    ["\ud800\n", "no Unicode"],
  ])("%j is not signed: %s", (wrong) =>
    expect(codeOf(() => signNote(wrong, [testKey("k")]))).toBe("bad-input"),
  );

  test("without a key, or with one whose name no note can hold, nothing is signed", () => {
    expect(codeOf(() => signNote("a\n", []))).toBe("bad-input");
    expect(codeOf(() => signNote("a\n", [{ ...testKey("k"), name: "my key" }]))).toBe("bad-input");
  });

  test("lines are added below, each once, and what is no signature line is refused", () => {
    const [a, b] = [testKey("a", 1), testKey("b", 2)];
    const note = signNote("text\n", [a]);
    const line = signatureLine("b", b.keyId, b.sign(Buffer.from("text\n")));
    const whole = signNote("text\n", [a, b]);
    expect(addSignatureLines(note, [line, line.trimEnd()])).toBe(whole);
    expect(addSignatureLines(whole, [line])).toBe(whole);
    for (const wrong of ["", "text", `${line}${line}x`, "— a+b AAAAAAA="])
      expect(codeOf(() => addSignatureLines(note, [wrong]))).toBe("unreadable-checkpoint");
  });
});

describe("for any text and names", () => {
  const texts = fc
    .array(fc.oneof(noteLines, fc.constant("")), { minLength: 1, maxLength: 6 })
    .map((lines) => `${lines.join("\n")}\n`);
  const signers = fc
    .uniqueArray(keyNames, { minLength: 1, maxLength: 4 })
    .map((names) => names.map((name, index) => testKey(name, index + 1)));

  test("what is signed is read again, by each signer alone and by all", () => {
    fc.assert(
      fc.property(texts, signers, (body, keys) => {
        const note = signNote(body, keys);
        expect(parseNote(note).signatures.map(({ name, keyId }) => `${name}+${keyId}`)).toEqual(
          keys.map(({ name, keyId }) => `${name}+${keyId}`),
        );
        expect(openNote(note, keys.map(verifierOf)).signedBy).toHaveLength(keys.length);
        for (const key of keys) expect(openNote(note, [verifierOf(key)]).text).toBe(body);
        expect(decodeNote(Buffer.from(note))).toBe(note);
      }),
    );
  });

  test("a note with any one byte changed is refused, or says the same", () => {
    fc.assert(
      fc.property(texts, signers, fc.nat(), fc.integer({ min: 1, max: 255 }), (body, keys, where, flip) => {
        const bytes = Buffer.from(signNote(body, keys));
        const at = where % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        let opened;
        try {
          opened = openNote(decodeNote(bytes), keys.map(verifierOf));
        } catch {
          return;
        }
        // A signature line whose name or key id changed is another key's: it is ignored, and counts for nothing.
        expect(opened.text).toBe(body);
        expect(opened.signedBy.length).toBe(keys.length - 1);
        expect(at).toBeGreaterThan(Buffer.byteLength(body));
      }),
    );
  });

  test("any one byte of the text, or of the signature of its only signer, is guarded", () => {
    const key = testKey("example.com/audit");
    const note = Buffer.from(signNote("example.com/audit/1\n3\nAAAA\n", [key]));
    for (let at = 0; at < note.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const changed = Buffer.from(note);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        expect(["untrusted-checkpoint", "unreadable-checkpoint"]).toContain(
          codeOf(() => openNote(decodeNote(changed), [verifierOf(key)])),
        );
      }
    }
  });

  test("reading never throws anything but what is promised", () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom("\n", "\n\n", "— ", " ", "—", peterLine, "a", "AAAAAAA="),
        fc.string({ unit: "binary" }),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        pieces.map((each) => each.join("")),
        (note) => {
          expect(["unreadable-checkpoint", "untrusted-checkpoint", "none"]).toContain(
            codeOf(() => openNote(note, [peter])),
          );
        },
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(["unreadable-checkpoint", "none"]).toContain(codeOf(() => decodeNote(bytes)));
      }),
    );
  });
});
