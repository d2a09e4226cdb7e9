import { compareWithTombstone } from "../../../../backup/tombstone/compare.ts";
import { openTombstoneArchive } from "../../../../backup/tombstone/open.ts";
import { oldestToolMajor } from "../../../../backup/archive/archive.ts";
import { restoreSchema } from "../../../../backup/restore-schema.ts";
import { OpsError } from "../../../../errors.ts";
import { quoteIdentifier, quoteLiteral } from "../../../../postgres/identifiers.ts";
import { createToolbox } from "../../../../postgres/toolbox.ts";
import type { Session } from "../../../../postgres/connect.ts";
import type { ProofFacts, TombstoneSource, Undone, UndoOptions } from "../../../backend.ts";
import type { FencePlan } from "../../../drop.ts";
import { finalName } from "../final-name.ts";
import { nameOf } from "../fence.ts";
import type { Hold } from "../hold.ts";
import { undoMarkOf } from "../own-names.ts";
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
  const mark = undoMarkOf(hold.dropId, null);
  const earlier = await findMarked(session, mark);
  if (earlier !== null) return await finish(session, saved, earlier, null, []);
  const wanted = options.as === null ? schema.name : finalName(options.as);
  if ((await oidOf(session, wanted)) !== null) throw nameInUse("schema", wanted);
  const made = await makeMissingRoles(hold, from.folder, options.signal);
  const fenceName = nameOf(plan, "schema");
  await dropLeftover(session, schema, fenceName);
  const proof = await restore(hold, session, from, fenceName, options);
  const oid = await oidOf(session, fenceName);
  const notes = await inTransaction(session, "giving the schema back", async () => {
    const now = oid === null ? null : await readSchema(session, oid);
    if (now === null) throw new OpsError("server-error", "the schema that was restored is gone", "try again");
    return await giveBackSchema(session, now, { ...schema, comment: mark }, wanted).catch(
      (error: unknown) => {
        throw isTaken(error) ? nameInUse("schema", wanted) : error;
      },
    );
  });
  return await finish(session, saved, wanted, proof, [...made, ...notes]);
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

async function findMarked(session: Session, mark: string): Promise<string | null> {
  const [row] = await session.sql.unsafe<{ name: string }[]>(
    `select nspname::text as name from pg_catalog.pg_namespace
      where pg_catalog.obj_description(oid, 'pg_namespace') = $1`,
    [mark],
  );
  return row?.name ?? null;
}

/** The name is its own by now: the mark gives way to its old comment. */
async function finish(
  session: Session,
  saved: Saved,
  name: string,
  proof: ProofFacts | null,
  notes: readonly string[],
): Promise<Undone> {
  const comment = saved.schema?.comment ?? null;
  await session.sql.unsafe(
    `comment on schema ${quoteIdentifier(name)} is ${comment === null ? "null" : quoteLiteral(comment)}`,
  );
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
