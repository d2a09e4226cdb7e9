import { spawn } from "node:child_process";
import { chmodSync, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { on, once } from "node:events";
import { isSuspect } from "../src/destruction/sql/wire/find-suspicion.ts";
import { runPgbench } from "./proxy/pgbench.ts";
import type { PgbenchRun } from "./proxy/pgbench.ts";
import { openBenchScene, processorSeconds, residentKilobytes, role, runClient } from "./proxy/scene.ts";
import type { BenchScene, Way } from "./proxy/scene.ts";
import { atLeast, atMost, build, median, medianRatio, report } from "./support/processes.ts";

/**
 * What the proxy costs, by the compiled binary with its default policy, against a direct connection, PgBouncer in session mode, and the limit of what it
 * is built on (a bare splice of Bun's sockets), in turns:
 * `pgbench -S` with 1, 8 and 64 clients, simple and prepared, also of two processes, latencies, a COPY each way, memory of idle sessions and of a long INSERT.
 * CUSTODY_BENCH_SECONDS, _ROUNDS, _MEGABYTES and _IDLE make it smaller.
 */

const seconds = Number(process.env["CUSTODY_BENCH_SECONDS"] ?? 5);
const rounds = Number(process.env["CUSTODY_BENCH_ROUNDS"] ?? 5);
const megabytes = Number(process.env["CUSTODY_BENCH_MEGABYTES"] ?? 1024);
const idleSessions = Number(process.env["CUSTODY_BENCH_IDLE"] ?? 2000);
const folder = mkdtempSync(join(tmpdir(), "custody-bench-"));

try {
  chmodSync(folder, 0o755);
  const program = join(folder, "custody");
  build(program);
  await using scene = await openBenchScene(folder, program);
  await benchIdle(scene);
  runClient("pgbench", [
    "-i",
    "-q",
    "-s",
    "10",
    "-h",
    "127.0.0.1",
    "-p",
    String(scene.direct.port),
    "-U",
    role,
    "bench",
  ]);
  for (const mode of ["simple", "prepared"])
    for (const clients of [1, 8, 64]) benchTransactions(scene, mode, clients);
  await benchProcesses(scene);
  await benchRecogniser(scene);
  benchCopy(scene);
  await benchInsert(scene);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function benchTransactions(scene: BenchScene, mode: string, clients: number): void {
  const { direct, pgbouncer, custody, splice } = scene;
  const ways = [direct, splice, pgbouncer, custody];
  const runs = new Map<Way, PgbenchRun[]>(ways.map((way) => [way, []]));
  for (const way of ways) runPgbench(way, { folder, clients, mode, seconds: 1 });
  for (let round = 0; round < rounds; round += 1)
    for (const way of ways) runs.get(way)?.push(runPgbench(way, { folder, clients, mode, seconds }));
  const of = (way: Way, key: keyof PgbenchRun): readonly number[] =>
    (runs.get(way) ?? []).map((run) => run[key]);
  const label = `pgbench -S, ${mode}, ${clients} client${clients === 1 ? "" : "s"}`;
  for (const way of ways) {
    const latency = `p50 ${median(of(way, "p50"))} µs, p99 ${median(of(way, "p99"))} µs`;
    report(`${label}: ${way.name}`, `${median(of(way, "tps")).toFixed(0)} tps, ${latency}`);
  }
  const ratio = medianRatio(of(custody, "tps"), of(pgbouncer, "tps"));
  report(`  custody / PgBouncer`, `${ratio.toFixed(2)} x`, atLeast(ratio, clients > 8 ? 0.85 : 1));
  const toDirect = medianRatio(of(custody, "tps"), of(direct, "tps"));
  report(`  custody / direct`, `${toDirect.toFixed(2)} x`);
  const toLimit = medianRatio(of(custody, "tps"), of(splice, "tps"));
  report(`  custody / Bun's sockets alone`, `${toLimit.toFixed(2)} x`);
  if (clients > 8) return;
  const added = median(of(custody, "p50").map((p50, at) => p50 - (of(direct, "p50")[at] ?? p50)));
  if (clients === 1) report(`  added to p50`, `${added} µs`, atMost(added, 60, " µs"));
  const tail = medianRatio(of(custody, "p99"), of(pgbouncer, "p99"));
  report(`  p99 / PgBouncer's`, `${tail.toFixed(2)} x`, atMost(Number(tail.toFixed(2)), 1));
}

/** As many processes as PgBouncer cannot have. */
async function benchProcesses({ pgbouncer, startProcesses }: BenchScene): Promise<void> {
  await using two = await startProcesses(2);
  for (const mode of ["simple", "prepared"])
    for (const clients of [8, 64]) {
      const runs = new Map<Way, number[]>([pgbouncer, two].map((way) => [way, []]));
      for (const way of runs.keys()) runPgbench(way, { folder, clients, mode, seconds: 1 });
      for (let round = 0; round < rounds; round += 1)
        for (const [way, tps] of runs) tps.push(runPgbench(way, { folder, clients, mode, seconds }).tps);
      const [bouncer = [], ours = []] = runs.values();
      const label = `pgbench -S, ${mode}, ${clients} clients: ${two.name}`;
      const ratio = medianRatio(ours, bouncer);
      report(label, `${median(ours).toFixed(0)} tps`);
      report(`  to PgBouncer's ${median(bouncer).toFixed(0)}`, `${ratio.toFixed(2)} x`, atLeast(ratio, 1));
    }
}

function benchCopy({ direct, pgbouncer, custody }: BenchScene): void {
  const rows = Math.round((megabytes * 1_048_576) / 110);
  sql(
    direct,
    `create table copied as select g as id, repeat(md5(g::text), 3) as text from generate_series(1, ${rows}) g`,
  );
  sql(direct, "create unlogged table taken (id int, text text)");
  const file = join(folder, "copied");
  runClient("psql", [...psqlArgs(direct), "-c", `\\copy copied to '${file}'`]);
  const size = statSync(file).size / 1_048_576;
  for (const [label, command] of [
    ["out", "\\copy copied to '/dev/null'"],
    ["in", `\\copy taken from '${file}'`],
  ] as const) {
    const took = new Map<Way, number[]>();
    for (let round = 0; round < Math.min(rounds, 3); round += 1)
      for (const way of [direct, pgbouncer, custody]) {
        sql(direct, "truncate taken");
        const started = performance.now();
        runClient("psql", [...psqlArgs(way), "-c", command]);
        took.set(way, [...(took.get(way) ?? []), (performance.now() - started) / 1000]);
      }
    const of = (way: Way): readonly number[] => took.get(way) ?? [];
    for (const way of [direct, pgbouncer, custody])
      report(`COPY ${label} of ${size.toFixed(0)} MB: ${way.name}`, `${median(of(way)).toFixed(2)} s`);
    const ratio = medianRatio(of(direct), of(custody));
    report(`  custody / direct`, `${ratio.toFixed(2)} x`, atLeast(ratio, 0.9));
  }
}

/** Sessions that logged in and wait, as a pool keeps them. */
async function benchIdle({ custody }: BenchScene): Promise<void> {
  const before = residentKilobytes(custody.pid ?? 0);
  const sockets: Socket[] = [];
  const startup = Buffer.from(`\0\0\0\0\0\u0003\0\0user\0${role}\0database\0bench\0\0`, "latin1");
  startup.writeInt32BE(startup.length);
  for (let at = 0; at < idleSessions; at += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, idleSessions - at) }, async () => {
        const socket = connect(custody.port, "127.0.0.1");
        sockets.push(socket);
        socket.write(startup);
        await isReady(socket);
      }),
    );
  }
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const each = (residentKilobytes(custody.pid ?? 0) - before) / idleSessions;
  report(`memory of ${idleSessions} idle sessions`, `${each.toFixed(1)} kB each`, atMost(each, 40, " kB"));
  for (const socket of sockets) socket.destroy();
}

