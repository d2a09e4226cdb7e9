import { afterAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpsError } from "../../../src/errors.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { openPrivateCluster } from "../../../src/postgres/private/open-private-cluster.ts";
import type { PrivateCluster } from "../../../src/postgres/private/open-private-cluster.ts";
import { signalProcess } from "../../../src/postgres/process-group.ts";
import { identifyProcess } from "../../../src/postgres/process-identity.ts";
import { startAppendProcess } from "../../support/append-process.ts";
import { firstBreak } from "../../support/chain-database.ts";
import { canMount, mountSmallDisk } from "../../support/small-disk.ts";
import { poll } from "../../support/server-process.ts";

const base = await mkdtemp(join(tmpdir(), "private-"));
await chmod(base, 0o755);
afterAll(() => rm(base, { recursive: true, force: true }));

let count = 0;
const newFolder = (): string => join(base, `state${++count}`);
const trouble: OpsError[] = [];

async function open(
  directory: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<PrivateCluster> {
  return openPrivateCluster({
    directory,
    env,
    onTrouble: (error) => trouble.push(error),
    signal: new AbortController().signal,
  });
}

async function pidIn(directory: string): Promise<number> {
  return Number.parseInt(await readFile(join(directory, "data", "postmaster.pid"), "utf8"), 10);
}

async function ask(
  cluster: PrivateCluster,
  query: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  await using session = await connect(cluster.settings, { applicationName: "test" });
  return await session.sql.unsafe(query);
}

describe("a private cluster", () => {
  test("is durable, closed to others, and gone with the last who used it; what it was given stays", async () => {
    const directory = newFolder();
    const pids: number[] = [];
    {
      await using one = await open(directory);
      pids.push(await pidIn(directory));
      {
        await using two = await open(directory);
        expect(await pidIn(directory)).toBe(pids[0]!);
        await ask(two, "create table kept as select 1 as n");
      }
      const [facts] = await ask(
        one,
        `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit, current_setting('full_page_writes') as pages,
                current_setting('data_checksums') as checksums, current_setting('listen_addresses') as listens, rolsuper as super,
                (select system_identifier > 0 from pg_control_system()) as identity
           from pg_roles where rolname = current_user`,
      );
      expect(facts).toEqual({
        fsync: "on",
        commit: "on",
        pages: "on",
        checksums: "on",
        listens: "",
        super: false,
        identity: true,
      });
      for (const name of ["data", "run"])
        expect((await stat(join(directory, name))).mode & 0o777).toBe(0o700);
    }
    expect(await identifyProcess(pids[0]!)).toBeUndefined();
    await using again = await open(directory);
    expect(await ask(again, "select n from kept")).toEqual([{ n: 1 }]);
  }, 60_000);

  test("is left running where somebody else is connected", async () => {
    const directory = newFolder();
    const cluster = await open(directory);
    const pid = await pidIn(directory);
    const other = await connect(cluster.settings, { applicationName: "somebody" });
    await cluster[Symbol.asyncDispose]();
    expect(await identifyProcess(pid)).toBeDefined();
    await other[Symbol.asyncDispose]();
    await (await open(directory))[Symbol.asyncDispose]();
    expect(await identifyProcess(pid)).toBeUndefined();
  }, 60_000);

  test("has its socket elsewhere where its own path is too long for one", async () => {
    const directory = join(newFolder(), "x".repeat(120));
    await using cluster = await open(directory);
    expect(cluster.settings.hosts[0]!.host).toStartWith("/tmp/custody-ledger-");
    expect(await ask(cluster, "select 1 as n")).toEqual([{ n: 1 }]);
    const run = cluster.settings.hosts[0]!.host;
    afterAll(() => rm(run, { recursive: true, force: true }));
    await using second = await open(directory);
    expect(second.settings).toEqual(cluster.settings);
  }, 60_000);

  test("starts where its number is another process's by now", async () => {
    const directory = newFolder();
    await (await open(directory))[Symbol.asyncDispose]();
    const file = join(directory, "data", "postmaster.pid");
    const { uid, gid } = await stat(join(directory, "data"));
    // A process of the server's own user: PostgreSQL asks no further.
    const other = spawn("sleep", ["60"], { uid, gid, stdio: "ignore" });
    using _ended = { [Symbol.dispose]: () => void other.kill("SIGKILL") };
    await writeFile(
      file,
      `${other.pid}\n${join(directory, "data")}\n1\n5432\n${join(directory, "run")}\n\n  1  1\nready\n`,
    );
    await chown(file, uid, gid);
    await using cluster = await open(directory);
    expect(await ask(cluster, "select 1 as n")).toEqual([{ n: 1 }]);
  }, 60_000);

  test("is started again when it was killed under a custody that lives", async () => {
    const directory = newFolder();
    await using cluster = await open(directory);
    const pid = await pidIn(directory);
    signalProcess(pid, "SIGKILL");
    await poll(
      async () => (await ask(cluster, "select 1 as n")).length === 1 && (await pidIn(directory)) !== pid,
    );
    expect(trouble).toEqual([]);
  }, 60_000);

  test("of a PostgreSQL that is not here any more says which one to install", async () => {
    const directory = newFolder();
    await mkdir(join(directory, "data"), { recursive: true });
    await writeFile(join(directory, "data", "PG_VERSION"), "9\n");
    const error: unknown = await open(directory).catch((each: unknown) => each);
    expect(error).toMatchObject({
      code: "tool-missing",
      message: expect.stringContaining("is of PostgreSQL 9"),
      hint: expect.stringContaining("-9"),
    });
  });

  test.skipIf(!canMount)(
    "on a disk that is full says so, and works when there is room",
    async () => {
      const directory = newFolder();
      using disk = new DisposableStack();
      disk.use(mountSmallDisk(directory, "200m"));
      await chmod(directory, 0o755);
      await (await open(directory))[Symbol.asyncDispose]();
      const ballast = join(directory, "ballast");
      await writeFile(ballast, Buffer.alloc(400 << 20)).catch(() => undefined);
      expect(await open(directory).catch((each: unknown) => each)).toMatchObject({ code: "no-space" });
      await rm(ballast);
      await using cluster = await open(directory);
      expect(await ask(cluster, "select 1 as n")).toEqual([{ n: 1 }]);
    },
    60_000,
  );
});

test("kill -9 of everything, ten times under load: what was acknowledged is there, and the chain verifies", async () => {
  const directory = newFolder();
  const acknowledged: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    const custody = startAppendProcess(directory);
    const enough = 20 + Math.random() * 200;
    await poll(async () => custody.acknowledged.length > enough);
    const pid = await pidIn(directory);
    // Sometimes the server first, sometimes custody, sometimes both at once.
    const victims = [() => custody.child.kill("SIGKILL"), () => signalProcess(pid, "SIGKILL")];
    if (round % 2 === 0) victims.reverse();
    for (const kill of victims) {
      kill();
      if (round % 3 === 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
    }
    custody.child.kill("SIGKILL");
    await custody.ended;
    acknowledged.push(...custody.acknowledged);
  }
  const last = startAppendProcess(directory);
  await poll(async () => last.acknowledged.length > 20);
  last.child.stdin?.end();
  await last.ended;
  acknowledged.push(...last.acknowledged);

  await using cluster = await open(directory);
  await using session = await connect(cluster.settings, { applicationName: "test" });
  const rows =
    await session.sql`select resource_id as id from audit_events where action = 'drop.unattributed'`;
  const there = new Set(rows.map((row) => String(row["id"])));
  expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(300);
  expect(await firstBreak(session)).toMatchObject({ pos: -1, rows: rows.length });
}, 300_000);
