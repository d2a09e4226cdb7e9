import { afterEach, describe, expect, test } from "bun:test";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InterruptedError } from "../../src/errors.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { Installation, Tool } from "../../src/postgres/installations.ts";
import { isRunning } from "../../src/postgres/process-group.ts";
import { resolveSettings } from "../../src/postgres/settings.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { runTool, startTool } from "../../src/postgres/tool.ts";
import { freshDatabase, testTools } from "../support/cluster.ts";
import { leftovers, nothing } from "../support/leftovers.ts";
import { startTcpCluster, tcpPassword } from "../support/tcp-cluster.ts";

const tcp = await startTcpCluster();
const installation = await testTools();
const folder = await mkdtemp(join(tmpdir(), "tool-"));
const env = {
  PATH: process.env["PATH"],
  HOME: folder,
  TMPDIR: folder,
  PGHOST: "/wrong",
  PGOPTIONS: "-c wrong=1",
};

afterEach(async () => {
  expect(await leftovers(folder)).toEqual(nothing);
});

const settings: ConnectionSettings = await resolveSettings(
  `host=localhost port=${tcp.port} user=scram_user dbname=postgres sslmode=verify-full sslrootcert=${tcp.files.ca}`,
  { HOME: folder, PGPASSWORD: tcpPassword },
);
const psql = { installation, tool: "psql" as const, env, settings };

/** A program of the test's own under the name of a tool. */
async function script(text: string): Promise<Installation> {
  const binDir = await mkdtemp(join(folder, "bin-"));
  await writeFile(join(binDir, "psql"), `#!/bin/sh\n${text}\n`);
  await chmod(join(binDir, "psql"), 0o755);
  return { binDir, version: "15.0", major: 15, tools: new Set<Tool>(["psql"]), origin: "flag" };
}

async function* chunksOf(count: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index += 1) yield Buffer.from(`select ${index};\n`);
}

describe("the server is reached", () => {
  test("as the settings say: password, TLS, parameters, database, and nothing of PG* around us", async () => {
    const query =
      "select current_user, ssl, current_setting('work_mem'), current_setting('application_name'), current_database() from pg_stat_ssl where pid = pg_backend_pid()";
    const { exitCode, stdout, stderr } = await runTool({
      ...psql,
      args: ["-XAtc", query],
      database: "template1",
      parameters: { work_mem: "7 MB" },
    });
    expect(stderr).toEqual([]);
    expect(stdout).toBe("scram_user|t|7MB|custody psql|template1\n");
    const named = await runTool({ ...psql, args: ["-XAtc", query], applicationName: { exact: "custody:1" } });
    expect(named.stdout).toContain("|custody:1|");
    expect(exitCode).toBe(0);
  });

  test("the password stands in no argument and no variable", async () => {
    const spy = await script('env; echo "$@"; ls -l "$PGPASSFILE"; cat "$PGPASSFILE"');
    const { stdout } = await runTool({ ...psql, installation: spy, args: ["-c", "select 1"] });
    const [variables] = stdout.split("-c select 1");
    expect(variables).not.toContain("secret");
    expect(variables).not.toContain("wrong");
    expect(stdout).toContain("-rw-------");
    expect(stdout).toContain(`localhost:${tcp.port}:*:scram_user:the\\:secret\\\\9`);
  });

  test("the environment is the tool's own", async () => {
    const { stdout } = await runTool({ ...psql, installation: await script("env"), args: [] });
    const names = stdout.split("\n").flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    const expected = new Set(["PATH", "HOME", "TMPDIR", "LC_ALL", "TZ", "PWD", "SHLVL", "OLDPWD", "_"]);
    expect(names.filter((name) => !name.startsWith("PG") && !expected.has(name))).toEqual([]);
  });
});

