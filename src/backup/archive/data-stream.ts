import { OpsError } from "../../errors.ts";
import { oldestToolMajor } from "./archive.ts";
import type { Archive } from "./archive.ts";
import { installCommand } from "../../postgres/choose-installation.ts";
import type { Installation } from "../../postgres/installations.ts";
import type { Environment } from "../../postgres/settings.ts";
import { startTool } from "../../postgres/tool.ts";
import { gunzipChunks, readChunks } from "./read-chunks.ts";
import { unreadable } from "./unreadable.ts";

export interface DataStreamOptions {
  /** A pg_restore that knows the archive's version; not needed for plain scripts. */
  readonly installation: Installation;
  readonly env?: Environment;
  readonly signal?: AbortSignal;
  /** Only this table's rows. */
  readonly table?: { readonly schema: string; readonly name: string };
}

/**
 * The archive's data as an SQL script: `pg_restore --data-only` without a server, or the script itself. Throws
 * `unreadable-archive` where pg_restore cannot go on: data cut off, or not what was compressed.
 */
export async function* dataScript(
  archive: Archive,
  options: DataStreamOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (archive.format === "plain") {
    const raw = readChunks(archive.path, options.signal);
    yield* archive.gzipped ? gunzipChunks(raw, archive.path) : raw;
    return;
  }
  requireTool(archive, options.installation);
  const only =
    options.table === undefined ? [] : ["--schema", options.table.schema, "--table", options.table.name];
  const gzipped = archive.gzipped
    ? gunzipChunks(readChunks(archive.path, options.signal), archive.path)
    : undefined;
  await using tool = startTool({
    installation: options.installation,
    tool: "pg_restore",
    args: [
      "--data-only",
      "--file=-",
      ...only,
      ...(gzipped === undefined ? [archive.path] : [`--format=${archive.format}`]),
    ],
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(gzipped === undefined ? {} : { stdin: gzipped }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  yield* tool.stdout;
  const { exitCode, stderr } = await tool.done;
  if (exitCode !== 0) throw explainPgRestore(archive, stderr);
}

/** The archive, to a pg_restore that cannot read it: too old, or the data are damaged. */
function explainPgRestore(archive: Archive, stderr: readonly string[]): OpsError {
  const said = stderr
    .findLast((line) => line.startsWith("pg_restore: error: "))
    ?.slice("pg_restore: error: ".length);
  return unreadable(archive.path, `its data cannot be read: ${said ?? stderr.at(-1) ?? "pg_restore failed"}`);
}

/** Throws `tool-missing` when this pg_restore is older than the archive. */
export function requireTool(archive: Archive, installation: Installation): void {
  const needed = oldestToolMajor(archive);
  if (archive.format === "plain" || installation.major >= needed) return;
  throw new OpsError(
    "tool-missing",
    `${archive.path}: archive version ${archive.archiveVersion ?? "unknown"} needs pg_restore ${needed} or newer, and ${installation.binDir} has ${installation.version}`,
    `install it: ${installCommand(["pg_restore"], needed)} (or name its folder by --pg-bin)`,
  );
}
