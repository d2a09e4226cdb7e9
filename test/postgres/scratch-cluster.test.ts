import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InterruptedError } from "../../src/errors.ts";
import { connect } from "../../src/postgres/connect.ts";
import { isRunning, ownPid, signalProcess } from "../../src/postgres/process-group.ts";
import { identifyProcess } from "../../src/postgres/process-identity.ts";
import { startScratchCluster, sweepAbandonedClusters } from "../../src/postgres/scratch-cluster.ts";
import type { ScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import { serverUser } from "../../src/postgres/server-user.ts";
import { majors, run, testInstallation } from "../support/cluster.ts";
import { leftovers, nothing } from "../support/leftovers.ts";

const folder = await mkdtemp(join(tmpdir(), "scratch-"));
await chmod(folder, 0o755);
const env = { ...process.env, TMPDIR: folder };
const installation = await testInstallation();
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  expect(await leftovers(folder)).toEqual(nothing);
});

async function ask(
  cluster: Pick<ScratchCluster, "settings">,
  query: string,
): Promise<Readonly<Record<string, unknown>>> {
  await using session = await connect(cluster.settings, { applicationName: "test" });
  const [row] = await session.sql.unsafe(query);
  return row ?? {};
}

interface Held {
  readonly holder: ChildProcess;
  readonly directory: string;
  readonly pid: number;
  readonly user: string;
}

async function hold(...args: readonly string[]): Promise<Held> {
  const script = join(import.meta.dirname, "..", "fixtures", "edge", "hold-cluster.ts");
  const holder = spawn(process.execPath, [script, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(holder.stdout, "data");
  return { holder, ...JSON.parse(String(line)) } as Held;
}

async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) await Bun.sleep(2);
}

describe.each(majors)("PostgreSQL %d", (major) => {
  test("starts, answers on its socket alone, and leaves nothing", async () => {
    const cluster = await startScratchCluster({ installation: await testInstallation(major), env });
    const facts = await ask(
      cluster,
      `select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages, current_setting('wal_level') as wal,
              current_setting('listen_addresses') as listens, current_setting('server_encoding') as encoding,
              inet_server_addr() is null as is_local, current_user as who,
              (select count(*)::int from pg_roles where rolname in ('postgres', 'root')) as usual`,
    );
    expect(facts).toMatchObject({
      fsync: "off",
      pages: "off",
      wal: "minimal",
      listens: "",
      encoding: "UTF8",
      is_local: true,
      usual: 0,
    });
    expect(facts["who"]).toMatch(/^custody_[0-9a-f]{12}$/);
    for (const part of ["data", "run"])
      expect((await stat(join(cluster.directory, part))).mode & 0o777).toBe(0o700);
    await cluster.stop();
    await cluster.stop();
  });
});

describe("a throwaway cluster", () => {
  test("durable leaves on what protects data", async () => {
    await using cluster = await startScratchCluster({ installation, env, durable: true });
    const facts = await ask(
      cluster,
      "select current_setting('fsync') as a, current_setting('full_page_writes') as b, current_setting('synchronous_commit') as c",
    );
    expect(facts).toEqual({ a: "on", b: "on", c: "on" });
  });

  test("takes parameters, and several run side by side", async () => {
    const start = (size: string): Promise<ScratchCluster> =>
      startScratchCluster({ installation, env, parameters: { work_mem: size } });
    const clusters = await Promise.all(["5MB", "6MB", "7MB"].map(start));
    const sizes = await Promise.all(
      clusters.map((cluster) => ask(cluster, "select current_setting('work_mem') as size")),
    );
    expect(sizes.map(({ size }) => size)).toEqual(["5MB", "6MB", "7MB"]);
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  });

  test("sees no network but its own when it is isolated", async () => {
    await using cluster = await startScratchCluster({ installation, env, isolateNetwork: true });
    await run(cluster, "create table seen (line text)");
    await run(cluster, "copy seen from program 'cat /proc/net/dev'");
    const { devices } = await ask(
      cluster,
      "select string_agg(trim(split_part(line, ':', 1)), ' ') as devices from seen where line ~ ':'",
    );
    if (cluster.isIsolated) expect(devices).toBe("lo");
    // Root may always; others where the system lets them make user namespaces.
    if ((await serverUser()).isOther) expect(cluster.isIsolated).toBe(true);
  });

  test("a parameter that does not exist is told with the server's own words, and nothing is left", async () => {
    const failure: unknown = await startScratchCluster({
      installation,
      env,
      parameters: { no_such_thing: "1" },
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "scratch-failed" });
    expect((failure as Error).message).toContain("no_such_thing");
  });

  test("a template that is damaged is made anew", async () => {
    const cache = await mkdtemp(join(folder, "cache-"));
    const ownCache = { ...env, XDG_CACHE_HOME: cache };
    await (await startScratchCluster({ installation, env: ownCache })).stop();
    const templates = join(cache, "custody", "clusters");
    const [template] = await readdir(templates);
    await rm(join(templates, template ?? "", "data", "global"), { recursive: true });
    await (await startScratchCluster({ installation, env: ownCache })).stop();
    await using cluster = await startScratchCluster({ installation, env: ownCache });
    expect(await ask(cluster, "select 1 as one")).toEqual({ one: 1 });
    expect(await readdir(templates)).toEqual([template ?? ""]);
  });

  test("a cache that cannot be written costs time alone", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    await using cluster = await startScratchCluster({ installation, env: { ...env, XDG_CACHE_HOME: file } });
    expect(await ask(cluster, "select 1 as one")).toEqual({ one: 1 });
  });
});

