import { describe, expect, test } from "bun:test";
import { createConnection, createServer } from "node:net";
import { InterruptedError, OpsError } from "../../src/errors.ts";
import { connect, explainServerError } from "../../src/postgres/connect.ts";
import { resolveSettings } from "../../src/postgres/settings.ts";
import { freshDatabase, run } from "../support/cluster.ts";
import { freePort, startTcpCluster } from "../support/tcp-cluster.ts";
import { bareEnv, connectFailure, openDescriptors, tcpSettings } from "../support/tcp-settings.ts";

const tcp = await startTcpCluster();
const options = { applicationName: "test" };

describe("a session", () => {
  test("knows its server, has its name and its settings", async () => {
    await using session = await connect(tcp.cluster.settings, {
      applicationName: "here",
      parameters: { search_path: "", statement_timeout: "1234", TimeZone: "UTC" },
    });
    expect(session.serverVersion).toStartWith("15.");
    const [row] = await session.sql`
      select current_setting('application_name') as name, current_setting('search_path') as path,
             current_setting('statement_timeout') as timeout, current_setting('TimeZone') as zone, 9007199254740993::bigint as big`;
    expect(row).toEqual({
      name: "custody here",
      path: "",
      timeout: "1234ms",
      zone: "UTC",
      big: "9007199254740993",
    });
  });

  test("has the very name that it was given when that is exact", async () => {
    const exact = "custody:0198c1d2-7c1e-7000-8000-000000000001";
    await using session = await connect(tcp.cluster.settings, { applicationName: { exact } });
    const [row] = await session.sql`select current_setting('application_name') as name`;
    expect(row).toEqual({ name: exact });
  });

  test("hands notices on, and does not print them", async () => {
    const notices: string[] = [];
    await using session = await connect(tcp.cluster.settings, {
      ...options,
      onNotice: ({ severity, message }) => notices.push(`${severity} ${message}`),
    });
    await session.sql.unsafe("do $$ begin raise notice 'hello'; end $$");
    expect(notices).toEqual(["NOTICE hello"]);
  });

  test("leaves no socket open, neither here nor at the server", async () => {
    await using watcher = await connect(tcp.cluster.settings, options);
    const before = await openDescriptors();
    for (const settings of [tcp.cluster.settings, await tcpSettings(tcp, "scram_user")]) {
      const session = await connect(settings, { applicationName: "leak" });
      await session.sql`select 1`;
      await session[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
    }
    await connectFailure({ ...(await tcpSettings(tcp, "scram_user")), password: "wrong" });
    expect(await openDescriptors()).toBe(before);
    const count = async (): Promise<number> =>
      (await watcher.sql`select from pg_stat_activity where application_name = 'custody leak'`).length;
    while ((await count()) > 0) await Bun.sleep(1);
  });

  test("never comes back after its connection is lost", async () => {
    await using session = await connect(tcp.cluster.settings, options);
    const [row] = await session.sql`select pg_backend_pid() as pid`;
    await run(tcp.cluster, `select pg_terminate_backend(${row?.["pid"]})`);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const failure: unknown = await session.sql`select 1`.catch((error: unknown) => error);
      expect(explainServerError(failure, "asking")).toMatchObject({ code: "connection-lost" });
    }
  });

  test("ends at the signal, and so does what runs on the server", async () => {
    const stop = new AbortController();
    await using watcher = await connect(tcp.cluster.settings, options);
    const before = await openDescriptors();
    const session = await connect(tcp.cluster.settings, { applicationName: "long", signal: stop.signal });
    const running = session.sql`select pg_sleep(60)`.then(
      () => "ended",
      () => "failed",
    );
    const count = async (): Promise<number> =>
      (
        await watcher.sql`select from pg_stat_activity where application_name = 'custody long' and state = 'active'`
      ).length;
    while ((await count()) === 0) await Bun.sleep(1);
    stop.abort();
    expect(await running).toBe("failed");
    await session[Symbol.asyncDispose]();
    while ((await count()) > 0) await Bun.sleep(1);
    expect(await openDescriptors()).toBe(before);
  });

  test("ends at the signal when the server resets the cancel request, too", async () => {
    const port = await freePort();
    let connections = 0;
    const front = createServer((near) => {
      connections += 1;
      near.on("error", () => undefined);
      if (connections > 1) return void near.once("data", () => near.resetAndDestroy());
      const far = createConnection(tcp.port, "127.0.0.1").on("error", () => undefined);
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => front.listen(port, "127.0.0.1", resolve));
    const stop = new AbortController();
    const plain = await tcpSettings(tcp, "scram_user");
    const settings = { ...plain, sslmode: "disable" as const, hosts: [{ host: "127.0.0.1", port }] };
    await using session = await connect(settings, { applicationName: "reset", signal: stop.signal });
    const running = session.sql`select pg_sleep(60)`.catch(() => "failed");
    await Bun.sleep(20);
    stop.abort();
    expect((await running) as unknown).toBe("failed");
    expect(connections).toBe(2);
    front.close();
  });

  test("is not made when the signal has fired, or fires meanwhile", async () => {
    const aborted = connect(tcp.cluster.settings, { ...options, signal: AbortSignal.abort() });
    expect(await aborted.catch((error: unknown) => error)).toBeInstanceOf(InterruptedError);
    const server = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const stop = new AbortController();
    server.on("connection", () => stop.abort());
    const settings = await resolveSettings(`postgres://u@127.0.0.1:${port}/d`, bareEnv);
    const interrupted: unknown = await connect(settings, { ...options, signal: stop.signal }).catch(
      (error: unknown) => error,
    );
    expect(interrupted).toBeInstanceOf(InterruptedError);
    server.close();
  });

  test("a query can be cancelled, and the session lives on", async () => {
    await using session = await connect(tcp.cluster.settings, options);
    const query = session.sql`select pg_sleep(60)`;
    const outcome = query.catch((error: unknown) => explainServerError(error, "sleeping").code);
    await using watcher = await connect(tcp.cluster.settings, options);
    const active = async (): Promise<number> =>
      (
        await watcher.sql`select from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()`
      ).length;
    while ((await active()) === 0) await Bun.sleep(1);
    query.cancel();
    expect((await outcome) as unknown).toBe("timeout");
    expect(await session.sql`select 1 as one`).toEqual([{ one: 1 }] as never);
  });

  test("several connections", async () => {
    await using session = await connect(tcp.cluster.settings, { ...options, max: 3 });
    const pids = await Promise.all(
      [1, 2, 3].map(() => session.sql`select pg_backend_pid() as pid, pg_sleep(0.05)`),
    );
    expect(new Set(pids.map(([row]) => row?.["pid"])).size).toBeGreaterThan(1);
  });
});

describe("explainServerError", () => {
  test("by SQLSTATE, from a real server", async () => {
    await using database = await freshDatabase(tcp.cluster);
    await using session = await connect(database.settings, options);
    await session.sql.unsafe("create table t (id int); create role nothing; ");
    const codeOf = async (statement: string): Promise<string> =>
      await session.sql.unsafe(statement).then(
        () => "fine",
        (error: unknown) => explainServerError(error, "testing").code,
      );
    expect(await codeOf("set role nothing; select * from t")).toBe("permission-denied");
    expect(await codeOf("reset role; set statement_timeout = 5; select pg_sleep(9)")).toBe("timeout");
    expect(await codeOf("select 1/0")).toBe("server-error");
    await run(tcp.cluster, "drop owned by nothing; drop role nothing").catch(() => undefined);
  });

  test("an OpsError stays what it is", () => {
    const error = new OpsError("no-space", "m", "h");
    expect(explainServerError(error, "w")).toBe(error);
  });
});
