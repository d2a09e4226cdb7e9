import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { scannedByDefault } from "../../src/destruction/kinds.ts";
import { createPrefilter } from "../../src/scan/files/has-candidate.ts";
import { readCorpus } from "../support/scan-corpus.ts";
import { scoreCorpus } from "../support/score-corpus.ts";
import { readFolder, scanFiles } from "../support/scan-files.ts";

const cases = readCorpus();
const results = await Promise.all(
  cases.map(async (each) => ({ case: each, found: (await scanFiles(readFolder(each.folder))).findings })),
);

test("every plain destruction of the corpus is found, few of the others are missed, and little else is found", () => {
  const score = scoreCorpus(results);
  console.log(
    [
      `corpus: ${score.right} of ${score.expected} found, ${score.false.length} false: recall ${score.recall.toFixed(3)}, precision ${score.precision.toFixed(3)}`,
      ...score.missed.map(({ place, plain }) => `missed${plain ? " (plain)" : ""}: ${place}`),
      ...score.false.map((place) => `false: ${place}`),
    ].join("\n"),
  );
  expect(score.missed.filter(({ plain }) => plain)).toEqual([]);
  expect(score.recall).toBeGreaterThanOrEqual(0.95);
  expect(score.precision).toBeGreaterThanOrEqual(0.97);
});

test("the score is seen to fall: by what is not found, by what is found beside, and by what is found twice", () => {
  const first = results.find(({ case: { destructions } }) => destructions.some(({ plain }) => plain));
  if (first === undefined) throw new Error("no case has a plain destruction");
  const others = results.filter((each) => each !== first);
  const whole = scoreCorpus(results);
  const nothing = scoreCorpus([...others, { ...first, found: [] }]);
  expect(nothing.recall).toBeLessThan(whole.recall);
  expect(nothing.missed.some(({ plain }) => plain)).toBe(true);
  const twice = scoreCorpus([...others, { ...first, found: [...first.found, ...first.found] }]);
  expect(twice.false.length).toBe(whole.false.length + first.found.length);
  const beside = first.found.map((each) => ({ ...each, line: 100_000 + each.line }));
  expect(scoreCorpus([...others, { ...first, found: [...first.found, ...beside] }]).precision).toBeLessThan(
    whole.precision,
  );
  const otherKind = first.found.map((each) => ({ ...each, rule: "table" as const }));
  expect(scoreCorpus([...others, { ...first, found: otherKind }]).recall).toBeLessThan(whole.recall);
});

test("no file of the corpus that destroys is passed over unparsed", () => {
  const isCandidate = createPrefilter(scannedByDefault);
  const passedOver = cases.flatMap(({ folder, destructions }) =>
    [...new Set(destructions.map(({ path }) => path))].filter(
      (path) => !isCandidate(readFileSync(join(folder, path))),
    ),
  );
  expect(passedOver).toEqual([]);
});
