import { oldestToolMajor } from "../archive/archive.ts";
import type { Watch } from "../proof/readings.ts";
import { restoreToCompare } from "../proof/restore-to-compare.ts";
import type { LeftBehind } from "../restore.ts";
import { connect } from "../../postgres/connect.ts";
import type { ConnectionSettings, Environment } from "../../postgres/settings.ts";
import { createToolbox } from "../../postgres/toolbox.ts";
import { compareRestored, disproved } from "./conclude.ts";
import type { TombstoneProof } from "./conclude.ts";
import { openTombstone, openTombstoneArchive } from "./open.ts";
import type { RecordedTombstone } from "./open.ts";

export interface RestoreTombstone {
  /** A plain tombstone. */
  readonly folder: string;
  readonly recorded?: RecordedTombstone;
  /** Of a superuser of the server, or of a role that may create databases and roles there and is a member of those it names. */
  readonly settings: ConnectionSettings;
  /** Name of the database to create. One of that name that an earlier call did not finish is dropped first. */
  readonly database: string;
  /** Of every session and tool, as it is. */
  readonly applicationName: string;
  readonly env: Environment;
  readonly pgBin?: string | undefined;
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** Restores as a superuser what only a superuser may make: the dump's authors then run what they like as one. */
  readonly asSuperuser?: boolean;
  readonly onProgress?: Watch;
  /** Told what could not be given back. */
  readonly onLeftBehind?: (left: LeftBehind) => void;
}

export interface RestoredTombstone extends TombstoneProof {
  /** Of the new database, whatever the verdict; null where nothing could be restored. */
  readonly oid: number | null;
}

/**
 * Restores a tombstone into a new database of a server that others use, and compares it there with the fingerprint. The roles that it
 * names must be there. The database then belongs to the settings' role, and nobody else may connect: its name, owner, grants and
 * connection limit are the caller's to give. Publications, subscriptions (disabled, as pg_dump has them) and user mappings are made too.
 * On an exception, and when interrupted, the database is dropped, by its OID, with the roles that were made to restore it. Throws
 * `bad-input` (a role is missing, the tombstone is encrypted), `extension-missing`, `tool-missing`, `scratch-failed` (the name is in use) …
 */
export async function restoreTombstone(options: RestoreTombstone): Promise<RestoredTombstone> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const { folder, settings, database, jobs, env, signal, asSuperuser = false } = options;
  const applicationName = { exact: options.applicationName };
  const watch = options.onProgress ?? (() => undefined);
  const { marker, fingerprint, damage } = await openTombstone(folder, options.recorded);
  const archive = await openTombstoneArchive(folder, signal);
  if (fingerprint === null || "stage" in archive) {
    const all = "stage" in archive ? [...damage, archive] : damage;
    return { ...disproved(all, { seconds: seconds(), serverVersion: marker.serverVersion }), oid: null };
  }
  const toolbox = createToolbox({ env, pgBin: options.pgBin });
  const major = await majorOf(settings, applicationName, signal);
  const installation = await toolbox.choose({
    tools: ["pg_restore"],
    prefer: major,
    atLeast: oldestToolMajor(archive),
  });
  const made = await restoreToCompare({
    archive,
    installation,
    settings,
    database,
    asSuperuser,
    inPlace: true,
    jobs,
    env,
    signal,
    onProgress: (bytes) => watch(Math.min(bytes, marker.sizeBytes), marker.sizeBytes),
    reader: { jobs, chain: {}, signal, applicationName },
    applicationName,
    ...(options.onLeftBehind === undefined ? {} : { onLeftBehind: options.onLeftBehind }),
  });
  try {
    const tombstone = { marker, archive, truth: fingerprint, damage };
    const judged = await compareRestored(made, tombstone, { env, toolbox, signal, asSuperuser, watch });
    for (const left of await made.keep()) options.onLeftBehind?.(left);
    const { notes } = made.facts;
    return { ...judged, notes, seconds: seconds(), serverVersion: marker.serverVersion, oid: made.oid };
  } catch (error) {
    for (const left of await made.drop()) options.onLeftBehind?.(left);
    throw error;
  }
}

async function majorOf(
  settings: ConnectionSettings,
  applicationName: { readonly exact: string },
  signal: AbortSignal,
): Promise<number> {
  await using session = await connect(settings, { applicationName, signal });
  return session.major;
}
