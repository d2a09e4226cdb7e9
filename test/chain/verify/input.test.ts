import { expect, test } from "bun:test";
import { parseVerifyInput } from "../../../src/chain/verify/input.ts";
import { codeOf } from "../../support/notes.ts";

const given: Parameters<typeof parseVerifyInput>[0] = {
  dbUrl: "env",
  schema: null,
  profile: null,
  checkpoints: [],
  isCheckpointRequired: false,
  publicKeys: [],
  policy: null,
  state: null,
  acceptance: null,
  jobs: 1,
  limitFindings: 100,
};

test.each([
  [{ jobs: 0 }, "--jobs must be a whole number from 1 to 64: 0"],
  [{ jobs: 65 }, "--jobs must be a whole number from 1 to 64: 65"],
  [{ jobs: 1.5 }, "--jobs must be a whole number from 1 to 64: 1.5"],
  [{ limitFindings: 0 }, "--limit-findings must be a whole number from 1 to 1000000: 0"],
  [{ isCheckpointRequired: true }, "--require-checkpoint needs --checkpoint FILE"],
  [{ checkpoints: ["x"] }, "--checkpoint is worth nothing without the key"],
  // Whoever names a key believes that something was compared.
  [{ publicKeys: ["audit.key.pub"] }, "--public-key or --policy says nothing without --checkpoint FILE"],
  [{ policy: "policy" }, "--public-key or --policy says nothing without --checkpoint FILE"],
])("%j is wrong usage, and the error names the flag and its value", (wrong, message) => {
  expect(codeOf(() => parseVerifyInput({ ...given, ...wrong }))).toBe("bad-usage");
  expect(() => parseVerifyInput({ ...given, ...wrong })).toThrow(message);
});

test("what is right is taken as it is", () => {
  const input = { ...given, checkpoints: ["x"], publicKeys: ["k"], policy: "p", jobs: 64, limitFindings: 1 };
  expect(parseVerifyInput(input)).toEqual(input);
});
