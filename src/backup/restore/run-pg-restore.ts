import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "../../postgres/installations.ts";
import { openOwnedFolder } from "../../postgres/owned-folder.ts";
import type { ApplicationName } from "../../postgres/session-parameters.ts";
import type { ConnectionSettings, Environment } from "../../postgres/settings.ts";
import { startTool } from "../../postgres/tool.ts";
import type { Archive, ArchiveEntry } from "../archive/archive.ts";
import { entryLabel } from "../archive/archive.ts";
import { readArchiveTable } from "../archive/contents.ts";
import { requireTool } from "../archive/data-stream.ts";
import { gunzipChunks, readChunks } from "../archive/read-chunks.ts";
import type { RestorePlan } from "./plan.ts";
import type { ToolError } from "./tool-errors.ts";
import { createToolErrors } from "./tool-errors.ts";
import type { Failure } from "./classify.ts";

export interface PgRestoreRun {
  readonly archive: Archive;
  readonly installation: Installation;
  readonly env?: Environment;
  readonly signal?: AbortSignal;
  readonly applicationName?: ApplicationName;
}

export interface EntryFailure extends Failure {
  /** Null when pg_restore did not say. */
  readonly dumpId: number | null;
}

export interface PgRestoreResult {
  /** In order; a pg_restore that could not go on is a failure of its last object. */
  readonly failures: readonly EntryFailure[];
  /** Of every entry that failed. */
  readonly dumpIds: ReadonlySet<number>;
}

/** How many jobs pg_restore can have: a gzipped archive comes through a pipe, which only one can read, and so is a tar. */
export function possibleJobs(archive: Archive, wanted: number): number {
  return archive.gzipped || archive.format === "tar" ? 1 : wanted;
}

/** Restores the given entries by pg_restore, without owners and grants, going on after errors. */
export async function runPgRestore(
  run: PgRestoreRun & { readonly settings: ConnectionSettings },
  entries: readonly ArchiveEntry[],
  jobs: number,
): Promise<PgRestoreResult> {
  requireTool(run.archive, run.installation);
  const { archive } = run;
  await using list = await entryList(entries, run.env);
  const errors = createToolErrors();
  await using tool = startTool({
    ...toolOptions(run),
    args: [
      "--verbose",
      "--no-owner",
      "--no-privileges",
      "--no-password",
      `--dbname=${run.settings.database}`,
      `--use-list=${list.path}`,
      ...(jobs > 1 ? [`--jobs=${jobs}`] : []),
      ...archiveArguments(archive),
    ],
    settings: run.settings,
    stdout: "ignore",
    onStderrLine: (line) => errors.line(line),
  });
  const { exitCode, stderr } = await tool.done;
  const { errors: found, leftOut, fatal, dumpIds } = errors.finish();
  const told = leftOut > 0 ? found : [...found, ...untold(dumpIds, found)];
  const failures = markDependents(
    told.map((error) => ({ ...failureOf(error, run), dumpId: error.dumpId })),
    archive.entries,
  );
  if (leftOut > 0) failures.push(unplaced(`${leftOut} more errors`));
  if (exitCode !== 0 && failures.length === 0)
    failures.push(unplaced(fatal ?? stderr.at(-1) ?? "pg_restore failed without a word"));
  return { failures, dumpIds };
}

/** The archive's statements as text, without data: what pg_restore would run, owners and grants included. */
export async function* schemaScript(
  run: PgRestoreRun,
  plan: RestorePlan,
): AsyncGenerator<Uint8Array, void, undefined> {
  requireTool(run.archive, run.installation);
  const out = new Set(plan.leftOut.map(({ dumpId }) => dumpId));
  await using list = await entryList(
    run.archive.entries.filter(({ dumpId }) => !out.has(dumpId)),
    run.env,
  );
  await using tool = startTool({
    ...toolOptions(run),
    args: [
      "--section=pre-data",
      "--section=post-data",
      "--file=-",
      `--use-list=${list.path}`,
      ...archiveArguments(run.archive),
    ],
  });
  yield* tool.stdout;
  await tool.done;
}

function toolOptions(
  run: PgRestoreRun,
): Pick<
  Parameters<typeof startTool>[0],
  "installation" | "tool" | "env" | "signal" | "stdin" | "applicationName"
> {
  const { archive, env, signal } = run;
  return {
    installation: run.installation,
    tool: "pg_restore",
    ...(env === undefined ? {} : { env }),
    ...(signal === undefined ? {} : { signal }),
    ...(run.applicationName === undefined ? {} : { applicationName: run.applicationName }),
    ...(archive.gzipped ? { stdin: gunzipChunks(readChunks(archive.path, signal), archive.path) } : {}),
  };
}

function archiveArguments(archive: Archive): readonly string[] {
  return archive.gzipped ? [`--format=${archive.format}`] : [archive.path];
}

/** The list of entries to restore, as `pg_restore --use-list` reads it, in a folder of its own. */
async function entryList(
  entries: readonly ArchiveEntry[],
  env: Environment | undefined,
): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await openOwnedFolder(env ?? {});
  const path = join(folder.path, "list");
  await writeFile(path, entries.map(({ dumpId }) => `${dumpId};\n`).join(""), { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

function failureOf(error: ToolError, run: PgRestoreRun): Failure {
  const entry = run.archive.entries.find(({ dumpId }) => dumpId === error.dumpId);
  const known = { message: error.message, sqlstate: null, isDependent: false };
  if (entry === undefined)
    return { ...known, object: error.object ?? "the archive", statement: error.statement };
  const object = entryLabel(entry);
  if (entry.desc !== "TABLE DATA" || error.statement !== null)
    return { ...known, object, statement: error.statement };
  const rows = (): AsyncIterable<Uint8Array> =>
    readArchiveTable(run.archive, { schema: entry.namespace ?? "", name: entry.tag }, run);
  return { ...known, object, statement: entry.copyStmt, rows };
}

/** Of entries that failed although no error bears their place: another job wrote its own in between. */
function untold(dumpIds: ReadonlySet<number>, found: readonly ToolError[]): readonly ToolError[] {
  const told = new Set(found.map(({ dumpId }) => dumpId));
  const message = "failed; which of the errors was its own is lost, since several jobs wrote theirs at once";
  return [...dumpIds]
    .filter((dumpId) => !told.has(dumpId))
    .map((dumpId) => ({ object: null, dumpId, message, statement: null }));
}

function unplaced(message: string): EntryFailure {
  const known = { sqlstate: null, statement: null, isDependent: false, dumpId: null };
  return { object: "the archive", message, ...known };
}

/** A failure is dependent when anything that its entry stands on failed too. */
function markDependents(failures: readonly EntryFailure[], entries: readonly ArchiveEntry[]): EntryFailure[] {
  const failed = new Set(failures.map(({ dumpId }) => dumpId));
  const byId = new Map(entries.map((entry) => [entry.dumpId, entry]));
  return failures.map((failure) => {
    const entry = failure.dumpId === null ? undefined : byId.get(failure.dumpId);
    const isDependent = entry?.dependencies.some((on) => on !== entry.dumpId && failed.has(on)) ?? false;
    return isDependent ? { ...failure, isDependent } : failure;
  });
}
