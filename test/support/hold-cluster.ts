import { startScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import { testInstallation } from "./cluster.ts";

/** A program that starts a throwaway cluster, says where it is, and does nothing more until it is killed. */
const cluster = await startScratchCluster({
  installation: await testInstallation(),
  env: process.env,
  mayOutlive: process.argv.includes("--may-outlive"),
});
if (process.argv.includes("--keep")) await cluster.keep();
const { directory, pid, settings } = cluster;
process.stdout.write(`${JSON.stringify({ directory, pid, user: settings.user })}\n`);
if (!process.argv.includes("--keep")) setInterval(() => undefined, 1000);
