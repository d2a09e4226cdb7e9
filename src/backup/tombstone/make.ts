import { join } from "node:path";
import { listedSequences } from "../archive/listed-sequences.ts";
import { openArchive } from "../archive/open.ts";
import { dumpDatabase } from "../dump.ts";
import { writeHashed } from "../dump-file.ts";
import type { Fingerprint } from "../fingerprint.ts";
import { serializeManifest } from "../manifest.ts";
import { openDatabaseReader } from "../proof/database-reader.ts";
import { truthOf } from "../proof/expected.ts";
import { toManifestChain } from "../proof/manifest-chain.ts";
import type { ChainReading, DatabaseReader, Watch } from "../proof/readings.ts";
import { OpsError } from "../../errors.ts";
import type { ApplicationName } from "../../postgres/session-parameters.ts";
import type { ConnectionSettings, Environment } from "../../postgres/settings.ts";
import { createToolbox } from "../../postgres/toolbox.ts";
import type { Toolbox } from "../../postgres/toolbox.ts";
import { digestFingerprint } from "./digest-fingerprint.ts";
import { openDraftFolder } from "./folder.ts";
import { archiveFile, fingerprintFile, markerFile, readMarker, serializeMarker } from "./marker.ts";
import type { TombstoneMarker } from "./marker.ts";
import { onlySchema } from "./only-schema.ts";
import { withoutFence } from "./without-fence.ts";

export interface MakeTombstone {
  /** Of a role that may read all of the database; `database` is the one to dump, whatever the settings say. */
  readonly settings: ConnectionSettings;
  readonly database: string;
  /** Of this schema and what is in it alone. */
  readonly schema?: string;
  /** Where the tombstone is to lie; what is there and was never finished is replaced. */
  readonly folder: string;
  /** Sessions that read side by side, beside pg_dump's own. */
  readonly jobs: number;
  /** Of every session and of pg_dump, as it is: whoever takes the drop over ends them by it. */
  readonly applicationName: string;
  readonly env: Environment;
  readonly pgBin?: string | undefined;
  readonly signal: AbortSignal;
  /** Bytes on disk whose rows have been read. */
  readonly onProgress?: Watch;
}

/** A tombstone that is whole and on disk. */
export interface TombstoneDraft {
  /** Of all its files. */
  readonly bytes: number;
  /** Of the archive. */
  readonly sha256: string;
  /** Digest of the fingerprint: what two databases share when they are equal. */
  readonly fingerprint: string;
  readonly tables: number;
  readonly rows: number;
  readonly serverVersion: string;
  readonly madeAt: Date;
}

/**
 * Dumps a database and fingerprints it, side by side in one snapshot. All is durable when this returns; a folder that is whole
 * already is left as it is. Nothing is left behind when it fails or is interrupted. Throws `no-space`, `permission-denied`, `tool-missing`,
 * `timeout` (a table stayed locked), `unreachable` …, and `InterruptedError`.
 */
export async function makeTombstone(options: MakeTombstone): Promise<TombstoneDraft> {
  const { folder } = options;
  const before = await readMarker(folder);
  if (before !== null) return draftOf(before);
  try {
    await using draft = await openDraftFolder(folder);
    const marker = await fill(draft.path, options);
    await draft.commit();
    return draftOf(marker);
  } catch (error) {
    if (!(error instanceof OpsError) || error.code !== "no-space") throw error;
    throw new OpsError("no-space", error.message, "free some space, or give tombstone.dir a disk with room", {
      cause: error,
    });
  }
}

