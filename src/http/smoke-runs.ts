import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

export const smokeOutcomes = ["proved", "disproved", "not-run"] as const;

/** What `custody smoke` wrote of a run (formats.md section 7). */
const documentSchema = z.object({
  command: z.literal("smoke"),
  verdict: z.enum(smokeOutcomes),
  rto_seconds: z.number().nullish(),
  rpo_seconds: z.number().nullish(),
  run: z.object({ started_at: z.iso.datetime(), seconds: z.number() }),
});

export interface SeenSmokeRuns {
  /** Of the runs that were not seen before. */
  readonly newOutcomes: readonly (typeof smokeOutcomes)[number][];
  /** Unix time; null where none was proved. */
  readonly lastSuccessSeconds: number | null;
  /** Of the newest run that has one. */
  readonly rtoSeconds: number | null;
  readonly rpoSeconds: number | null;
}

/** The runs of `custody smoke` that are kept in `STATE/runs`: each document is read once, in the order in which they were made. */
export function watchSmokeRuns(stateDir: string): { look(): Promise<SeenSmokeRuns> } {
  const folder = join(stateDir, "runs");
  const read = new Set<string>();
  let known: Omit<SeenSmokeRuns, "newOutcomes"> = {
    lastSuccessSeconds: null,
    rtoSeconds: null,
    rpoSeconds: null,
  };
  return {
    async look() {
      const names = (await readdir(folder).catch(() => [])).filter((each) =>
        /^\d{8}T\d{6}Z-smoke-.*\.json$/.test(each),
      );
      const newOutcomes: (typeof smokeOutcomes)[number][] = [];
      for (const name of names.toSorted()) {
        if (read.has(name)) continue;
        read.add(name);
        // Pruned since it was listed, or of another make: it says nothing.
        const text = await readFile(join(folder, name), "utf8").catch(() => "null");
        const parsed = documentSchema.safeParse(parseJson(text));
        if (!parsed.success) continue;
        const { verdict, run, rto_seconds, rpo_seconds } = parsed.data;
        newOutcomes.push(verdict);
        known = {
          lastSuccessSeconds:
            verdict === "proved" ? Date.parse(run.started_at) / 1000 + run.seconds : known.lastSuccessSeconds,
          rtoSeconds: rto_seconds ?? known.rtoSeconds,
          rpoSeconds: rpo_seconds ?? known.rpoSeconds,
        };
      }
      return { newOutcomes, ...known };
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Cut off by a full disk: the schema refuses it.
    return undefined;
  }
}
