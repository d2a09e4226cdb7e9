import { makeTombstone as dumpDatabase } from "../../../../backup/tombstone/make.ts";
import { openTombstone } from "../../../../backup/tombstone/open.ts";
import { proveTombstone as restoreAndCompare } from "../../../../backup/tombstone/prove.ts";
import { OpsError } from "../../../../errors.ts";
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

/**
 * Nothing of a folder is restored, on no server, that does not hold the very fingerprint of the ledger: what a restore runs would be
 * somebody else's. Undefined: the ledger has none yet.
 *
 * @throws OpsError not-equal
 */
export async function requireSound(folder: string, recorded: string | undefined): Promise<void> {
  if (recorded === undefined) return;
  const { damage } = await openTombstone(folder, { fingerprint: recorded });
  const [first] = damage;
  if (first === undefined) return;
  throw new OpsError(
    "not-equal",
    `${folder} does not hold the tombstone that was made: ${first.object}: ${first.detail}`,
    "fetch the folder from a copy of it, and see who may write to tombstone.dir",
  );
}

/** In a throwaway cluster; the target is not asked. */
export async function proveTombstone(
  hold: Hold,
  plan: FencePlan,
  { folder, recorded }: { readonly folder: string; readonly recorded: string | undefined },
  progress: Progress,
  signal: AbortSignal,
): Promise<ProofFacts> {
  const saved = readSaved(plan);
  if (saved.database === null && saved.schema === null) return await proveRoleTombstone(plan, folder);
  const { env, pgBin, tmpDir, jobs, asSuperuser } = hold.context;
  await requireSound(folder, recorded);
  return toProofFacts(
    await restoreAndCompare({ folder, env, pgBin, tmpDir, jobs, asSuperuser, signal, onProgress: progress }),
  );
}
