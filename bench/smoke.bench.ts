import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { installChain } from "../src/audit/install-chain.ts";
import { connect } from "../src/postgres/connect.ts";
import { chooseInstallation, findInstallations } from "../src/postgres/installations.ts";
import { startScratchCluster } from "../src/postgres/scratch-cluster.ts";
import type { ConnectionSettings } from "../src/postgres/settings.ts";
import { insertEvents } from "../src/smoke/workload/insert-events.ts";

/**
 * What a proof costs: the whole of `custody smoke --db-url` against a bare pg_dump and pg_restore of the same database, same
 * format, same compression, same jobs, into a cluster with the same settings; in turns. And `custody smoke` without arguments
 * against initdb, start and stop. CUSTODY_BENCH_SCALE and CUSTODY_BENCH_ROWS make the database smaller.
 */

const rounds = Number(process.env["CUSTODY_BENCH_ROUNDS"] ?? 3);
const scale = Number(process.env["CUSTODY_BENCH_SCALE"] ?? 50);
const rows = Number(process.env["CUSTODY_BENCH_ROWS"] ?? 100_000);
const proofTarget = 2.0;
const selfTarget = 4;
const jobs = Math.min(4, availableParallelism());
const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "custody-bench-"));
const binary = join(folder, "custody");

function run(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly as?: string } = {},
): string {
  // In a session of its own, as a client is: Linux shares processors out by session, and the source's server is in this one.
  const [program, ...rest] = [
    "setsid",
    "--wait",
    ...(options.as === undefined ? [] : ["setpriv", `--reuid=${options.as}`, "--clear-groups"]),
    command,
    ...args,
  ];
  const end = spawnSync(program ?? command, rest, {
    encoding: "utf8",
    env: { ...process.env, ...options.env },
    cwd: folder,
    maxBuffer: 2 ** 28,
  });
  if (end.status !== 0)
    throw new Error(`${command} ${args.join(" ")} ended with ${end.status}: ${end.stderr}`);
  return end.stdout;
}

function seconds(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function libpq(settings: ConnectionSettings): NodeJS.ProcessEnv {
  const [host] = settings.hosts;
  return {
    PGHOST: host!.host,
    PGPORT: String(host!.port),
    PGUSER: settings.user,
    PGDATABASE: settings.database,
  };
}

function url(settings: ConnectionSettings): string {
  return `postgres://${settings.user}@/${settings.database}?host=${encodeURIComponent(settings.hosts[0]!.host)}`;
}

try {
  run(process.execPath, [join(root, "build.ts"), "--outfile", binary]);
  const installation = chooseInstallation(await findInstallations({ env: process.env }), {
    tools: ["initdb", "postgres", "pg_dump", "pg_restore"],
  });
  const tool = (name: string): string => join(installation.binDir, name);

  const quick = { bare: [] as number[], smoke: [] as number[] };
  for (let round = 0; round < rounds + 1; round += 1) {
    const data = mkdtempSync(join(tmpdir(), "custody-bench-initdb-"));
    run("chown", ["nobody", data]);
    const bare = seconds(() => {
      run(tool("initdb"), ["-D", data, "-A", "trust", "-U", "bench"], { as: "nobody" });
      run(
        tool("pg_ctl"),
        ["-D", data, "-w", "-l", join(data, "log"), "-o", `-c listen_addresses='' -k ${data}`, "start"],
        { as: "nobody" },
      );
      run(tool("pg_ctl"), ["-D", data, "-w", "-m", "fast", "stop"], { as: "nobody" });
    });
    rmSync(data, { recursive: true });
    const smoke = seconds(() => run(binary, ["smoke"]));
    if (round === 0) continue;
    quick.bare.push(bare);
    quick.smoke.push(smoke);
  }
  const quickRatio = median(quick.smoke) / median(quick.bare);
  console.log(`initdb + start + stop        ${median(quick.bare).toFixed(2)} s`);
  console.log(
    `custody smoke                ${median(quick.smoke).toFixed(2)} s   ${quickRatio.toFixed(2)} x   (target: at most ${selfTarget} x)`,
  );

  await using source = await startScratchCluster({ installation, env: process.env, jobs });
  run(tool("createdb"), ["shop"], { env: libpq(source.settings) });
  const settings = { ...source.settings, database: "shop" };
  run(tool("pgbench"), ["-i", "-q", "-s", String(scale)], { env: libpq(settings) });
  {
    await using session = await connect(settings, { applicationName: "bench" });
    await installChain(session, { schema: "public" });
    await insertEvents(session, "public", rows, {});
    await session.sql.unsafe("VACUUM ANALYZE");
  }
  const archive = join(folder, "shop.dump");
  const times = { dump: [] as number[], restore: [] as number[], smoke: [] as number[] };
  let document: { timings: Record<string, number>; verdict: string } | undefined;
  for (let round = 0; round < rounds; round += 1) {
    await using scratch = await startScratchCluster({ installation, env: process.env, jobs });
    times.dump.push(
      seconds(() => run(tool("pg_dump"), ["-Fc", "-Z1", "-f", archive], { env: libpq(settings) })),
    );
    run(tool("createdb"), ["restored"], { env: libpq(scratch.settings) });
    const args = ["-d", "restored", "-j", String(jobs), archive];
    times.restore.push(seconds(() => run(tool("pg_restore"), args, { env: libpq(scratch.settings) })));
    await scratch.stop();
    const report = join(folder, "smoke.json");
    times.smoke.push(
      seconds(() =>
        run(binary, [
          "smoke",
          "--db-url",
          url(settings),
          "--jobs",
          String(jobs),
          "--report",
          `json=${report}`,
        ]),
      ),
    );
    document = JSON.parse(await Bun.file(report).text());
  }
  const bare = median(times.dump) + median(times.restore);
  const ratio = median(times.smoke) / bare;
  console.log(
    `\npgbench scale ${scale}, ${rows} events, archive ${(statSync(archive).size / 1e6).toFixed(0)} MB, ${jobs} jobs, PostgreSQL ${installation.version}, ${rounds} rounds`,
  );
  console.log(
    `pg_dump + pg_restore         ${bare.toFixed(2)} s   (${median(times.dump).toFixed(2)} + ${median(times.restore).toFixed(2)})`,
  );
  console.log(
    `custody smoke --db-url       ${median(times.smoke).toFixed(2)} s   ${ratio.toFixed(2)} x   (target: at most ${proofTarget} x; verdict ${document?.verdict})`,
  );
  for (const [step, took] of Object.entries(document?.timings ?? {}))
    console.log(`  ${step.padEnd(24)} ${took.toFixed(2)} s`);
  process.exitCode =
    ratio <= proofTarget && quickRatio <= selfTarget && document?.verdict === "proved" ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