async function isReady(socket: Socket): Promise<void> {
  for await (const [chunk] of on(socket, "data") as AsyncIterable<[Buffer]>)
    if (chunk.includes("Z\0\0\0\u0005I", 0, "latin1")) return;
}

/** An INSERT of 100 MB, and one of 300: memory does not grow with what passes. */
async function benchInsert({ custody, direct }: BenchScene): Promise<void> {
  sql(direct, "create unlogged table if not exists long (id int, text text)");
  const grown: number[] = [];
  for (const size of [100, 300]) {
    const file = join(folder, "long.sql");
    await writeInsert(file, size);
    const before = residentKilobytes(custody.pid ?? 0);
    let most = before;
    const sampler = setInterval(() => (most = Math.max(most, residentKilobytes(custody.pid ?? 0))), 20);
    const child = spawn("psql", [...psqlArgs(custody), "-f", file], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [code] = (await once(child, "close")) as [number];
    clearInterval(sampler);
    if (code !== 0) throw new Error(`psql ended with ${code}`);
    grown.push((most - before) / 1024);
    report(`an INSERT of ${size} MB: memory grew by`, `${grown.at(-1)?.toFixed(0)} MB`);
  }
  const [small = 0, large = 0] = grown;
  report(
    "  300 MB more than 100 MB by",
    `${(large - small).toFixed(0)} MB`,
    atMost(large - small, 32, " MB"),
  );
  rmSync(join(folder, "long.sql"));
}

async function writeInsert(file: string, megabytesOf: number): Promise<void> {
  const stream = createWriteStream(file);
  stream.write("insert into long values (0, '')");
  const row = `, (1, '${"drop it'' -- ".repeat(80)}')`;
  for (let written = 0; written < megabytesOf * 1_048_576; written += row.length)
    if (!stream.write(row)) await once(stream, "drain");
  stream.end(";\n");
  await once(stream, "close");
}

/** What the recogniser adds to a statement in which no word is suspicious, of all that the proxy's processor does for one. */
async function benchRecogniser({ custody }: BenchScene): Promise<void> {
  const before = processorSeconds(custody.pid ?? 0);
  const { tps } = runPgbench(custody, { folder, clients: 8, mode: "simple", seconds });
  const each = ((processorSeconds(custody.pid ?? 0) - before) / (tps * seconds)) * 1e6;
  const text = Buffer.from("SELECT abalance FROM pgbench_accounts WHERE aid = 123456;");
  let suspects = 0;
  const time = (): number => {
    const started = performance.now();
    for (let count = 0; count < 1e6; count += 1) if (isSuspect(text)) suspects += 1;
    return performance.now() - started;
  };
  time();
  const nanoseconds = median([time(), time(), time()]);
  if (suspects > 0) throw new Error("a plain SELECT is suspect");
  const share = (nanoseconds / 1000 / each) * 100;
  report("processor time of the proxy for a transaction", `${each.toFixed(1)} µs`);
  report(
    "  of it for the recogniser",
    `${nanoseconds.toFixed(0)} ns, ${share.toFixed(1)} %`,
    atMost(share, 2, " %"),
  );
}

function psqlArgs({ port }: Way): readonly string[] {
  return ["-X", "-q", "-h", "127.0.0.1", "-p", String(port), "-U", role, "-d", "bench"];
}

function sql(way: Way, statement: string): void {
  runClient("psql", [...psqlArgs(way), "-c", statement]);
}
