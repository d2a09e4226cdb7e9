import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatCheckpoint, parseCheckpoint, parseTreeSize } from "../../../src/audit/note/checkpoint.ts";
import { parseNote } from "../../../src/audit/note/signed-note.ts";
import publicNotes from "../../fixtures/vectors/public-notes.json";
import { codeOf, noteLines } from "../../support/notes.ts";

const root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
const example = `example.com/behind-the-sofa\n20852163\n${root}\n`;

test("the specification's example", () => {
  expect(parseCheckpoint(example)).toEqual({
    origin: "example.com/behind-the-sofa",
    size: 20852163,
    root: new Uint8Array(Buffer.from(root, "base64")),
    extensions: [],
  });
});

test.each(
  publicNotes.flatMap((each) =>
    each.checkpoint === undefined ? [] : [[each.what, each.checkpoint, each.note] as const],
  ),
)("%s", (_what, checkpoint, note) => {
  const parsed = parseCheckpoint(parseNote(note).text);
  expect(parsed).toMatchObject(checkpoint);
  expect(formatCheckpoint(parsed)).toBe(parseNote(note).text);
});

test.each([
  ["an origin with spaces and pluses", example.replace("example.com/", "go.sum + database ")],
  ["extension lines", `${example}one\ntwo\n`],
  ["an empty tree", example.replace("20852163", "0")],
])("%s is read", (_what, text) => {
  expect(codeOf(() => parseCheckpoint(text))).toBe("none");
});

test("extension lines are kept as they are", () => {
  expect(parseCheckpoint(`${example}one\n two \n`).extensions).toEqual(["one", " two "]);
});

test.each([
  ["an empty origin", example.replace("example.com/behind-the-sofa", "")],
  ["a leading zero", example.replace("20852163", "020852163")],
  ["zeroes", example.replace("20852163", "00")],
  ["a sign", example.replace("20852163", "+20852163")],
  ["a negative size", example.replace("20852163", "-1")],
  ["a space", example.replace("20852163", " 20852163")],
  ["hexadecimal", example.replace("20852163", "0x10")],
  ["an exponent", example.replace("20852163", "1e3")],
  ["other digits", example.replace("20852163", "٢٠")],
  ["no size", example.replace("20852163", "")],
  ["more than can be counted", example.replace("20852163", "9007199254740992")],
  ["a short root", example.replace(root, "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==")],
  ["a root with spare bits", example.replace("q2I=", "q2J=")],
  ["no root", example.replace(root, "")],
  ["an empty extension line", `${example}\n`],
  ["an empty extension line between two", `${example}one\n\ntwo\n`],
  ["two lines", example.split("\n").slice(0, 2).join("\n")],
  ["no newline at the end", example.slice(0, -1)],
  ["nothing", ""],
])("%s is refused", (_what, text) => {
  expect(codeOf(() => parseCheckpoint(text))).toBe("unreadable-checkpoint");
});

test("what is written is read again", () => {
  fc.assert(
    fc.property(
      noteLines,
      fc.maxSafeNat(),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (origin, size, hash) => {
        const head = { origin, size, root: hash };
        expect(parseCheckpoint(formatCheckpoint(head))).toEqual({ ...head, extensions: [] });
        expect(parseTreeSize(String(size))).toBe(size);
      },
    ),
  );
});

test("what no checkpoint can hold is not written", () => {
  const head = { origin: "a", size: 1, root: new Uint8Array(32) };
  for (const wrong of [
    { origin: "" },
    { origin: "a\nb" },
    { origin: "a\u0000" },
    { size: -1 },
    { size: 1.5 },
    { size: 2 ** 53 },
    { root: new Uint8Array(31) },
  ])
    expect(codeOf(() => formatCheckpoint({ ...head, ...wrong }))).toBe("bad-input");
});

test("reading never throws anything but what is promised", () => {
  const lines = fc.array(fc.oneof(fc.string(), fc.constantFrom("", "0", "12", root, "a")), { maxLength: 6 });
  fc.assert(
    fc.property(lines, (each) => {
      expect(["unreadable-checkpoint", "none"]).toContain(codeOf(() => parseCheckpoint(each.join("\n"))));
    }),
  );
});
