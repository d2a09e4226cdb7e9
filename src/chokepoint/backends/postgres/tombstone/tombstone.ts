import { makeTombstone as dumpDatabase } from "../../../../backup/tombstone/make.ts";
import { proveTombstone as restoreAndCompare } from "../../../../backup/tombstone/prove.ts";
import type { Progress, ProofFacts, TombstoneContents } from "../../../backend.ts";
import type { FencePlan } from "../../../drop.ts";
import { nameOf } from "../fence.ts";
import type { Hold } from "../hold.ts";
import { readSaved } from "../saved.ts";
import { requireDatabaseOf } from "../schema/open-database.ts";
import { makeRoleTombstone, proveRoleTombstone } from "./role-tombstone.ts";
import { toProofFacts } from "./facts.ts";

/** Of a database, or of a schema and what is in it: dump and fingerprint. Of a role: its facts. */
export async function makeTombstone(
  hold: Hold,
  plan: FencePlan,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<TombstoneContents> {
  const saved = readSaved(plan);
  if (saved.database === null && saved.schema === null) return await makeRoleTombstone(plan, folder);
  const { context, settings, applicationName } = hold;
  const draft = await dumpDatabase({
    settings,
    ...(saved.schema === null
      ? { database: nameOf(plan, "database") }
      : { database: await requireDatabaseOf(hold, saved.schema), schema: nameOf(plan, "schema") }),
    folder,
    jobs: context.jobs,
    applicationName: applicationName.exact,
    env: context.env,
    pgBin: context.pgBin,
    signal,
    onProgress: progress,
  });
  const { bytes, fingerprint, tables, rows, serverVersion } = draft;
  return {
    bytes,
    fingerprint,
    contents: { tables, rows, server: serverVersion, slots: saved.database?.slots.length ?? 0 },
  };
}

/** In a throwaway cluster; the target is not asked. */
export async function proveTombstone(
  hold: Hold,
  plan: FencePlan,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<ProofFacts> {
  const saved = readSaved(plan);
  if (saved.database === null && saved.schema === null) return await proveRoleTombstone(plan, folder);
  const { env, pgBin, tmpDir, jobs, asSuperuser } = hold.context;
  return toProofFacts(
    await restoreAndCompare({ folder, env, pgBin, tmpDir, jobs, asSuperuser, signal, onProgress: progress }),
  );
}
