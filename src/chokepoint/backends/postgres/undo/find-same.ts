import { compareWithTombstone } from "../../../../backup/tombstone/compare.ts";
import type { ProofFacts, TombstoneSource, UndoOptions } from "../../../backend.ts";
import { readDatabase } from "../database/save-database.ts";
import { finalName } from "../final-name.ts";
import type { Hold } from "../hold.ts";
import { fenceNameOf } from "../own-names.ts";
import type { Saved } from "../saved.ts";
import { recordedOf, toProofFacts } from "../tombstone/facts.ts";
import type { NewNames } from "./names.ts";

/**
 * The database that has the wanted name already, where it is the very one that the tombstone would restore: an earlier call gave it its
 * name, and its answer was lost. It is read only where it looks the same from outside. Null: somebody else's, or none.
 */
export async function findSame(
  hold: Hold,
  saved: Saved,
  from: TombstoneSource,
  options: UndoOptions,
): Promise<{ readonly names: NewNames; readonly proof: ProofFacts } | null> {
  const { session, settings, context, applicationName } = hold;
  if (saved.database === null) return null;
  const wanted = options.as === null ? saved.database.name : finalName(options.as);
  const [row] = await session.sql.unsafe<{ oid: string; role: string | null }[]>(
    `select d.oid::text as oid, (select rolname::text from pg_catalog.pg_roles where rolname in ($2, $1) order by rolname <> $2 limit 1) as role
       from pg_catalog.pg_database d where d.datname = $1`,
    [wanted, saved.role?.name ?? null],
  );
  const now = row === undefined ? null : await readDatabase(session, row.oid);
  if (row === undefined || now === null) return null;
  const { comment, connectionLimit, settings: set, grants } = saved.database;
  const looksSame =
    now.comment === comment &&
    now.connectionLimit === connectionLimit &&
    now.settings.join("\n") === set.join("\n") &&
    now.grants.length === grants.length &&
    (saved.role === null || row.role !== null);
  if (!looksSame) return null;
  const compared = await compareWithTombstone({
    folder: from.folder,
    ...recordedOf(from),
    settings,
    database: wanted,
    // The dump was made behind the fence, where the role had its other name.
    ...(row.role === null ? {} : { renamed: { from: fenceNameOf(hold.dropId), to: row.role } }),
    jobs: context.jobs,
    applicationName: applicationName.exact,
    signal: options.signal,
    onProgress: options.progress,
  });
  const proof = toProofFacts(compared);
  const role = saved.role === null ? null : row.role;
  return proof.isEqual ? { names: { database: wanted, role }, proof } : null;
}
