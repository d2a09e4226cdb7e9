import { mkdir } from "node:fs/promises";
import { OpsError } from "../errors.ts";
import { connect, explainServerError } from "../postgres/connect.ts";
import { quoteIdentifier } from "../postgres/identifiers.ts";
import type { Installation } from "../postgres/installations.ts";
import type { ApplicationName } from "../postgres/session-parameters.ts";
import type { ConnectionSettings, Environment } from "../postgres/settings.ts";
import { startTool } from "../postgres/tool.ts";
import type { ArchiveFormat } from "./archive/archive.ts";
import { directoryDigest, directoryBytes } from "./archive/open-directory.ts";
import { explainDumpFailure } from "./dump-failure.ts";
import { explainWrite, removeUnlessKept, writeHashed } from "./dump-file.ts";

export interface DumpOptions {
  /** Its pg_dump must not be older than the server. */
  readonly installation: Installation;
  readonly settings: ConnectionSettings;
  /** Of the server; a tool that is older is refused before anything starts. */
  readonly serverMajor: number;
  /** Of a session that stays open until the dump has ended (`pg_export_snapshot()`). */
  readonly snapshot?: string;
  readonly format: ArchiveFormat;
  /** Of format directory. */
  readonly jobs?: number;
  /** gzip level of formats custom and directory, default 1: nearly as small as 6 at a third of the time. */
  readonly compress?: number;
  /** Where the archive goes; nothing may be there yet. */
  readonly path: string;
  /** Flushes the archive to its disk: for one that is to be kept. */
  readonly sync?: boolean;
  /** Of the sessions and of pg_dump, in place of names of their own. */
  readonly applicationName?: ApplicationName;
  /** This schema and what is in it alone. */
  readonly schema?: string;
  /** How long to wait for a table that somebody has locked. */
  readonly lockTimeoutMs?: number;
  readonly env?: Environment;
  readonly signal?: AbortSignal;
  /** Bytes written so far. */
  readonly onProgress?: (bytes: number) => void;
}

export interface Dump {
  readonly path: string;
  /** Taken from the bytes as they left pg_dump, so that what changes later is the storage's fault; as in `Archive`. */
  readonly sha256: string;
  readonly bytes: number;
}

const defaultLockTimeoutMs = 30_000;

/**
 * Dumps one database, with owners and grants, in UTC and in the database's own encoding. Nothing is left behind when it fails or is interrupted. Throws
 * `server-too-new`, `no-space`, `timeout` (a table stayed locked), `server-error`, `file-unwritable`.
 */
export async function dumpDatabase(options: DumpOptions): Promise<Dump> {
  const { installation, settings, serverMajor, format, path } = options;
  if (installation.major < serverMajor) {
    throw new OpsError(
      "server-too-new",
      `the server is PostgreSQL ${serverMajor}, and ${installation.binDir} has pg_dump ${installation.version}`,
      `install PostgreSQL ${serverMajor}'s client programs, or name their folder by --pg-bin`,
    );
  }
  await using archive = await removeUnlessKept(path);
  if (format === "directory")
    await mkdir(path, { mode: 0o700 }).catch((error: unknown) => Promise.reject(explainWrite(path, error)));
  const startedAt = performance.now();
  const encoding = await databaseEncoding(options);
  await using tool = startTool({
    installation,
    tool: "pg_dump",
    args: dumpArguments(options, encoding),
    settings,
    parameters: { TimeZone: "UTC", bytea_output: "hex", lc_monetary: "C", statement_timeout: "0" },
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.applicationName === undefined ? {} : { applicationName: options.applicationName }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    stdout: format === "directory" ? "ignore" : "stream",
  });
  const written =
    format === "directory"
      ? await followDirectory(tool.done, options)
      : await writeHashed(tool.stdout, path, options);
  const end = await tool.done;
  if (end.exitCode !== 0) throw await explainDumpFailure(end, options, performance.now() - startedAt);
  const { sha256, bytes } =
    written ?? (await directoryDigest(path, options.signal === undefined ? {} : { signal: options.signal }));
  archive.keep();
  return { path, sha256, bytes };
}

function dumpArguments(options: DumpOptions, encoding: string): readonly string[] {
  const { format, path } = options;
  const isPacked = format === "custom" || format === "directory";
  return [
    `--format=${format}`,
    "--no-password",
    `--encoding=${encoding}`,
    `--lock-wait-timeout=${options.lockTimeoutMs ?? defaultLockTimeoutMs}`,
    // In quotes a pattern's characters are the name's own.
    ...(options.schema === undefined ? [] : [`--schema=${quoteIdentifier(options.schema)}`]),
    ...(options.snapshot === undefined ? [] : [`--snapshot=${options.snapshot}`]),
    ...(isPacked ? [`--compress=${options.compress ?? 1}`] : []),
    ...(format === "directory"
      ? [`--file=${path}`, ...(options.sync === true ? [] : ["--no-sync"]), `--jobs=${options.jobs ?? 1}`]
      : []),
  ];
}

/** pg_dump writes a directory itself: its growth is looked at four times a second. */
async function followDirectory(done: Promise<unknown>, options: DumpOptions): Promise<null> {
  const { onProgress, path } = options;
  if (onProgress === undefined) return null;
  const timer = setInterval(() => {
    void directoryBytes(path).then(onProgress, () => undefined);
  }, 250);
  try {
    await done;
    return null;
  } finally {
    clearInterval(timer);
  }
}

/** The database's own, in which its text is read for comparison too. */
async function databaseEncoding(options: DumpOptions): Promise<string> {
  await using session = await connect(options.settings, {
    applicationName: options.applicationName ?? "dump",
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const [row] = await session.sql
    .unsafe<{ encoding: string }[]>("select pg_catalog.current_setting('server_encoding') as encoding")
    .catch((error: unknown) => {
      throw explainServerError(error, "reading the database's encoding");
    });
  return row?.encoding ?? "UTF8";
}
