import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installChain } from "../src/audit/install-chain.ts";
import { connect } from "../src/postgres/connect.ts";
import { chooseInstallation, findInstallations } from "../src/postgres/installations.ts";
import type { Installation } from "../src/postgres/installations.ts";
import { startScratchCluster } from "../src/postgres/scratch-cluster.ts";
import type { ScratchCluster } from "../src/postgres/scratch-cluster.ts";
import type { Session } from "../src/postgres/session.ts";
import { certctlChain } from "./support/certctl-schema.ts";

/**
 * What appending to the chain costs, against a certctl-style trigger in the same run: short runs of pgbench in turns, the
 * median of the pairs' ratios; and the server's processor time a transaction, which another load disturbs less. Clients send
 * prepared statements, which leaves the least beside the chain itself (CUSTODY_BENCH_PROTOCOL=simple for the other).
 * CUSTODY_BENCH_ROUNDS, CUSTODY_BENCH_TRANSACTIONS and CUSTODY_BENCH_ROWS make it smaller.
 */

const rounds = Number(process.env["CUSTODY_BENCH_ROUNDS"] ?? 9);
const transactions = Number(process.env["CUSTODY_BENCH_TRANSACTIONS"] ?? 16_000);
const rows = Number(process.env["CUSTODY_BENCH_ROWS"] ?? 40_000);
const protocol = process.env["CUSTODY_BENCH_PROTOCOL"] ?? "prepared";
const targets = { single: 0.85, work: 10, bulk: 15, growth: 1.3 };
const chains = ["certctl", "custody"] as const;
type Chain = (typeof chains)[number];
const folder = mkdtempSync(join(tmpdir(), "custody-bench-"));

const columns = 'id, actor, actor_type, action, resource_type, resource_id, details, "timestamp"';
const values = `gen_random_uuid()::text, 'actor-17', 'User', 'certificate.issue', 'certificate', 'mc-4711',
  '{"serial": "d41d8cd98f00b204e9800998ecf8427e", "profile": "server", "days": 90}'::jsonb, clock_timestamp()`;
const single = `insert into audit_events (${columns}) values (${values});`.replaceAll(/\s+/g, " ");
const scripts = {
  single: `${single}\n`,
  work: `begin;\n${single}\n\\sleep 5 ms\ncommit;\n`,
};

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

/** Seconds of processor time of the server's sessions that have ended. */
function sessionSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

interface Measured {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

interface Load {
  readonly script: keyof typeof scripts;
  readonly clients: number;
  readonly transactions: number;
}

function pgbench(
  installation: Installation,
  { settings, pid }: ScratchCluster,
  chain: Chain,
  load: Load,
): Measured {
  const host = settings.hosts[0]!;
  const before = sessionSeconds(pid);
  const script = ["-t", String(Math.ceil(load.transactions / load.clients)), "-f", join(folder, load.script)];
  const { status, stdout, stderr } = spawnSync(
    // Beside psql in every installation that has clients.
    join(installation.binDir, "pgbench"),
    ["-n", "-M", protocol, "-h", host.host, "-p", String(host.port), "-U", settings.user].concat(
      ["-c", String(load.clients), "-j", load.clients === 1 ? "1" : "2"],
      script,
      chain,
    ),
    { encoding: "utf8" },
  );
  const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  if (status !== 0 || Number.isNaN(perSecond)) throw new Error(`pgbench ended with ${status}: ${stderr}`);
  // The server has waited for its last session a moment after pgbench ended.
  let after = sessionSeconds(pid);
  for (const until = performance.now() + 300; performance.now() < until; Bun.sleepSync(10))
    after = sessionSeconds(pid);
  return { perSecond, cpuMicros: ((after - before) / load.transactions) * 1_000_000 };
}

function compare(
  installation: Installation,
  cluster: ScratchCluster,
  name: string,
  load: Load,
  target: number,
): boolean {
  const measured: Record<Chain, Measured[]> = { certctl: [], custody: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const chain of round % 2 === 0 ? chains : chains.toReversed()) {
      const seen = pgbench(installation, cluster, chain, load);
      // The first round warms up.
      if (round > 0) measured[chain].push(seen);
    }
  }
  const rate = (chain: Chain): string =>
    median(measured[chain].map((each) => each.perSecond))
      .toFixed(0)
      .padStart(6);
  const pairs = (of: (each: Measured) => number): number =>
    median(measured.custody.map((each, at) => of(each) / of(measured.certctl[at]!)));
  const ratio = pairs((each) => each.perSecond);
  const cpu = pairs((each) => each.cpuMicros);
  print(
    name,
    `${rate("certctl")} /s   custody ${rate("custody")} /s   CPU ${cpu.toFixed(2)} x`,
    ratio,
    target,
    "at least",
  );
  return ratio >= target;
}

