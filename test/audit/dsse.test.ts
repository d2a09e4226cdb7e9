import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createEnvelope, inTotoPayloadType, openEnvelope } from "../../src/audit/dsse.ts";
import { cosignerVkey } from "../../src/audit/note/cosignature.ts";
import { createSigningKey } from "../../src/audit/note/signing-key.ts";
import { parseVerifierKey } from "../../src/audit/note/vkey.ts";

const [one, two] = [1, 2].map((seed) => createSigningKey("example.com/a", new Uint8Array(32).fill(seed))) as [
  ReturnType<typeof createSigningKey>,
  ReturnType<typeof createSigningKey>,
];
const keyOf = (vkey: string) => parseVerifierKey(vkey);
const written = (payload: Uint8Array, keys = [one]): string =>
  `${JSON.stringify(createEnvelope(payload, inTotoPayloadType, keys))}\n`;

describe("an envelope", () => {
  test("is opened with the keys that signed it, known or not", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (payload) => {
        const opened = openEnvelope(written(payload, [one, two]), [keyOf(two.vkey)]);
        expect(opened).toMatchObject({ payloadType: inTotoPayloadType, signatures: 2 });
        expect(Buffer.from(opened!.payload)).toEqual(Buffer.from(payload));
        expect(opened!.signedBy.map((key) => key.vkey)).toEqual([two.vkey]);
      }),
    );
    const payload = Buffer.from("{}");
    expect(openEnvelope(written(payload), [keyOf(two.vkey)])!.signedBy).toEqual([]);
    expect(openEnvelope(written(payload, []), [keyOf(one.vkey)])).toMatchObject({
      signedBy: [],
      signatures: 0,
    });
    // A witness's key says nothing of reports, though it is made of the same bytes.
    expect(openEnvelope(written(payload), [keyOf(cosignerVkey(one))])!.signedBy).toEqual([]);
  });

  test("is nobody's once payload, type, keyid or signature is another", () => {
    const envelope = createEnvelope(Buffer.from("{}"), inTotoPayloadType, [one]);
    const [signature] = envelope.signatures;
    for (const altered of [
      { ...envelope, payload: Buffer.from("[]").toString("base64") },
      { ...envelope, payloadType: "text/plain" },
      { ...envelope, signatures: [{ ...signature!, keyid: two.vkey }] },
      { ...envelope, signatures: [{ ...signature!, sig: Buffer.alloc(64).toString("base64") }] },
      { ...envelope, signatures: [{ ...signature!, sig: "" }] },
    ]) {
      expect(
        openEnvelope(`${JSON.stringify(altered)}\n`, [keyOf(one.vkey), keyOf(two.vkey)])!.signedBy,
      ).toEqual([]);
    }
  });

  test("has one spelling", () => {
    const text = written(Buffer.from("{}"));
    for (const other of [
      text.trimEnd(),
      ` ${text}`,
      text.replace(":", ": "),
      text.replace('{"payload', '{"v":1,"payload'),
      text.replace("e30=", "e30"),
      text.replace("e30=", "e31="),
      "",
      "null\n",
      "[]\n",
      "{}\n",
    ]) {
      expect(other).not.toBe(text);
      expect(openEnvelope(other, [keyOf(one.vkey)])).toBe(null);
    }
  });
});
