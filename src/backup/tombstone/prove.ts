import { tmpdir } from "node:os";
import { oldestToolMajor } from "../archive/archive.ts";
import type { Watch } from "../proof/readings.ts";
import { requireRoom, restoreToCompare } from "../proof/restore-to-compare.ts";
import { OpsError } from "../../errors.ts";
import { startScratchCluster } from "../../postgres/scratch-cluster.ts";
import type { Environment } from "../../postgres/settings.ts";
import { createToolbox } from "../../postgres/toolbox.ts";
import { compareRestored, disproved } from "./conclude.ts";
import type { TombstoneProof } from "./conclude.ts";
import { openTombstone, openTombstoneArchive } from "./open.ts";
import type { RecordedTombstone } from "./open.ts";

export interface ProveTombstone {
  /** A plain tombstone. */
  readonly folder: string;
  /** What the ledger knows of it. */
  readonly recorded?: RecordedTombstone;
  readonly env: Environment;
  readonly pgBin?: string | undefined;
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** Where the throwaway cluster lies; default the environment's TMPDIR. */
  readonly tmpDir?: string | undefined;
  /** Restores as a superuser what only a superuser may make: in the throwaway cluster, which has no network. */
  readonly asSuperuser?: boolean;
  /** Bytes that the restored database takes, of about so many; then bytes whose rows were read. */
  readonly onProgress?: Watch;
}

/**
 * Restores a tombstone into a throwaway cluster and compares what came back with the fingerprint, as smoke does. The source is not
 * asked. What is wrong with the tombstone is a verdict; throws where no proof could be made: `no-space`, `tool-missing`,
 * `extension-missing`, `scratch-failed`, `file-unreadable`, `bad-input` (it is encrypted), and `InterruptedError`.
 */
export async function proveTombstone(options: ProveTombstone): Promise<TombstoneProof> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const { folder, jobs, signal, pgBin, asSuperuser = false } = options;
  const folderOfProof = options.tmpDir ?? options.env["TMPDIR"] ?? tmpdir();
  const env = { ...options.env, TMPDIR: folderOfProof };
  const watch = options.onProgress ?? (() => undefined);
  const { marker, fingerprint, damage } = await openTombstone(folder, options.recorded);
  const archive = await openTombstoneArchive(folder, signal);
  const unusable = "stage" in archive ? [...damage, archive] : damage;
  if (fingerprint === null || "stage" in archive)
    return disproved(unusable, { seconds: seconds(), serverVersion: marker.serverVersion });
  const toolbox = createToolbox({ env, pgBin });
  const major = Number.parseInt(marker.serverVersion, 10);
  const server = await toolbox.choose({ tools: ["initdb", "postgres"], prefer: major, atLeast: major });
  const installation = await toolbox.choose({
    tools: ["pg_restore"],
    prefer: server.major,
    atLeast: oldestToolMajor(archive),
  });
  await using cluster = await startScratchCluster({
    installation: server,
    env,
    jobs,
    isolateNetwork: true,
    signal,
  });
  const restoring = restoreToCompare({
    archive,
    installation,
    settings: cluster.settings,
    database: "tombstone",
    asSuperuser,
    jobs,
    env,
    signal,
    onProgress: (bytes) => watch(Math.min(bytes, marker.sizeBytes), marker.sizeBytes),
    reader: { jobs, chain: {}, signal, applicationName: "tombstone proof" },
  });
  const full = (): OpsError =>
    new OpsError(
      "no-space",
      `the throwaway server ran out of space in ${folderOfProof}`,
      "set TMPDIR to a folder on a disk with room",
    );
  await requireRoom(restoring, cluster, signal, full);
  const made = await restoring;
  const tombstone = { marker, archive, truth: fingerprint, damage };
  const judged = await compareRestored(made, tombstone, { env, toolbox, signal, asSuperuser, watch });
  return { ...judged, notes: made.facts.notes, seconds: seconds(), serverVersion: server.version };
}