describe("streams", () => {
  test("stdout is binary, of any length, and waits for its reader", async () => {
    await using tool = startTool({
      ...psql,
      installation: await script("head -c 50000000 /dev/zero"),
      args: [],
    });
    let bytes = 0;
    for await (const chunk of tool.stdout) {
      bytes += chunk.length;
      if (bytes < 1_000_000) await Bun.sleep(1);
    }
    expect(bytes).toBe(50_000_000);
    expect((await tool.done).exitCode).toBe(0);
  });

  test("stdin is fed from an iterable", async () => {
    await using tool = startTool({ ...psql, args: ["-XAtq"], stdin: chunksOf(2000) });
    let lines = 0;
    for await (const chunk of tool.stdout) lines += Buffer.from(chunk).toString().split("\n").length - 1;
    expect(lines).toBe(2000);
    expect((await tool.done).exitCode).toBe(0);
  });

  test("a tool that does not read its input to the end is no error", async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 1;
        yield Buffer.alloc(65536);
      }
    }
    await using tool = startTool({
      ...psql,
      installation: await script("head -c 10 > /dev/null; exit 4"),
      args: [],
      stdin: endless(),
      stdout: "ignore",
    });
    expect((await tool.done).exitCode).toBe(4);
    expect(given).toBeGreaterThan(0);
  });

  test("an input that fails ends the tool and is the error", async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("select 1;\n");
      throw new RangeError("no more");
    }
    await using tool = startTool({ ...psql, args: ["-X"], stdin: failing(), stdout: "ignore" });
    expect(await tool.done.catch((error: unknown) => error)).toBeInstanceOf(RangeError);
  });

  test("stderr comes as lines, bounded", async () => {
    const seen: string[] = [];
    const noisy = await script("seq 1 3000 >&2; exit 3");
    await using tool = startTool({
      ...psql,
      installation: noisy,
      args: [],
      stdout: "ignore",
      onStderrLine: (line) => seen.push(line),
    });
    const { stderr, exitCode } = await tool.done;
    expect(exitCode).toBe(3);
    expect(seen.length).toBe(3000);
    expect(stderr.length).toBe(1001);
    expect([stderr[0], stderr[500], stderr[1000]]).toEqual(["1", "… 2000 lines left out …", "3000"]);
  });

  test("what nobody reads of stdout does not keep it from ending when it is disposed", async () => {
    await using tool = startTool({ ...psql, installation: await script("yes"), args: [] });
    void tool;
  });
});

describe("ends", () => {
  test("an exit code is no exception; a signal is told", async () => {
    expect((await runTool({ ...psql, installation: await script("exit 7"), args: [] })).exitCode).toBe(7);
    expect(await runTool({ ...psql, installation: await script("kill -9 $$"), args: [] })).toMatchObject({
      exitCode: null,
      endedBy: "SIGKILL",
    });
  });

  test("a program that is not there", async () => {
    const missing: Installation = { ...installation, binDir: join(folder, "nowhere") };
    const failure: unknown = await runTool({ ...psql, installation: missing, args: [] }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "tool-missing" });
  });

  test("a wrong password is told by the tool", async () => {
    const { exitCode, stderr } = await runTool({
      ...psql,
      settings: { ...settings, password: "wrong" },
      args: ["-Xc", "select 1"],
    });
    expect(exitCode).toBe(2);
    expect(stderr.join("\n")).not.toContain("wrong");
  });

  test("the signal ends the whole group: children that ignore SIGTERM too", async () => {
    const stubborn = await script(
      "trap '' TERM; sh -c 'trap \"\" TERM; echo $$; sleep 300 & wait' & echo $$; wait",
    );
    const stop = new AbortController();
    await using tool = startTool({ ...psql, installation: stubborn, args: [], signal: stop.signal });
    const pids: number[] = [];
    const started = performance.now();
    for await (const chunk of tool.stdout) {
      pids.push(...Buffer.from(chunk).toString().trim().split("\n").map(Number));
      if (pids.length === 2) break;
    }
    stop.abort();
    expect(await tool.done.catch((error: unknown) => error)).toBeInstanceOf(InterruptedError);
    expect(performance.now() - started).toBeLessThan(5000);
    for (const pid of pids) while (isRunning(pid)) await Bun.sleep(1);
  });

  test("a signal that has fired starts nothing", async () => {
    const marker = join(folder, "started");
    const outcome: unknown = await runTool({
      ...psql,
      installation: await script(`touch ${marker}`),
      args: [],
      signal: AbortSignal.abort(),
    }).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(InterruptedError);
    expect(await readdir(folder)).not.toContain("started");
  });

  test("pg_dump is stopped at the server too", async () => {
    await using database = await freshDatabase(tcp.cluster);
    await using holder = await connect(database.settings, { applicationName: "holder" });
    await holder.sql.unsafe("create table held (id int)");
    await holder.sql.unsafe("begin; lock table held");
    await using watcher = await connect(tcp.cluster.settings, { applicationName: "watcher" });
    const count = async (): Promise<number> =>
      (
        await watcher.sql`select from pg_stat_activity where datname = ${database.name} and wait_event_type = 'Lock'`
      ).length;
    const stop = new AbortController();
    await using tool = startTool({
      ...psql,
      tool: "pg_dump",
      settings: database.settings,
      args: [],
      stdout: "ignore",
      signal: stop.signal,
    });
    while ((await count()) === 0) await Bun.sleep(1);
    stop.abort();
    expect(await tool.done.catch((error: unknown) => error)).toBeInstanceOf(InterruptedError);
    while ((await count()) > 0) await Bun.sleep(1);
  });
});

test("nothing stays open here", async () => {
  const before = (await readdir("/proc/self/fd")).length;
  for (let time = 0; time < 5; time += 1) await runTool({ ...psql, args: ["-Xc", "select 1"] });
  expect((await readdir("/proc/self/fd")).length).toBe(before);
  await rm(folder, { recursive: true });
});
