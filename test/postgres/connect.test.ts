import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { InterruptedError } from "../../src/errors.ts";
import { connect } from "../../src/postgres/connect.ts";
import { resolveSettings } from "../../src/postgres/settings.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { freePort, startTcpCluster, tcpPassword } from "../support/tcp-cluster.ts";
import { bareEnv, connectFailure, tcpSettings } from "../support/tcp-settings.ts";

const tcp = await startTcpCluster();
const options = { applicationName: "test" };

describe("authentication", () => {
  test.each(["scram_user", "md5_user", "clear_user", "plain_user", "tls_user"])(
    "%s gets in",
    async (user) => {
      await using session = await connect(await tcpSettings(tcp, user), options);
      expect(await session.sql`select current_user as who`).toEqual([{ who: user }] as never);
      expect(session.isEncrypted).toBe(user !== "plain_user");
    },
  );

  test("by certificate", async () => {
    const { clientCert, clientKey } = tcp.files;
    await using session = await connect(
      { ...(await tcpSettings(tcp, "cert_user")), sslcert: clientCert, sslkey: clientKey },
      options,
    );
    expect(session.isEncrypted).toBe(true);
  });

  test("a wrong password", async () => {
    const error = await connectFailure({ ...(await tcpSettings(tcp, "scram_user")), password: "wrong" });
    expect(error.code).toBe("authentication-failed");
  });

  test("no password", async () => {
    const error = await connectFailure({ ...(await tcpSettings(tcp, "scram_user")), password: undefined });
    expect(error.code).toBe("authentication-failed");
    expect(error.message).toContain("none was given");
  });

  test("a role that pg_hba.conf rejects, and one that does not exist", async () => {
    expect((await connectFailure(await tcpSettings(tcp, "rejected"))).code).toBe("authentication-failed");
    expect((await connectFailure(await tcpSettings(tcp, "stranger"))).code).toBe("authentication-failed");
  });

  test("an unknown database", async () => {
    const error = await connectFailure({ ...(await tcpSettings(tcp, "scram_user")), database: "nope" });
    expect(error).toMatchObject({ code: "unreachable" });
    expect(error.message).toContain("nope");
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
      settings: await resolveSettings(`postgres://u:p@127.0.0.1:${port}/d?connect_timeout=2`, bareEnv),
    };
  }

  test("nobody listens", async () => {
    const settings = await resolveSettings(`postgres://u@127.0.0.1:${await freePort()}/d`, bareEnv);
    const error = await connectFailure(settings);
    expect(error).toMatchObject({ code: "unreachable" });
    expect(error.message).toContain("connection refused");
  });

  test("no socket, no such name", async () => {
    expect((await connectFailure(await resolveSettings("host=/nonexistent", bareEnv))).message).toContain(
      "no such socket",
    );
    expect((await connectFailure(await resolveSettings("host=no-such-host.invalid", bareEnv))).code).toBe(
      "unreachable",
    );
  });

  test.each(["disable", "prefer", "require"] as const)(
    "silence ends after connect_timeout (sslmode=%s)",
    async (sslmode) => {
      const { server, settings } = await withServer(() => undefined);
      const started = performance.now();
      const error = await connectFailure({ ...settings, sslmode });
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
      const error = await connectFailure({ ...settings, sslmode });
      expect(error.code).toBe("unreachable");
      server.close();
    },
  );

  test("another protocol", async () => {
    const { server, settings } = await withServer((made) =>
      made.on("connection", (socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    expect((await connectFailure(settings)).exitCode).toBe(3);
    server.close();
  });

  test("of several hosts the first that answers", async () => {
    const dead = await freePort();
    const settings = await resolveSettings(
      `postgres://scram_user@127.0.0.1:${dead},localhost:${tcp.port}/postgres`,
      { ...bareEnv, PGPASSWORD: tcpPassword },
    );
    await using session = await connect(settings, options);
    expect(session.settings.hosts).toEqual([{ host: "localhost", port: tcp.port }]);
  });

  test("target_session_attrs", async () => {
    await using primary = await connect(
      await tcpSettings(tcp, "scram_user", "?target_session_attrs=primary"),
      options,
    );
    expect(primary.major).toBe(15);
    const error = await connectFailure(await tcpSettings(tcp, "scram_user", "?target_session_attrs=standby"));
    expect(error.message).toContain("standby");
  });
});

test.each(["disable", "prefer"])(
  "a server that takes the connection and says nothing is left at once when it is not wanted any more (sslmode %s)",
  async (sslmode) => {
    const greeted = Promise.withResolvers<void>();
    const silent = createServer((socket) => socket.once("data", () => greeted.resolve()));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", () => resolve()));
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const url = `postgres://a@127.0.0.1:${port}/x?sslmode=${sslmode}&connect_timeout=3600`;
    const controller = new AbortController();
    const connecting = connect(await resolveSettings(url, bareEnv), {
      ...options,
      signal: controller.signal,
    });
    const failed = connecting.catch((error: unknown) => error);
    await greeted.promise;
    controller.abort();
    expect(await failed).toBeInstanceOf(InterruptedError);
    await new Promise<void>((resolve) => silent.close(() => resolve()));
  },
);
