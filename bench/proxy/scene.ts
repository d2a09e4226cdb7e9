import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../../src/postgres/connect.ts";
import { chooseInstallation, findInstallations } from "../../src/postgres/installations.ts";
import { startScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import { serverUser } from "../../src/postgres/server-user.ts";
import { startProxyProcess } from "../../test/support/proxy-process.ts";
import { freePort } from "../../test/support/tcp-cluster.ts";

/** One way to the same server. */
export interface Way {
  readonly name: string;
  readonly port: number;
  /** Of what stands in between; null: nothing does. */
  readonly pid: number | null;
}

export interface BenchScene extends AsyncDisposable {
  readonly binDir: string;
  readonly direct: Way;
  readonly pgbouncer: Way;
  readonly custody: Way;
  /** Bun's sockets alone: see `splice.ts`. */
  readonly splice: Way;
  /** Another custody, of so many processes, until it is disposed of. */
  startProcesses(count: number): Promise<Way & AsyncDisposable>;
}

/** The role that all come as: an application's, that may drop no database. */
export const role = "app";

/** A server on the loopback that lets everybody in, PgBouncer in session mode and the compiled custody before it, each with what it does by default. */
export async function openBenchScene(folder: string, program: string): Promise<BenchScene> {
  await using stack = new AsyncDisposableStack();
  const installation = chooseInstallation(await findInstallations({ env: process.env }), {
    tools: ["initdb", "postgres", "psql"],
    prefer: 15,
  });
  const hba = join(folder, "hba");
  writeFileSync(hba, "local all all trust\nhost all all 127.0.0.1/32 trust\n");
  const port = await freePort();
  const cluster = stack.use(
    await startScratchCluster({
      installation,
      env: process.env,
      parameters: {
        listen_addresses: "127.0.0.1",
        port: String(port),
        hba_file: hba,
        max_connections: "2200",
        shared_buffers: "512MB",
        max_wal_size: "8GB",
      },
    }),
  );
  {
    await using admin = await connect(cluster.settings, { applicationName: "bench" });
    await admin.sql.unsafe(`create role ${role} login`);
    await admin.sql.unsafe(`create database bench owner ${role} template template0`);
  }
  const admin = `postgres://${cluster.settings.user}@127.0.0.1:${port}/postgres?sslmode=disable`;
  const pgbouncer = await startPgBouncer(folder, port);
  stack.defer(() => end(pgbouncer.child));
  const splice = await startSplice(port);
  stack.defer(() => end(splice.child));
  const custody = await startCustody(join(folder, "home"), program, admin, 1);
  stack.use(custody.process);
  const owned = stack.move();
  return {
    binDir: installation.binDir,
    direct: { name: "direct", port, pid: null },
    pgbouncer: { name: "PgBouncer", port: pgbouncer.port, pid: pgbouncer.child.pid ?? 0 },
    custody: { name: "custody", port: custody.port, pid: custody.process.pid },
    splice: { name: "Bun's sockets alone", port: splice.port, pid: splice.child.pid ?? 0 },
    async startProcesses(count) {
      const started = await startCustody(join(folder, `home-${count}`), program, admin, count);
      return {
        name: `custody --processes ${count}`,
        port: started.port,
        pid: started.process.pid,
        [Symbol.asyncDispose]: () => started.process[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startPgBouncer(
  folder: string,
  server: number,
): Promise<{ readonly port: number; readonly child: ChildProcess }> {
  const home = join(folder, "pgbouncer");
  mkdirSync(home);
  const port = await freePort();
  const config = join(home, "pgbouncer.ini");
  writeFileSync(
    config,
    [
      "[databases]",
      `* = host=127.0.0.1 port=${server} user=${role}`,
      "[pgbouncer]",
      "listen_addr = 127.0.0.1",
      `listen_port = ${port}`,
      "unix_socket_dir =",
      "auth_type = any",
      "pool_mode = session",
      "max_client_conn = 2200",
      "default_pool_size = 2200",
      "ignore_startup_parameters = extra_float_digits",
      "log_connections = 0",
      "log_disconnections = 0",
      "",
    ].join("\n"),
  );
  // It does not run as root.
  const { uid, gid } = await serverUser();
  for (const path of [home, config]) chownSync(path, uid, gid);
  chmodSync(home, 0o755);
  const child = spawn("pgbouncer", ["-q", config], { uid, gid, stdio: ["ignore", "ignore", "inherit"] });
  await answers(port);
  return { port, child };
}

async function startSplice(server: number): Promise<{ readonly port: number; readonly child: ChildProcess }> {
  const port = await freePort();
  const program = join(import.meta.dirname, "splice.ts");
  const child = spawn(process.execPath, [program, String(port), String(server)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await answers(port);
  return { port, child };
}

async function startCustody(home: string, program: string, target: string, processes: number) {
  mkdirSync(home);
  const port = await freePort();
  const config = join(home, "custody.yaml");
  writeFileSync(
    config,
    [
      "state_dir: state",
      "targets:",
      "  - name: bench",
      "    kind: postgres",
      `    url: ${target}`,
      "listeners:",
      "  - name: bench",
      "    target: bench",
      "    protocol: postgres",
      `    listen: 127.0.0.1:${port}`,
      "    limits: { connections: 5000, per_address: 5000 }",
      "",
    ].join("\n"),
  );
  const started = startProxyProcess(config, { home, program, flags: ["--processes", String(processes)] });
  await started.api;
  await answers(port);
  return { port, process: started };
}

async function answers(port: number): Promise<void> {
  for (;;) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connectSocket(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (isThere) return;
    await delay(50);
  }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (child.exitCode === null && child.kill("SIGKILL")) await ended;
}

/** Kilobytes that a process holds (VmRSS). */
export function residentKilobytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** Runs a client of PostgreSQL to its end; throws where it fails. */
export function runClient(program: string, args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
    env: { PATH: process.env["PATH"], PGSSLMODE: "disable", PGCONNECT_TIMEOUT: "10" },
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Processor time that a process has used since it began (utime and stime of proc(5), in hundredths of a second). */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