describe("interruption", () => {
  test("before, and at many moments of the start", async () => {
    for (const delayMs of [0, 1, 5, 20, 40, 60, 80, 100, 150, 250]) {
      const stop = new AbortController();
      const starting = startScratchCluster({ installation, env, signal: stop.signal });
      setTimeout(() => stop.abort(), delayMs);
      const outcome: unknown = await starting.catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(InterruptedError);
      else await (outcome as ScratchCluster).stop();
      expect(await leftovers(folder)).toEqual(nothing);
    }
  });

  test("while it runs", async () => {
    const stop = new AbortController();
    const cluster = await startScratchCluster({ installation, env, signal: stop.signal });
    stop.abort();
    await cluster.stop();
    expect(isRunning(cluster.pid)).toBe(false);
  });

  test("kill -9: the server ends by itself, the folder goes at the next start", async () => {
    const held = await hold();
    expect(isRunning(held.pid)).toBe(true);
    held.holder.kill("SIGKILL");
    await gone(held.pid);
    expect((await leftovers(folder)).folders.length).toBe(1);
    await using cluster = await startScratchCluster({ installation, env });
    expect((await leftovers(folder)).folders).toEqual([cluster.directory.slice(folder.length + 1)]);
  });

  test("kill -9 of one whose server outlives it: the sweep ends the server", async () => {
    const held = await hold("--may-outlive");
    held.holder.kill("SIGKILL");
    await gone(held.holder.pid ?? 0);
    expect(isRunning(held.pid)).toBe(true);
    expect(await sweepAbandonedClusters(env)).toEqual([held.directory]);
    expect(isRunning(held.pid)).toBe(false);
  });

  test("one that was kept lives on, and is swept once it is stopped", async () => {
    const held = await hold("--may-outlive", "--keep");
    await once(held.holder, "exit");
    expect(await sweepAbandonedClusters(env)).toEqual([]);
    const settings = {
      hosts: [{ host: join(held.directory, "run"), port: 5432 }],
      user: held.user,
      database: "postgres",
      sslmode: "disable",
    } as const;
    expect(await ask({ settings }, "select 1 as one")).toEqual({ one: 1 });
    signalProcess(held.pid, "SIGQUIT");
    await gone(held.pid);
    expect(await sweepAbandonedClusters(env)).toEqual([held.directory]);
  });
});

describe("sweepAbandonedClusters", () => {
  async function plant(owner: object | undefined): Promise<string> {
    const path = await mkdtemp(join(folder, "custody-cluster-"));
    await mkdir(join(path, "data"));
    if (owner !== undefined) await writeFile(join(path, "owner"), JSON.stringify(owner));
    return path;
  }

  test("leaves alone what lives, what cannot be judged, and what is being made", async () => {
    await using cluster = await startScratchCluster({ installation, env });
    const self = await identifyProcess(ownPid);
    const planted = [
      await plant(self),
      await plant({ ...self, pid: 1, pidNamespace: "pid:[1]" }),
      await plant(undefined),
    ];
    expect(await sweepAbandonedClusters(env)).toEqual([]);
    expect(await ask(cluster, "select 1 as one")).toEqual({ one: 1 });
    for (const path of planted) await rm(path, { recursive: true });
  });

  test("is not fooled by a number that another process got, nor by a reboot", async () => {
    const self = await identifyProcess(ownPid);
    const reused = await plant({ ...self, startTime: "1" });
    const rebooted = await plant({ ...self, bootId: "another" });
    expect((await sweepAbandonedClusters(env)).toSorted()).toEqual([reused, rebooted].toSorted());
  });

  test("an old folder without an owner goes", async () => {
    const path = await plant(undefined);
    const old = new Date(Date.now() - 2 * 60 * 60 * 1000);
    await utimes(path, old, old);
    expect(await sweepAbandonedClusters(env)).toEqual([path]);
  });

  test("never kills what is not the server of that folder", async () => {
    const path = await plant({ ...(await identifyProcess(ownPid)), startTime: "1" });
    const bystander = spawn("sleep", ["60"], { cwd: join(path, "data") });
    await writeFile(join(path, "data", "postmaster.pid"), `${bystander.pid}\n`);
    expect(await sweepAbandonedClusters(env)).toEqual([path]);
    expect(isRunning(bystander.pid ?? 0)).toBe(true);
    bystander.kill("SIGKILL");
    await once(bystander, "exit");
  });

  test("a link is not followed", async () => {
    const other = await mkdtemp(join(folder, "elsewhere-"));
    await writeFile(join(other, "owner"), JSON.stringify({ pid: 999999999, startTime: "1" }));
    const link = join(folder, "custody-cluster-link");
    const { symlink, unlink } = await import("node:fs/promises");
    await symlink(other, link);
    expect(await sweepAbandonedClusters(env)).toEqual([]);
    expect(await readdir(other)).toEqual(["owner"]);
    await unlink(link);
  });

  test("two at once do not disturb each other", async () => {
    await plant({ pid: 999999999, startTime: "1" });
    await Promise.all([
      sweepAbandonedClusters(env),
      sweepAbandonedClusters(env),
      sweepAbandonedClusters(env),
    ]);
  });
});
