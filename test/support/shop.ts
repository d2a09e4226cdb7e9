import type { ScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { createWorkload } from "../../src/smoke/workload/create-workload.ts";

/** A database `shop` with smoke's own workload in it, owned by `shop_owner`, read by `shop_reader`. */
export async function createShop(
  cluster: Pick<ScratchCluster, "settings">,
  rows = 24,
): Promise<ConnectionSettings> {
  await createWorkload({
    migrationsDir: null,
    rows,
    chain: {},
    psql: null,
    watch: () => undefined,
    signal: new AbortController().signal,
    env: process.env,
    settings: cluster.settings,
    database: "shop",
    roles: { owner: "shop_owner", reader: "shop_reader" },
  });
  return { ...cluster.settings, database: "shop" };
}