async function fill(path: string, options: MakeTombstone): Promise<TombstoneMarker> {
  const { env, pgBin, jobs, signal, onProgress } = options;
  const settings = { ...options.settings, database: options.database };
  const applicationName = { exact: options.applicationName };
  const toolbox = createToolbox({ env, pgBin });
  const only = options.schema === undefined ? {} : { schema: options.schema };
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  await using reader = await openDatabaseReader(settings, {
    jobs,
    chain: {},
    signal: either,
    applicationName,
    ...only,
  });
  const { facts } = reader;
  const objects = await reader.readCatalog();
  const [dump, contents] = await bothOrNone(
    stop,
    dumpSnapshot(join(path, archiveFile), reader, toolbox, { env, applicationName, signal: either, ...only }),
    reader.readContents([], null, onProgress ?? (() => undefined)),
  );
  const archive = await openArchive(join(path, archiveFile), { signal });
  const reading = { contents: { ...contents, sequences: listedSequences(archive) ?? contents.sequences } };
  const whole = truthOf({ source: facts, objects, contents }, reading);
  const truth = onlySchema(whole, options.schema ?? null);
  const madeAt = new Date().toISOString();
  const manifest = serializeManifest({
    format: "custody.manifest.v1",
    createdAt: madeAt,
    source: facts.address,
    snapshot: facts.snapshot,
    tools: { ...toolbox.used() },
    archive: { format: archive.format, bytes: dump.bytes, sha256: dump.sha256, stamp: archive.stamp },
    chain: options.schema === undefined ? toManifestChain(await readChain(reader, either)) : null,
    fingerprint: truth,
  });
  const written = await writeText(join(path, fingerprintFile), manifest);
  const marker: TombstoneMarker = {
    format: "custody.tombstone.v1",
    madeAt,
    database: facts.database,
    ...only,
    serverVersion: facts.serverVersion,
    systemIdentifier: facts.systemIdentifier,
    sizeBytes: facts.sizeBytes,
    archive: { bytes: dump.bytes, sha256: dump.sha256 },
    fingerprint: { ...written, digest: digestFingerprint(withoutFence(truth)) },
    ...countsOf(truth),
  };
  await writeText(join(path, markerFile), serializeMarker(marker));
  return marker;
}

/** Nothing of a tombstone stands on the chain: it is for whoever gives the fingerprint to smoke. What cannot be read as one is none. */
async function readChain(reader: DatabaseReader, signal: AbortSignal): Promise<ChainReading | null> {
  return await reader
    .readChain(() => undefined)
    .catch((error: unknown) => {
      if (error instanceof OpsError && !signal.aborted) return null;
      throw error;
    });
}

async function dumpSnapshot(
  path: string,
  { facts, settings }: DatabaseReader,
  toolbox: Toolbox,
  run: {
    readonly env: Environment;
    readonly applicationName: ApplicationName;
    readonly signal: AbortSignal;
    readonly schema?: string;
  },
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const installation = await toolbox.choose({ tools: ["pg_dump"], atLeast: facts.major });
  return await dumpDatabase({
    ...run,
    installation,
    settings,
    serverMajor: facts.major,
    ...(facts.snapshot === null ? {} : { snapshot: facts.snapshot }),
    // One file, hashed on its way; on few cores as quick as a directory, and read by its jobs as well.
    format: "custom",
    path,
    sync: true,
  });
}

/** Both results; when one fails the other is stopped and waited for, and the first failure is thrown. */
async function bothOrNone<One, Other>(
  stop: AbortController,
  one: Promise<One>,
  other: Promise<Other>,
): Promise<[One, Other]> {
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    stop.abort();
  };
  one.catch(fail);
  other.catch(fail);
  await Promise.allSettled([one, other]);
  if (failure !== undefined) throw failure.error;
  return await Promise.all([one, other]);
}

async function writeText(
  path: string,
  text: string,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const bytes = (async function* () {
    yield Buffer.from(text, "utf8");
  })();
  return await writeHashed(bytes, path, { sync: true });
}

function countsOf({ tables }: Fingerprint): { readonly tables: number; readonly rows: number } {
  return { tables: tables.length, rows: tables.reduce((sum, { rows }) => sum + rows, 0) };
}

function draftOf({
  archive,
  fingerprint,
  tables,
  rows,
  serverVersion,
  madeAt,
}: TombstoneMarker): TombstoneDraft {
  return {
    bytes: archive.bytes + fingerprint.bytes,
    sha256: archive.sha256,
    fingerprint: fingerprint.digest,
    tables,
    rows,
    serverVersion,
    madeAt: new Date(madeAt),
  };
}