function print(name: string, figures: string, ratio: number, target: number, bound: string): void {
  const isMet = bound === "at least" ? ratio >= target : ratio <= target;
  console.log(
    `${name.padEnd(46)} certctl ${figures}   ${ratio.toFixed(2)} x   (target: ${bound} ${target} x, ${isMet ? "met" : "NOT met"})`,
  );
}

async function makeDatabase(cluster: ScratchCluster, chain: Chain): Promise<void> {
  await using admin = await connect(cluster.settings, { applicationName: "bench" });
  await admin.sql.unsafe(`drop database if exists ${chain}`);
  await admin.sql.unsafe(`create database ${chain} template template0 encoding 'UTF8'`);
  await using session = await open(cluster, chain);
  if (chain === "custody") await installChain(session, { schema: "public" });
  else await session.sql.unsafe(certctlChain);
}

function open(cluster: ScratchCluster, chain: Chain): Promise<Session> {
  return connect({ ...cluster.settings, database: chain }, { applicationName: "bench" });
}

/** Seconds that one transaction of `count` events takes, in a chain that is empty but for a hundred. */
async function bulk(cluster: ScratchCluster, chain: Chain, count: number): Promise<number> {
  await makeDatabase(cluster, chain);
  await using session = await open(cluster, chain);
  const insert = (many: number): PromiseLike<unknown> =>
    session.sql.unsafe(
      `insert into audit_events (${columns}) select ${values} from generate_series(1, ${many})`,
    );
  await insert(100);
  const started = performance.now();
  await insert(count);
  return (performance.now() - started) / 1000;
}

async function compareBulk(cluster: ScratchCluster): Promise<boolean> {
  const ratios: number[] = [];
  const seconds: Record<Chain | "small", number[]> = { certctl: [], custody: [], small: [] };
  for (let round = 0; round < 3; round += 1) {
    for (const chain of chains) seconds[chain].push(await bulk(cluster, chain, rows));
    seconds.small.push(await bulk(cluster, "custody", rows / 8));
    ratios.push(seconds.certctl[round]! / seconds.custody[round]!);
  }
  const [certctl, custody, small] = [median(seconds.certctl), median(seconds.custody), median(seconds.small)];
  print(
    `one transaction of ${rows} events`,
    `${certctl.toFixed(1)} s   custody ${custody.toFixed(2)} s`,
    median(ratios),
    targets.bulk,
    "at least",
  );
  const growth = custody / 8 / small;
  console.log(
    `an event among ${rows} against one among ${rows / 8}   ${growth.toFixed(2)} x   (target: at most ${targets.growth} x, ${growth <= targets.growth ? "met" : "NOT met"})`,
  );
  return median(ratios) >= targets.bulk && growth <= targets.growth;
}

try {
  for (const [name, script] of Object.entries(scripts)) writeFileSync(join(folder, name), script);
  const installations = await findInstallations({ env: process.env });
  const installation = chooseInstallation(installations, { tools: ["initdb", "postgres", "psql"] });
  const met: boolean[] = [];
  for (const durable of [false, true]) {
    await using cluster = await startScratchCluster({
      installation,
      env: process.env,
      durable,
      parameters: { shared_buffers: "1GB", max_wal_size: "4GB", max_connections: "50" },
    });
    for (const chain of chains) await makeDatabase(cluster, chain);
    const with_ = `fsync ${durable ? "on" : "off"}`;
    const count = durable ? transactions / 2 : transactions;
    const run = (name: string, load: Load, target: number): void =>
      void met.push(compare(installation, cluster, name, load, target));
    run(
      `single events, 1 client, ${with_}`,
      { script: "single", clients: 1, transactions: count },
      targets.single,
    );
    run(
      `single events, 16 clients, ${with_}`,
      { script: "single", clients: 16, transactions: count },
      targets.single,
    );
    if (durable) continue;
    run(
      "16 clients, 5 ms of work after the event",
      { script: "work", clients: 16, transactions: 960 },
      targets.work,
    );
    met.push(await compareBulk(cluster));
  }
  process.exitCode = met.every(Boolean) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
