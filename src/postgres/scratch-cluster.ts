import { readFile, statfs } from "node:fs/promises";
import { InterruptedError } from "../errors.ts";
import { folderAt, makeClusterFolder } from "./cluster-folder.ts";
import { writeOwner } from "./folder-owner.ts";
import type { ClusterFolder } from "./cluster-folder.ts";
import { dropTemplate, makeDataDirectory } from "./initdb.ts";
import type { Installation } from "./installations.ts";
import { chooseLauncher } from "./launcher.ts";
import { startPostmaster } from "./postmaster.ts";
import type { Postmaster } from "./postmaster.ts";
import { reachableInstallation } from "./reach.ts";
import { removeClusterFolder } from "./remove-folder.ts";
import { serverParameters } from "./server-parameters.ts";
import { serverUser } from "./server-user.ts";
import type { ServerUser } from "./server-user.ts";
import type { ConnectionSettings, Environment } from "./connection-settings.ts";
import { sweepAbandonedClusters } from "./sweep-clusters.ts";

export { sweepAbandonedClusters } from "./sweep-clusters.ts";

/** A server of our own on a Unix socket, in a folder of its own. Disposing stops it and removes the folder. */
export interface ScratchCluster extends AsyncDisposable {
  /** The superuser's, over the socket, database `postgres`. */
  readonly settings: ConnectionSettings;
  readonly installation: Installation;
  readonly directory: string;
  /** Whether the server has no network but its Unix socket. */
  readonly isIsolated: boolean;
  /** The process of the server. */
  readonly pid: number;
  /** The settings that it was started with. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether the server's own log tells of a full disk, or its folder has no room for another WAL segment. */
  ranOutOfSpace(): Promise<boolean>;
  /** Stops the server and removes its folder; safe to call twice. */
  stop(): Promise<void>;
  /**
   * Leaves the server running when custody ends; from then on disposing does nothing. Once the user has stopped it, the next
   * start of a throwaway server removes its folder. Only for a server that was started with `mayOutlive`.
   */
  keep(): Promise<void>;
}

export interface ScratchClusterOptions {
  readonly installation: Installation;
  readonly env: Environment;
  /** Keeps fsync and the like on, for an honest restore time. */
  readonly durable?: boolean;
  readonly jobs?: number;
  readonly parameters?: Readonly<Record<string, string>>;
  /** A network of its own for the server, where the system allows it. */
  readonly isolateNetwork?: boolean;
  /** Lets `keep` leave the server running: without it the server ends when custody does, however custody ends. */
  readonly mayOutlive?: boolean;
  /** Stops the start, and later the server. */
  readonly signal?: AbortSignal;
}

/** Starts a throwaway cluster, after removing those that killed processes left. Throws `scratch-failed` or `InterruptedError`. */
export async function startScratchCluster(options: ScratchClusterOptions): Promise<ScratchCluster> {
  const { env, signal } = options;
  const user = await serverUser();
  const installation = await reachableInstallation(options.installation, user);
  const [folder] = await Promise.all([makeClusterFolder(env, user), sweepAbandonedClusters(env)]);
  try {
    const { postmaster, superuser, parameters, isIsolated } = await start(folder, user, {
      ...options,
      installation,
    });
    return live({ folder, user, postmaster, superuser, parameters, isIsolated, installation, signal });
  } catch (error) {
    await removeClusterFolder(folder, user);
    if (signal?.aborted) throw new InterruptedError();
    throw error;
  }
}

interface Started {
  readonly postmaster: Postmaster;
  readonly superuser: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly isIsolated: boolean;
}

async function start(
  folder: ClusterFolder,
  user: ServerUser,
  options: ScratchClusterOptions,
): Promise<Started> {
  const { env, installation, signal } = options;
  const [launcher, made] = await Promise.all([
    chooseLauncher(user, {
      isolateNetwork: options.isolateNetwork === true,
      mayOutlive: options.mayOutlive === true,
    }),
    makeDataDirectory(folder.data, installation, user, env, signal),
  ]);
  const parameters = {
    ...serverParameters({
      durable: options.durable === true,
      jobs: options.jobs ?? 1,
      socketDirectory: folder.run,
    }),
    ...options.parameters,
  };
  try {
    const postmaster = await startPostmaster(folder, installation, launcher, parameters, signal);
    return { postmaster, superuser: made.superuser, parameters, isIsolated: launcher.isIsolated };
  } catch (error) {
    if (!made.isFromTemplate || signal?.aborted) throw error;
    // A damaged template must not fail every run from now on.
    await dropTemplate(installation, user, env);
    await removeData(folder, user);
    const { superuser } = await makeDataDirectory(folder.data, installation, user, env, signal);
    const postmaster = await startPostmaster(folder, installation, launcher, parameters, signal);
    return { postmaster, superuser, parameters, isIsolated: launcher.isIsolated };
  }
}

async function removeData(folder: ClusterFolder, user: ServerUser): Promise<void> {
  await removeClusterFolder({ ...folderAt(folder.path), path: folder.data }, user);
}

const walSegmentBytes = 16 << 20;

/** A full disk may not even hold the line that says so. The server's messages are English: it runs with LC_ALL=C. */
async function ranOutOfSpace(folder: ClusterFolder): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder.path);
  if (bavail * bsize < walSegmentBytes) return true;
  return (await readFile(folder.log, "utf8")).includes("No space left on device");
}

function live(
  cluster: Started & {
    readonly folder: ClusterFolder;
    readonly user: ServerUser;
    readonly installation: Installation;
    readonly signal: AbortSignal | undefined;
  },
): ScratchCluster {
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    cluster.signal?.removeEventListener("abort", abort);
    stopped ??= cluster.postmaster.stop().then(() => removeClusterFolder(cluster.folder, cluster.user));
    return stopped;
  };
  const abort = (): void => void stop().catch(() => undefined);
  cluster.signal?.addEventListener("abort", abort, { once: true });
  if (cluster.signal?.aborted) abort();
  return {
    settings: {
      hosts: [{ host: cluster.folder.run, port: Number(cluster.parameters["port"]) }],
      user: cluster.superuser,
      database: "postgres",
      sslmode: "disable",
    },
    installation: cluster.installation,
    directory: cluster.folder.path,
    isIsolated: cluster.isIsolated,
    pid: cluster.postmaster.pid,
    parameters: cluster.parameters,
    ranOutOfSpace: () => ranOutOfSpace(cluster.folder),
    stop,
    async keep() {
      cluster.signal?.removeEventListener("abort", abort);
      await writeOwner(cluster.folder.path, cluster.postmaster.pid);
      cluster.postmaster.release();
      stopped ??= Promise.resolve();
    },
    [Symbol.asyncDispose]: stop,
  };
}
