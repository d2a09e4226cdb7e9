import { mkdtempSync, mkdirSync, chmodSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../src/postgres/connect.ts";
import { chooseInstallation, findInstallations } from "../src/postgres/installations.ts";
import { startScratchCluster } from "../src/postgres/scratch-cluster.ts";
import type { ScratchCluster } from "../src/postgres/scratch-cluster.ts";
import { call, dropOf, makeDropScene } from "../test/support/drop-scene.ts";
import type { DropScene } from "../test/support/drop-scene.ts";
import { startProxyProcess } from "../test/support/proxy-process.ts";
import { openTestLedger, newDrop, stepTo } from "../test/support/ledger.ts";
import { build } from "./support/processes.ts";

/**
 * What a guarded drop costs over HTTP, by the compiled binary and a ledger that is durable, against the bare statements on the same server:
 * without a tombstone, in turns; the time from the request to the answer for a database of 300 MB; refusals and appends a second.
 * CUSTODY_BENCH_ROUNDS makes it smaller.
 */

const rounds = Number(process.env["CUSTODY_BENCH_ROUNDS"] ?? 60);
const bigMegabytes = Number(process.env["CUSTODY_BENCH_MEGABYTES"] ?? 300);
const folder = mkdtempSync(join(tmpdir(), "custody-bench-"));

try {
  chmodSync(folder, 0o755);
  const program = join(folder, "custody");
  build(program);
  const installation = chooseInstallation(await findInstallations({ env: process.env }), {
    tools: ["initdb", "postgres"],
    prefer: 15,
  });
  await using cluster = await startScratchCluster({
    installation,
    env: process.env,
    durable: true,
    parameters: { max_connections: "200" },
  });
  await benchDrops(cluster, program);
  await benchBig(cluster, program);
  await benchAppends(cluster);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function showMs(seconds: number): string {
  return `${(seconds * 1000).toFixed(0)} ms`;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

async function sceneOf(
  cluster: ScratchCluster,
  name: string,
  target: readonly string[],
): Promise<DropScene & { readonly home: string }> {
  const home = join(folder, name);
  mkdirSync(home);
  return { ...(await makeDropScene(cluster, { folder: home, name: `ledger_${name}`, target })), home };
}

/** The bare statements of a provisioner: REVOKE, terminate, DROP DATABASE, DROP ROLE. */
async function dropBare(cluster: ScratchCluster, tenant: string): Promise<void> {
  await using session = await connect(cluster.settings, { applicationName: "bench" });
  await session.sql.unsafe(`revoke connect on database db_${tenant} from public`);
  await session.sql.unsafe(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'db_${tenant}'`,
  );
  await session.sql.unsafe(`drop database if exists db_${tenant} with (force)`);
  await session.sql.unsafe(`drop role if exists usr_${tenant}`);
}

async function benchDrops(cluster: ScratchCluster, program: string): Promise<void> {
  const scene = await sceneOf(cluster, "drops", ["tombstone: { mode: off }"]);
  await using proxy = startProxyProcess(scene.config, { home: scene.home, program });
  const api = await proxy.api;
  const bare: number[] = [];
  const guarded: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await scene.createTenant(`bare${round}`);
    await scene.createTenant(`guarded${round}`);
    bare.push(await timed(() => dropBare(cluster, `bare${round}`)));
    guarded.push(
      await timed(async () => {
        const { status, body } = await call(api, "POST", "/v1/drops", dropOf(`guarded${round}`, `r${round}`));
        if (status !== 202) throw new Error(JSON.stringify(body));
      }),
    );
  }
  const line = (name: string, all: readonly number[]): void =>
    console.log(`${name}  p50 ${showMs(quantile(all, 0.5))}  p99 ${showMs(quantile(all, 0.99))}`);
  line("the bare statements           ", bare);
  line("a guarded drop, no tombstone  ", guarded);
  console.log(
    `ratio                           p50 ${(quantile(guarded, 0.5) / quantile(bare, 0.5)).toFixed(2)} x`,
  );
  await benchRefusals(api);
}

async function benchRefusals(api: string): Promise<void> {
  const seconds = 5;
  let count = 0;
  const until = performance.now() + seconds * 1000;
  await Promise.all(
    Array.from({ length: 32 }, async (_, client) => {
      for (let turn = 0; performance.now() < until; turn += 1) {
        const request = { ...dropOf("x", `refused-${client}-${turn}`), provider_resource_id: "postgres" };
        const { status } = await call(api, "POST", "/v1/drops", request);
        if (status === 403) count += 1;
      }
    }),
  );
  console.log(`refusals, each recorded         ${(count / seconds).toFixed(0)} a second (32 clients)`);
}

async function benchBig(cluster: ScratchCluster, program: string): Promise<void> {
  const scene = await sceneOf(cluster, "big", ["tombstone: { mode: required, retention: 1h }"]);
  await scene.createTenant("big");
  await using session = await connect(
    { ...cluster.settings, database: "db_big" },
    { applicationName: "bench" },
  );
  await session.sql.unsafe(
    `create table filler as select n, repeat(md5(n::text), 30) as t from generate_series(1, ${bigMegabytes * 1000}) n`,
  );
  await session[Symbol.asyncDispose]();
  await using proxy = startProxyProcess(scene.config, { home: scene.home, program });
  const api = await proxy.api;
  const seconds = await timed(() => call(api, "POST", "/v1/drops", dropOf("big", "big")));
  console.log(`fence of ${bigMegabytes} MB, to the answer    ${seconds.toFixed(2)} s (target 0.5)`);
}

/** The ledger alone: rows that move with their event, each committed and synced. */
async function benchAppends(cluster: ScratchCluster): Promise<void> {
  await using admin = await connect(cluster.settings, { applicationName: "bench" });
  await admin.sql.unsafe("create database ledger_appends template template0");
  await using ledger = await openTestLedger({ ...cluster.settings, database: "ledger_appends" });
  for (const clients of [1, 64]) {
    const seconds = 5;
    let count = 0;
    const until = performance.now() + seconds * 1000;
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (performance.now() < until) {
          const drop = newDrop();
          await ledger.record(drop);
          await ledger.step(stepTo(drop, "noop"));
          count += 2;
        }
      }),
    );
    console.log(
      `ledger appends, ${String(clients).padStart(2)} at a time     ${(count / seconds).toFixed(0)} a second`,
    );
  }
}
