import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { connect } from "../../postgres/connect.ts";
import type { Installation } from "../../postgres/installations.ts";
import { startScratchCluster } from "../../postgres/scratch-cluster.ts";
import { serverUser } from "../../postgres/server-user.ts";
import type { Environment } from "../../postgres/settings.ts";
import type { ScratchTrial } from "../ports.ts";

/** Starts the throwaway server that a proof would use, asks it something, and stops it. */
export async function tryScratch(options: {
  readonly server: Installation;
  readonly client: Installation;
  readonly env: Environment;
  readonly signal: AbortSignal;
}): Promise<ScratchTrial> {
  const { server, client, env, signal } = options;
  const started = performance.now();
  await using cluster = await startScratchCluster({
    installation: server,
    env,
    isolateNetwork: true,
    signal,
  });
  await using session = await connect(cluster.settings, { applicationName: "doctor", signal });
  const startMs = performance.now() - started;
  const folder = dirname(cluster.directory);
  const disk = await statfs(folder);
  const user = await serverUser();
  return {
    version: session.serverVersion,
    tools: `${client.version} (${client.binDir})`,
    user: user.name,
    isIsolated: cluster.isIsolated,
    startMs,
    freeBytes: disk.bavail * disk.bsize,
    folder,
  };
}
