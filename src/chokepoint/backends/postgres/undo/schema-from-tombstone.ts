import { compareWithTombstone } from "../../../../backup/tombstone/compare.ts";
import { openTombstoneArchive } from "../../../../backup/tombstone/open.ts";
import { oldestToolMajor } from "../../../../backup/archive/archive.ts";
import { restoreSchema } from "../../../../backup/restore-schema.ts";
import { OpsError } from "../../../../errors.ts";
import { quoteIdentifier } from "../../../../postgres/identifiers.ts";
import { createToolbox } from "../../../../postgres/toolbox.ts";
import type { Session } from "../../../../postgres/connect.ts";
import type { ProofFacts, TombstoneSource, Undone, UndoOptions } from "../../../backend.ts";
import type { FencePlan } from "../../../drop.ts";
import { finalName } from "../final-name.ts";
import { nameOf } from "../fence.ts";
import type { Hold } from "../hold.ts";
import { readSaved } from "../saved.ts";
import type { Saved, SavedSchema } from "../saved.ts";
import { giveBackSchema } from "../schema/give-back-schema.ts";
import { openDatabaseOf } from "../schema/open-database.ts";
import { readSchema } from "../schema/save-schema.ts";
import { recordedOf, toProofFacts } from "../tombstone/facts.ts";
import { inTransaction } from "../transaction.ts";
import { makeMissingRoles } from "./make-missing-roles.ts";
import { isTaken, nameInUse } from "./names.ts";

/**
 * Restores the schema into its database, under the name of its fence, compares it there, then gives it owner, privileges and name. Throws
 * `not-equal` where what came back is not what was dumped: then nothing is left of it.
 */
export async function undoSchemaFromTombstone(
  hold: Hold,
  plan: FencePlan,
  from: TombstoneSource,
  options: UndoOptions,
): Promise<Undone> {
  const saved = readSaved(plan);
  const { schema } = saved;
  if (schema === null) throw new Error("an undo of a schema without a schema");
  await using session = await openDatabaseOf(hold, schema);
  const fenceName = nameOf(plan, "schema");
  const earlier = options.whole ? await readSchema(session, options.whole) : null;
  // The name comes with everything else, in one transaction.
  if (earlier !== null && earlier.name !== fenceName)
    return done(session, saved, earlier.name, { isEqual: true, differences: [], seconds: 0 }, []);
  const wanted = options.as === null ? schema.name : finalName(options.as);
  if ((await oidOf(session, wanted)) !== null) throw nameInUse("schema", wanted);
  const made = await makeMissingRoles(hold, from.folder, options.signal);
  await dropLeftover(session, schema, fenceName);
  const proof = await restore(hold, session, from, fenceName, options);
  const oid = await oidOf(session, fenceName);
  if (oid !== null) await options.onWhole?.(oid);
  const notes = await inTransaction(session, "giving the schema back", async () => {
    const now = oid === null ? null : await readSchema(session, oid);
    if (now === null) throw new OpsError("server-error", "the schema that was restored is gone", "try again");
    return await giveBackSchema(session, now, schema, wanted).catch((error: unknown) => {
      throw isTaken(error) ? nameInUse("schema", wanted) : error;
    });
  });
  return done(session, saved, wanted, proof, [...made, ...notes]);
}

async function restore(
  hold: Hold,
  session: Session,
  from: TombstoneSource,
  fenceName: string,
  { progress, signal }: UndoOptions,
): Promise<ProofFacts> {
  const { context, settings, applicationName } = hold;
  const archive = await openTombstoneArchive(from.folder, signal);
  if ("stage" in archive) throw notEqual([archive.detail]);
  const { database } = session.settings;
  const installation = await createToolbox({ env: context.env, pgBin: context.pgBin }).choose({
    tools: ["pg_restore"],
    prefer: session.major,
    atLeast: oldestToolMajor(archive),
  });
  const common = { settings, database, jobs: context.jobs, signal };
  await restoreSchema({
    ...common,
    archive,
    installation,
    applicationName,
    asSuperuser: context.asSuperuser,
    env: context.env,
  });
  const compared = await compareWithTombstone({
    ...common,
    folder: from.folder,
    ...recordedOf(from),
    applicationName: applicationName.exact,
    onProgress: progress,
  });
  const proof = toProofFacts(compared);
  if (proof.isEqual) return proof;
  await session.sql.unsafe(`drop schema if exists ${quoteIdentifier(fenceName)} cascade`);
  throw notEqual(proof.differences);
}

/** What an earlier call restored, and did not name. What stands behind the fence itself is not restored over. */
async function dropLeftover(session: Session, saved: SavedSchema, fenceName: string): Promise<void> {
  const oid = await oidOf(session, fenceName);
  if (oid === saved.oid)
    throw new OpsError(
      "state-in-use",
      `the schema ${saved.name} stands behind its fence still`,
      "undo it from its fence",
    );
  if (oid !== null) await session.sql.unsafe(`drop schema ${quoteIdentifier(fenceName)} cascade`);
}

async function oidOf(session: Session, name: string): Promise<string | null> {
  const [row] = await session.sql.unsafe<{ oid: string }[]>(
    "select oid::text as oid from pg_catalog.pg_namespace where nspname = $1",
    [name],
  );
  return row?.oid ?? null;
}

function done(
  session: Session,
  saved: Saved,
  name: string,
  proof: ProofFacts,
  notes: readonly string[],
): Undone {
  const names = { database: session.settings.database, schema: name };
  return { names, proof, notes: [...saved.notes, ...notes] };
}

function notEqual(differences: readonly string[]): OpsError {
  return new OpsError(
    "not-equal",
    `what the tombstone restores is not what was dropped: ${differences.slice(0, 5).join("; ")}`,
    "check the tombstone against a copy of it; the archive in it can still be restored by hand",
  );
}
