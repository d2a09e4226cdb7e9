import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { createBlockWalker } from "../../../src/backup/archive/custom-blocks.ts";
import { openArchive } from "../../../src/backup/archive/open.ts";
import { createTarReader } from "../../../src/backup/archive/tar-members.ts";
import { readToc } from "../../../src/backup/archive/toc.ts";
import { OpsError } from "../../../src/errors.ts";
import { freshDatabase, startTestCluster, testTools } from "../../support/cluster.ts";
import { archiveFolder, fill, makeArchive, smallSchema } from "./make-archives.ts";
import type { Kind } from "./make-archives.ts";

setDefaultTimeout(60_000);

const cluster = await startTestCluster();
const tools = await testTools();
const folder = await archiveFolder();
const source = await freshDatabase(cluster, { name: "source" });
await fill(source.settings, smallSchema);
afterAll(() => folder[Symbol.asyncDispose]());
const from = { tools, settings: source.settings, folder };

describe.each(["custom", "custom-uncompressed", "tar", "plain", "plain-gz", "custom-gz"] as const)(
  "%s",
  (kind: Kind) => {
    test("whatever is written into it, it is opened or refused, in flat memory", async () => {
      const bytes = await readFile(await makeArchive(kind, from));
      const path = folder.file(`mutated-${kind}`);
      const before = process.memoryUsage().rss;
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 12 })),
            { minLength: 1, maxLength: 6 },
          ),
          async (places) => {
            const mutated = Buffer.from(bytes);
            for (const [at, written] of places) mutated.set(written.subarray(0, mutated.length - at), at);
            await writeFile(path, mutated);
            const isExpected = await openArchive(path).then(
              () => true,
              (error: unknown) => error instanceof OpsError,
            );
            expect(isExpected).toBe(true);
          },
        ),
        { numRuns: 150 },
      );
      expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
    });
  },
);

/** Pushes bytes cut at the given places. */
function pushCut(bytes: Buffer, cuts: readonly number[], push: (chunk: Uint8Array) => void): void {
  let start = 0;
  for (const cut of [...cuts.map((each) => each % bytes.length), bytes.length].toSorted(
    (left, right) => left - right,
  )) {
    push(bytes.subarray(start, cut));
    start = cut;
  }
}

test("data blocks are walked the same wherever they are cut", async () => {
  const bytes = await readFile(await makeArchive("custom", from));
  const { length, head } = readToc(bytes);
  const walk = (cuts: readonly number[]): unknown => {
    const walker = createBlockWalker(head.intSize);
    pushCut(bytes.subarray(length), cuts, (chunk) => walker.push(chunk));
    return walker.finish();
  };
  const whole = walk([]);
  expect(whole).toMatchObject({ openBlock: null, endsCleanly: true });
  fc.assert(fc.property(fc.array(fc.nat(), { maxLength: 50 }), (cuts) => expect(walk(cuts)).toEqual(whole)));
});

test("tar members are read the same wherever they are cut", async () => {
  const bytes = await readFile(await makeArchive("tar", from));
  const read = (cuts: readonly number[]): unknown => {
    const sizes = new Map<string, number>();
    const reader = createTarReader(
      ({ name }, chunk) => void sizes.set(name, (sizes.get(name) ?? 0) + chunk.length),
    );
    pushCut(bytes, cuts, (chunk) => reader.push(chunk));
    return { ...reader.finish(), sizes };
  };
  const whole = read([]);
  expect(whole).toMatchObject({ openMember: null, isClosed: true });
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 50 }), (cuts) => expect(read(cuts)).toEqual(whole)),
    { numRuns: 30 },
  );
});
