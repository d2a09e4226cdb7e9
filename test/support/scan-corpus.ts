import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { destructionKinds } from "../../src/destruction/kinds.ts";

/** The labelled repositories of test/fixtures/scan/corpus; its README says what the lines mean. */

const place = { path: z.string(), line: z.int().positive() };
const expectedSchema = z.strictObject({
  destructions: z.array(
    z.strictObject({
      ...place,
      kind: z.enum(destructionKinds),
      plain: z.boolean(),
      also: z.array(z.int().positive()).optional(),
    }),
  ),
  lookalikes: z.array(z.strictObject({ ...place, why: z.string().min(1) })),
});

export interface CorpusCase extends z.infer<typeof expectedSchema> {
  readonly name: string;
  /** Absolute; the paths of what is expected are relative to it. */
  readonly folder: string;
}

const corpusFolder = join(import.meta.dirname, "../fixtures/scan/corpus");

export function readCorpus(folder = corpusFolder): readonly CorpusCase[] {
  return readdirSync(folder)
    .sort()
    .map((name) => ({
      name,
      folder: join(folder, name),
      ...expectedSchema.parse(JSON.parse(readFileSync(join(folder, name, "expected.json"), "utf8"))),
    }));
}
