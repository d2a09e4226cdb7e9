import { expect, test } from "bun:test";
import fc from "fast-check";
import { cosign, cosignerVkey } from "../../../src/audit/note/cosignature.ts";
import { cosignedMessage, messageAt } from "../../../src/audit/note/cosigned-message.ts";
import { formatCheckpoint } from "../../../src/audit/note/checkpoint.ts";
import { addSignatureLines, openNote, parseNote, signNote } from "../../../src/audit/note/signed-note.ts";
import { parseVerifierKey } from "../../../src/audit/note/vkey.ts";
import publicNotes from "../../fixtures/vectors/public-notes.json";
import { codeOf, noteLines, testKey, verifierOf } from "../../support/notes.ts";

const log = testKey("example.com/log", 1);
const witness = testKey("example.com/witness", 2);
const text = formatCheckpoint({ origin: "example.com/log", size: 7, root: new Uint8Array(32).fill(9) });

test("the specification's example of the message, and of a signature line", () => {
  const body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  expect(Buffer.from(messageAt(Buffer.from(body), 1679315147n)).toString()).toBe(
    `cosignature/v1\ntime 1679315147\n${body}`,
  );
  const line =
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
  const [signature] = parseNote(`${body}\n${line}`).signatures;
  expect(signature).toMatchObject({ name: "witness.example.com/w1", keyId: "8d66cf3f" });
  expect(cosignedMessage(Buffer.from(body), signature!.signature)).toMatchObject({ time: 1679315147n });
  expect(signature!.signature).toHaveLength(8 + 64);
});

test("cosignatures of public witnesses verify, and say when", () => {
  const { note, vkeys } = publicNotes.at(-1)!;
  const opened = openNote(note, vkeys.slice(1).map(parseVerifierKey));
  expect(
    opened.signatures.map((each) => cosignedMessage(Buffer.from(opened.text), each.signature)?.time),
  ).toEqual(Array(4).fill(1_779_573_024n));
});

test("a cosigned checkpoint has the log's signature and the witness's, each by its own key", () => {
  const note = addSignatureLines(signNote(text, [log]), [cosign(text, witness, 1_700_000_000)]);
  const cosigner = parseVerifierKey(cosignerVkey(witness));
  expect(cosigner).toMatchObject({ name: witness.name, type: 0x04 });
  expect(openNote(note, [verifierOf(log), cosigner]).signedBy).toEqual([
    expect.objectContaining({ vkey: log.vkey }),
    cosigner,
  ]);
  // The same key of type 0x01 has another id: its cosignatures are unknown to who trusts it as a log.
  expect(codeOf(() => openNote(note, [verifierOf(witness)]))).toBe("untrusted-checkpoint");
  expect(codeOf(() => openNote(signNote(text, [witness]), [cosigner]))).toBe("untrusted-checkpoint");
});

test("extension lines are cosigned with the rest", () => {
  const extended = `${text}extension\n`;
  const cosigner = parseVerifierKey(cosignerVkey(witness));
  const line = cosign(extended, witness, 1);
  expect(openNote(`${extended}\n${line}`, [cosigner]).text).toBe(extended);
  expect(codeOf(() => openNote(`${text}\n${line}`, [cosigner]))).toBe("untrusted-checkpoint");
});

test("what is no checkpoint is not cosigned", () => {
  for (const wrong of ["", "text\n", `${text}\n`, text.slice(0, -1)])
    expect(codeOf(() => cosign(wrong, witness, 1))).toBe("unreadable-checkpoint");
});

test("a time after 2^63 - 1, and a signature that is too short or too long, verify nothing", () => {
  const cosigner = parseVerifierKey(cosignerVkey(witness));
  const bytes = Buffer.from(text);
  const at = (time: bigint) => {
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(time);
    return Buffer.concat([stamp, witness.sign(messageAt(bytes, time))]);
  };
  expect(cosigner.verify(bytes, at(2n ** 63n - 1n))).toBe(true);
  expect(cosigner.verify(bytes, at(2n ** 63n))).toBe(false);
  expect(cosigner.verify(bytes, at(5n).subarray(0, 71))).toBe(false);
  expect(cosigner.verify(bytes, Buffer.concat([at(5n), Buffer.of(0)]))).toBe(false);
  expect(cosigner.verify(bytes, at(5n).subarray(8))).toBe(false);
});

test("for any checkpoint and time, the cosignature verifies, and no other time does", () => {
  const cosigner = parseVerifierKey(cosignerVkey(witness));
  fc.assert(
    fc.property(noteLines, fc.maxSafeNat(), fc.nat(4_000_000_000), (origin, size, time) => {
      const body = formatCheckpoint({ origin, size, root: new Uint8Array(32) });
      const [signature] = openNote(`${body}\n${cosign(body, witness, time)}`, [cosigner]).signatures;
      const changed = Buffer.from(signature!.signature);
      changed[7] = changed[7]! ^ 1;
      expect(cosignedMessage(Buffer.from(body), signature!.signature)?.time).toBe(BigInt(time));
      expect(cosigner.verify(Buffer.from(body), changed)).toBe(false);
    }),
  );
});
