import { describe, expect, test } from "bun:test";
import { basename, extname, join } from "node:path";
import { destructionKinds } from "../../src/destruction/kinds.ts";
import { allExamples } from "../../src/scan/rules/rule-examples.ts";
import { mutate, seeded } from "../support/mutate.ts";
import { readCorpus } from "../support/scan-corpus.ts";
import { readFolder, scanFiles } from "../support/scan-files.ts";

const given = Number(process.env["CUSTODY_TEST_SEED"]);
const seed = Number.isSafeInteger(given) && given > 0 ? given : 1;
const count = process.env["CUSTODY_TEST_FULL"] === "1" ? 100_000 : 300;
/** What one file may take. Much more than it does: tests run beside others. */
const limitMs = 5000;

const sources = [
  ...readCorpus().flatMap(({ folder }) => Object.entries(readFolder(folder))),
  ...allExamples().flatMap(({ violation, lookAlike }) => [
    ...Object.entries(violation),
    ...Object.entries(lookAlike),
  ]),
];
const policy = {
  chokepoint: ["guardedDrop"],
  sanctioned: ["drop_database"],
  kinds: new Set(destructionKinds),
};

/** How long the whole analysis of one file takes, with the policy's call graph every other time. */
async function analysisMs(path: string, source: string, withPolicy: boolean): Promise<number> {
  const from = performance.now();
  await scanFiles({ [path]: source }, withPolicy ? policy : {});
  return performance.now() - from;
}

test(
  `${count} mutated files are analysed, none throws, none takes long`,
  async () => {
    // Parsers are loaded before the clock runs.
    const ofEach = new Map(sources.map(([path, source]) => [extname(path), { path, source }]));
    for (const { path, source } of ofEach.values()) await analysisMs(path, source, true);
    const random = seeded(seed);
    let slowest = { path: "", ms: 0 };
    for (let at = 0; at < count; at += 1) {
      const [path, source] = sources[Math.floor(random() * sources.length)] ?? ["", ""];
      const mutated = mutate(source, random);
      const ms = await analysisMs(path, mutated, at % 2 === 0).catch((error: unknown) => {
        throw new Error(`mutation ${at} of seed ${seed}, ${path}: ${JSON.stringify(mutated)}`, {
          cause: error,
        });
      });
      if (ms > slowest.ms) slowest = { path, ms };
      if (ms > limitMs)
        throw new Error(`mutation ${at} of seed ${seed}, ${path}: ${ms} ms: ${JSON.stringify(mutated)}`);
    }
    console.log(
      `fuzz: ${count} mutations, seed ${seed}, slowest ${slowest.ms.toFixed(0)} ms (${basename(slowest.path)})`,
    );
  },
  { timeout: 3_600_000 },
);

test.each(Object.entries(readFolder(join(import.meta.dirname, "../fixtures/scan/fuzz"))))(
  "%s, which was found so, is given up in time",
  async (path, source) => {
    expect(await analysisMs(path, source, true)).toBeLessThan(limitMs);
  },
);

describe("a mutation", () => {
  test("is the same for the same seed, and another for another", () => {
    const text = "SELECT 1;\n".repeat(20);
    const some = (from: number): readonly string[] => {
      const random = seeded(from);
      return Array.from({ length: 10 }, () => mutate(text, random));
    };
    expect(some(7)).toEqual(some(7));
    expect(some(7)).not.toEqual(some(8));
    expect(some(7).filter((each) => each === text).length).toBeLessThan(5);
  });
});
