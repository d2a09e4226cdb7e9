import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChain } from "../src/audit/find-chain.ts";
import { installChain } from "../src/audit/install-chain.ts";
import { createRowCheck } from "../src/audit/row-check.ts";
import { connect } from "../src/postgres/connect.ts";
import { chooseInstallation, findInstallations } from "../src/postgres/installations.ts";
import { startScratchCluster } from "../src/postgres/scratch-cluster.ts";
import type { Session } from "../src/postgres/session.ts";
import type { ConnectionSettings } from "../src/postgres/settings.ts";

/**
 * What the audit chain costs. Verifying: the binary's `chain verify` against psql's COPY of the same columns in the same
 * order to /dev/null, in turns, whole processes; and the most memory that it held. Appending: the cost of a row in one
 * transaction of 40 000 rows against one of 5 000. CUSTODY_BENCH_ROWS makes the chain smaller.
 */

const rows = Number(process.env["CUSTODY_BENCH_ROWS"] ?? 1_000_000);
const rounds = Number(process.env["CUSTODY_BENCH_ROUNDS"] ?? 9);
const targets = { verify: 1.15, append: 1.3, residentMb: 120 };
const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "custody-bench-"));
const binary = join(folder, "custody");

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function insert(session: Session, count: number): Promise<void> {
  await session.sql.unsafe(
    `insert into audit_events (actor, actor_type, action, resource_type, resource_id, details)
     select 'actor-' || n % 100, 'User', 'certificate.issue', 'certificate', 'mc-' || n,
            jsonb_build_object('serial', md5(n::text), 'profile', 'server', 'days', 90)
       from generate_series(1, ${count}) n`,
  );
}

/** Microseconds a row of one transaction, into a chain of its own that is empty. */
async function appendCost(admin: Session, settings: ConnectionSettings, count: number): Promise<number> {
  await admin.sql.unsafe("drop database if exists bench_append");
  await admin.sql.unsafe("create database bench_append template template0");
  await using session = await connect(
    { ...settings, database: "bench_append" },
    { applicationName: "bench" },
  );
  await installChain(session, { schema: "public" });
  await insert(session, 100);
  const started = performance.now();
  await insert(session, count);
  return ((performance.now() - started) * 1000) / count;
}

interface Run {
  readonly seconds: number;
  /** VmHWM, sampled while the process ran. */
  readonly residentMb: number;
}

async function run(command: string, args: readonly string[]): Promise<Run> {
  const started = performance.now();
  // In a session of its own, as a client is: Linux shares processors out by session, and the server is in this one.
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    detached: true,
  });
  let residentMb = 0;
  const sampler = setInterval(() => {
    const status = readStatus(child.pid);
    residentMb = Math.max(residentMb, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
  }, 100);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearInterval(sampler);
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return { seconds: (performance.now() - started) / 1000, residentMb };
}

function readStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

function build(): void {
  const { status, stderr } = spawnSync(process.execPath, ["build.ts", "--outfile", binary], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the build ended with ${status}: ${stderr}`);
}

try {
  build();
  const installations = await findInstallations({ env: process.env });
  const installation = chooseInstallation(installations, { tools: ["initdb", "postgres", "psql"] });
  await using cluster = await startScratchCluster({
    installation,
    env: process.env,
    parameters: { shared_buffers: "1GB", max_wal_size: "4GB" },
  });
  const { settings } = cluster;
  await using admin = await connect(settings, { applicationName: "bench" });

  const costs = { small: [] as number[], large: [] as number[] };
  for (let round = 0; round < 3; round += 1) {
    costs.small.push(await appendCost(admin, settings, 5000));
    costs.large.push(await appendCost(admin, settings, 40_000));
  }
  const [small, large] = [median(costs.small), median(costs.large)];
  console.log(`append, 5 000 rows in one transaction    ${small.toFixed(1)} µs a row`);
  console.log(
    `append, 40 000 rows in one transaction   ${large.toFixed(1)} µs a row   ${(large / small).toFixed(2)} x   (target: at most ${targets.append} x)`,
  );

  await using chain = await connect(settings, { applicationName: "bench" });
  await installChain(chain, { schema: "public" });
  for (let left = rows; left > 0; left -= 50_000) await insert(chain, Math.min(left, 50_000));
  await chain.sql.unsafe("vacuum analyze audit_events");
  const place = await findChain(chain);
  if (place === null) throw new Error("the chain is gone");
  const columns = createRowCheck(place.definition).expressions.join(", ");
  const host = settings.hosts[0]!;
  const psql = [
    "-X",
    "-q",
    "-h",
    host.host,
    "-p",
    String(host.port),
    "-U",
    settings.user,
    "-d",
    settings.database,
    "-o",
    "/dev/null",
    "-c",
  ];
  const copy = [
    ...psql,
    `COPY (SELECT ${columns} FROM ONLY public.audit_events t ORDER BY t.seq) TO STDOUT (FORMAT binary)`,
  ];
  const url = `host=${host.host} port=${host.port} user=${settings.user} dbname=${settings.database}`;
  const times = { copy: [] as number[], verify: [] as number[] };
  let residentMb = 0;
  for (let round = 0; round <= rounds; round += 1) {
    const copied = await run(join(installation.binDir, "psql"), copy);
    const verified = await run(binary, ["chain", "verify", "--db-url", url]);
    residentMb = Math.max(residentMb, verified.residentMb);
    // The first round warms the caches.
    if (round === 0) continue;
    times.copy.push(copied.seconds);
    times.verify.push(verified.seconds);
  }
  const [copied, verified] = [median(times.copy), median(times.verify)];
  // Each against the copy just before it: a machine that slows down for a while slows both.
  const ratio = median(times.verify.map((seconds, at) => seconds / (times.copy[at] ?? seconds)));
  console.log(`psql COPY of ${rows} rows to /dev/null   ${copied.toFixed(2)} s`);
  console.log(
    `custody chain verify of ${rows} rows     ${verified.toFixed(2)} s   ${ratio.toFixed(2)} x   (target: at most ${targets.verify} x)`,
  );
  console.log(
    `most memory that it held                 ${residentMb.toFixed(0)} MB   (target: at most ${targets.residentMb} MB)`,
  );
  const isMet =
    ratio <= targets.verify && large / small <= targets.append && residentMb <= targets.residentMb;
  process.exitCode = isMet ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
