import type { Session } from "../../postgres/connect.ts";
import { entryLabel } from "../archive/archive.ts";
import type { ArchiveEntry } from "../archive/archive.ts";
import { readCopyTarget } from "../archive/sql-text.ts";
import { possibleJobs, runPgRestore } from "./run-pg-restore.ts";
import type { EntryFailure, PgRestoreRun } from "./run-pg-restore.ts";
import type { Failure } from "./classify.ts";

export interface RestoredEntries {
  /** In the order of the archive. */
  readonly failures: readonly Failure[];
  readonly notes: readonly string[];
}

/**
 * Restores the given entries by pg_restore, `jobs` side by side. Jobs can get in one another's way (two that attach indexes
 * of one partitioned table deadlock; a trigger is enabled before it is there), so what failed side by side is restored once
 * more, one after another in the archive's order; only what fails then is a failure.
 *
 * `session`: of the same role in the same database.
 */
export async function restoreEntries(
  run: PgRestoreRun & { readonly jobs: number },
  session: Session,
  entries: readonly ArchiveEntry[],
): Promise<RestoredEntries> {
  const restoring = { ...run, settings: session.settings };
  const jobs = possibleJobs(run.archive, run.jobs);
  const first = await runPgRestore(restoring, entries, jobs);
  const retried = jobs === 1 ? [] : await whatToRetry(session, entries, first.dumpIds);
  if (retried.length === 0) return { failures: first.failures, notes: [] };
  const again = await runPgRestore(restoring, retried, 1);
  const ids = new Set(retried.map(({ dumpId }) => dumpId));
  const earlier = first.failures.filter(({ dumpId }) => dumpId === null || !ids.has(dumpId));
  const mended = retried.filter(({ dumpId }) => first.dumpIds.has(dumpId) && !again.dumpIds.has(dumpId));
  const later = again.failures.map((failure) => withEarlier(failure, first.failures));
  return {
    failures: inOrder([...earlier, ...later], entries),
    notes: mended.length === 0 ? [] : [noteOn(mended, jobs)],
  };
}

/** The entries that failed, and every materialised view once more when rows that it may show come late. */
async function whatToRetry(
  session: Session,
  entries: readonly ArchiveEntry[],
  failed: ReadonlySet<number>,
): Promise<readonly ArchiveEntry[]> {
  const retried = new Set<ArchiveEntry>();
  for (const entry of entries)
    if (failed.has(entry.dumpId) && (await isRepeatable(session, entry))) retried.add(entry);
  const hasRows = [...retried].some(({ desc }) => desc === "TABLE DATA");
  return entries.filter(
    (entry) => retried.has(entry) || (hasRows && entry.desc === "MATERIALIZED VIEW DATA"),
  );
}

/**
 * Whether an entry can be restored a second time. What comes before the data is made by one job alone: there is no race to
 * mend. An entry's statements are one transaction; only rows and large objects are more than that.
 */
async function isRepeatable(session: Session, entry: ArchiveEntry): Promise<boolean> {
  if (entry.desc === "TABLE DATA") return await isStillEmpty(session, entry);
  if (entry.desc.startsWith("BLOB")) return false;
  return entry.section === "data" || entry.section === "post-data";
}

/**
 * Whether none of a table's rows have come, so that its COPY failed as a whole, and no trigger of its own stands ready by now
 * that would change them. INSERT statements, and rows that go in by another table, are never repeated.
 */
async function isStillEmpty(session: Session, entry: ArchiveEntry): Promise<boolean> {
  const [schema, table] = readCopyTarget(entry.copyStmt)?.parts ?? [];
  if (schema === undefined || schema !== entry.namespace || table !== entry.tag) return false;
  const [row] = await session.sql<{ name: string; triggers: boolean }[]>`
    select pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
           exists (select from pg_catalog.pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) as triggers
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = ${schema} and c.relname = ${table}`;
  if (row === undefined || row.triggers) return false;
  const rows = await session.sql.unsafe(`select from only ${row.name} limit 1`);
  return rows.length === 0;
}

/** What is there already was made by the first attempt, which then failed at something else: that error is the one to tell. */
function withEarlier(failure: EntryFailure, earlier: readonly EntryFailure[]): EntryFailure {
  const before = earlier.find(({ dumpId }) => dumpId !== null && dumpId === failure.dumpId);
  return before === undefined ? failure : { ...failure, before };
}

function inOrder(failures: readonly EntryFailure[], entries: readonly ArchiveEntry[]): readonly Failure[] {
  const places = new Map(entries.map(({ dumpId }, place) => [dumpId, place]));
  const placeOf = ({ dumpId }: EntryFailure): number =>
    dumpId === null ? entries.length : (places.get(dumpId) ?? entries.length);
  return failures.toSorted((left, right) => placeOf(left) - placeOf(right));
}

function noteOn(mended: readonly ArchiveEntry[], jobs: number): string {
  const what = mended.length === 1 ? "1 entry" : `${mended.length} entries`;
  const named = mended.slice(0, 5).map(entryLabel).join(", ");
  const more = mended.length > 5 ? ` and ${mended.length - 5} more` : "";
  return `${what} failed while pg_restore ran ${jobs} jobs side by side, and went through when restored one after another: ${named}${more}`;
}
