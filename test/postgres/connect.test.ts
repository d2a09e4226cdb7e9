import { describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { InterruptedError, OpsError } from "../../src/errors.ts";
import { connect, explainServerError } from "../../src/postgres/connect.ts";
import { resolveSettings } from "../../src/postgres/settings.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { freshDatabase, run } from "../support/cluster.ts";
import { freePort, startTcpCluster, tcpPassword } from "../support/tcp-cluster.ts";

const tcp = await startTcpCluster();

const options = { applicationName: "test" };
const env = { HOME: "/nonexistent" };

async function settingsFor(user: string, more = ""): Promise<ConnectionSettings> {
  const password = encodeURIComponent(tcpPassword);
  return await resolveSettings(`postgres://${user}:${password}@localhost:${tcp.port}/postgres${more}`, env);
}

async function failureOf(settings: ConnectionSettings): Promise<OpsError> {
  const outcome: unknown = await connect(settings, options).then(
    async (session) => {
      await session[Symbol.asyncDispose]();
      return undefined;
    },
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(OpsError);
  const error = outcome as OpsError;
  expect(`${error.message} ${error.hint}`).not.toContain(tcpPassword);
  return error;
}

async function openSockets(): Promise<number> {
  return (await readdir("/proc/self/fd")).length;
}

describe("authentication", () => {
  test.each(["scram_user", "md5_user", "clear_user", "plain_user", "tls_user"])(
    "%s gets in",
    async (user) => {
      await using session = await connect(await settingsFor(user), options);
      expect(await session.sql`select current_user as who`).toEqual([{ who: user }] as never);
      expect(session.isEncrypted).toBe(user !== "plain_user");
    },
  );

  test("by certificate", async () => {
    const { clientCert, clientKey } = tcp.files;
    await using session = await connect(
      { ...(await settingsFor("cert_user")), sslcert: clientCert, sslkey: clientKey },
      options,
    );
    expect(session.isEncrypted).toBe(true);
  });

  test("a wrong password", async () => {
    const error = await failureOf({ ...(await settingsFor("scram_user")), password: "wrong" });
    expect(error.code).toBe("authentication-failed");
  });

  test("no password", async () => {
    const error = await failureOf({ ...(await settingsFor("scram_user")), password: undefined });
    expect(error.code).toBe("authentication-failed");
    expect(error.message).toContain("none was given");
  });

  test("a role that pg_hba.conf rejects, and one that does not exist", async () => {
    expect((await failureOf(await settingsFor("rejected"))).code).toBe("authentication-failed");
    expect((await failureOf(await settingsFor("stranger"))).code).toBe("authentication-failed");
  });

  test("an unknown database", async () => {
    const error = await failureOf({ ...(await settingsFor("scram_user")), database: "nope" });
    expect(error).toMatchObject({ code: "unreachable" });
    expect(error.message).toContain("nope");
  });
});

describe("sslmode", () => {
  test.each([
    ["disable", false],
    ["allow", false],
    ["prefer", true],
    ["require", true],
  ])("%s", async (mode, isEncrypted) => {
    await using session = await connect(await settingsFor("scram_user", `?sslmode=${mode}`), options);
    expect(session.isEncrypted).toBe(isEncrypted);
  });

  test("allow falls back to TLS, prefer falls back to none", async () => {
    await using encrypted = await connect(await settingsFor("tls_user", "?sslmode=allow"), options);
    expect(encrypted.isEncrypted).toBe(true);
    await using plain = await connect(await settingsFor("plain_user", "?sslmode=prefer"), options);
    expect(plain.isEncrypted).toBe(false);
  });

  test("disable and require do not fall back", async () => {
    expect((await failureOf(await settingsFor("tls_user", "?sslmode=disable"))).code).toBe(
      "authentication-failed",
    );
    expect((await failureOf(await settingsFor("plain_user", "?sslmode=require"))).code).toBe(
      "authentication-failed",
    );
  });

  test("verify-ca and verify-full accept the CA and the name", async () => {
    for (const mode of ["verify-ca", "verify-full"]) {
      await using session = await connect(
        await settingsFor("scram_user", `?sslmode=${mode}&sslrootcert=${tcp.files.ca}`),
        options,
      );
      expect(session.isEncrypted).toBe(true);
    }
  });

  test.each(["verify-ca", "verify-full", "require"])("%s refuses another CA", async (mode) => {
    const settings = await settingsFor("scram_user", `?sslmode=${mode}&sslrootcert=${tcp.files.otherCa}`);
    expect((await failureOf(settings)).code).toBe("tls-failed");
  });

  test("verify-full refuses another name, verify-ca does not ask", async () => {
    const byAddress = (mode: string): Promise<ConnectionSettings> =>
      resolveSettings(
        `host=127.0.0.1 port=${tcp.port} user=scram_user dbname=postgres sslmode=${mode} sslrootcert=${tcp.files.ca}`,
        { ...env, PGPASSWORD: tcpPassword },
      );
    expect((await failureOf(await byAddress("verify-full"))).code).toBe("tls-failed");
    await using session = await connect(await byAddress("verify-ca"), options);
    expect(session.isEncrypted).toBe(true);
  });

  test("hostaddr is where to go, host is what the certificate names", async () => {
    const settings = await settingsFor(
      "scram_user",
      `?sslmode=verify-full&sslrootcert=${tcp.files.ca}&hostaddr=127.0.0.1`,
    );
    await using session = await connect(settings, options);
    expect(session.isEncrypted).toBe(true);
  });

  test("the TLS version can be chosen", async () => {
    await using session = await connect(
      await settingsFor("scram_user", "?ssl_max_protocol_version=TLSv1.2"),
      options,
    );
    const [row] = await session.sql`select version from pg_stat_ssl where pid = pg_backend_pid()`;
    expect(row).toEqual({ version: "TLSv1.2" });
  });

  test("verify without a CA says what is missing", async () => {
    expect((await failureOf(await settingsFor("scram_user", "?sslmode=verify-full"))).hint).toContain(
      "sslrootcert",
    );
  });

  test("the system's CAs did not sign this one", async () => {
    expect((await failureOf(await settingsFor("scram_user", "?sslrootcert=system"))).code).toBe("tls-failed");
  });
});

describe("servers that do not answer as they should", () => {
  async function withServer(
    onConnect: (server: Server) => void,
  ): Promise<{ server: Server; settings: ConnectionSettings }> {
    const server = createServer();
    onConnect(server);
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return {
      server,
      settings: await resolveSettings(`postgres://u:p@127.0.0.1:${port}/d?connect_timeout=2`, env),
    };
  }

  test("nobody listens", async () => {
    const settings = await resolveSettings(`postgres://u@127.0.0.1:${await freePort()}/d`, env);
    const error = await failureOf(settings);
    expect(error).toMatchObject({ code: "unreachable" });
    expect(error.message).toContain("connection refused");
  });

  test("no socket, no such name", async () => {
    expect((await failureOf(await resolveSettings("host=/nonexistent", env))).message).toContain(
      "no such socket",
    );
    expect((await failureOf(await resolveSettings("host=no-such-host.invalid", env))).code).toBe(
      "unreachable",
    );
  });

  test.each(["disable", "prefer", "require"] as const)(
    "silence ends after connect_timeout (sslmode=%s)",
    async (sslmode) => {
      const { server, settings } = await withServer(() => undefined);
      const started = performance.now();
      const error = await failureOf({ ...settings, sslmode });
      expect(error.code).toBe("unreachable");
      expect(performance.now() - started).toBeLessThan(6000);
      server.close();
    },
  );

  test.each(["disable", "prefer", "require"] as const)(
    "a closed door is not knocked at for ever (sslmode=%s)",
    async (sslmode) => {
      const { server, settings } = await withServer((made) =>
        made.on("connection", (socket) => socket.end()),
      );
      const error = await failureOf({ ...settings, sslmode });
      expect(error.code).toBe("unreachable");
      server.close();
    },
  );

  test("another protocol", async () => {
    const { server, settings } = await withServer((made) =>
      made.on("connection", (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    expect((await failureOf(settings)).exitCode).toBe(3);
    server.close();
  });

  test("of several hosts the first that answers", async () => {
    const dead = await freePort();
    const settings = await resolveSettings(
      `postgres://scram_user@127.0.0.1:${dead},localhost:${tcp.port}/postgres`,
      { ...env, PGPASSWORD: tcpPassword },
    );
    await using session = await connect(settings, options);
    expect(session.settings.hosts).toEqual([{ host: "localhost", port: tcp.port }]);
  });

  test("target_session_attrs", async () => {
    await using primary = await connect(
      await settingsFor("scram_user", "?target_session_attrs=primary"),
      options,
    );
    expect(primary.major).toBe(15);
    const error = await failureOf(await settingsFor("scram_user", "?target_session_attrs=standby"));
    expect(error.message).toContain("standby");
  });
});

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
    const before = await openSockets();
    for (const settings of [tcp.cluster.settings, await settingsFor("scram_user")]) {
      const session = await connect(settings, { applicationName: "leak" });
      await session.sql`select 1`;
      await session[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();
    }
    await failureOf({ ...(await settingsFor("scram_user")), password: "wrong" });
    expect(await openSockets()).toBe(before);
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
    const before = await openSockets();
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
    expect(await openSockets()).toBe(before);
  });

  test("is not made when the signal has fired, or fires meanwhile", async () => {
    const aborted = connect(tcp.cluster.settings, { ...options, signal: AbortSignal.abort() });
    expect(await aborted.catch((error: unknown) => error)).toBeInstanceOf(InterruptedError);
    const server = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const stop = new AbortController();
    server.on("connection", () => stop.abort());
    const settings = await resolveSettings(`postgres://u@127.0.0.1:${port}/d`, env);
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
