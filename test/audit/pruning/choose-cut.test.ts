import { expect, test } from "bun:test";
import fc from "fast-check";
import { chooseCut } from "../../../src/audit/pruning/choose-cut.ts";

test("a cut is the largest signed size past the last pruning, before every young row and the newest", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 6 });
  const place = fc.integer({ min: 0, max: 30 });
  fc.assert(
    fc.property(sizes, place, place, fc.option(place), (signedSizes, prunedSize, more, youngAfter) => {
      const size = prunedSize + more;
      const firstYoung = youngAfter === null ? null : prunedSize + 1 + youngAfter;
      const fits = signedSizes.filter(
        (each) => each > prunedSize && each < size && (firstYoung === null || each < firstYoung),
      );
      const { size: cut } = chooseCut({ signedSizes, prunedSize, size, firstYoung });
      expect(cut).toBe(fits.length === 0 ? null : Math.max(...fits));
    }),
  );
});

test.each([
  ["pruned", { signedSizes: [3, 5], prunedSize: 5, size: 9, firstYoung: null }],
  ["young", { signedSizes: [7, 8], prunedSize: 5, size: 9, firstYoung: 6 }],
  ["newest", { signedSizes: [9], prunedSize: 5, size: 9, firstYoung: null }],
] as const)("where there is none it is known why: %s", (why, chain) => {
  expect(chooseCut(chain)).toEqual({ size: null, why });
});
