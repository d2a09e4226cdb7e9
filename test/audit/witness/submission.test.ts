import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatSubmission, parseSubmission } from "../../../src/audit/witness/submission.ts";
import { codeOf } from "../../support/notes.ts";

/** The request of the specification's example. */
const example = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
`;
const parse = (text: string) => parseSubmission(Buffer.from(text));

test("the specification's example is read, and written the same", () => {
  const submission = parse(example);
  expect(submission.oldSize).toBe(20852014);
  expect(submission.proof).toHaveLength(4);
  expect(submission.note).toStartWith("example.com/behind-the-sofa\n20852163\n");
  expect(formatSubmission(submission)).toBe(example);
});

const hash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=";
const note = example.slice(example.indexOf("\n\n") + 2);

test("63 lines of proof are read, 64 are not; none is a proof, too", () => {
  const withLines = (count: number) => `old 5\n${`${hash}\n`.repeat(count)}\n${note}`;
  expect(parse(withLines(63)).proof).toHaveLength(63);
  expect(parse(withLines(0)).proof).toEqual([]);
  expect(codeOf(() => parse(withLines(64)))).toBe("unreadable-checkpoint");
});

test.each([
  ["no old size line", `${hash}\n\n${note}`],
  ["a leading zero", `old 05\n\n${note}`],
  ["zeroes", `old 00\n\n${note}`],
  ["a sign", `old +5\n\n${note}`],
  ["two spaces", `old  5\n\n${note}`],
  ["a tab", `old\t5\n\n${note}`],
  ["upper case", `Old 5\n\n${note}`],
  ["no size", `old \n\n${note}`],
  ["something behind the size", `old 5 \n\n${note}`],
  ["more than can be counted", `old 9007199254740992\n\n${note}`],
  ["a short hash", `old 5\nPlRN\n\n${note}`],
  ["a hash without its padding", `old 5\n${hash.slice(0, -1)}\n\n${note}`],
  ["a hash with spare bits", `old 5\n${hash.replace("kaw=", "kax=")}\n\n${note}`],
  ["a carriage return", `old 5\r\n${hash}\r\n\r\n${note}`],
  ["no empty line", `old 5\n${hash}\n`],
  ["an empty line first", `\nold 5\n\n${note}`],
  ["nothing", ""],
])("%s is refused", (_what, text) => {
  expect(codeOf(() => parse(text))).toBe("unreadable-checkpoint");
});

test("what is no UTF-8 is refused", () => {
  expect(codeOf(() => parseSubmission(Buffer.concat([Buffer.from(example), Buffer.of(0xff)])))).toBe(
    "unreadable-checkpoint",
  );
});

test("what is written is read again, and nothing but what is promised is thrown", () => {
  const hashes = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 63 });
  fc.assert(
    fc.property(fc.maxSafeNat(), hashes, (oldSize, proof) => {
      expect(parse(formatSubmission({ oldSize, proof, note }))).toEqual({ oldSize, proof, note });
    }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom("old 5", "", hash, note)), { maxLength: 8 }),
      (lines) => {
        expect(["none", "unreadable-checkpoint"]).toContain(codeOf(() => parse(lines.join("\n"))));
      },
    ),
  );
});
