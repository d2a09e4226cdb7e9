import { afterAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { openDialer } from "../../../src/proxy/adapters/dial/open-dialer.ts";
import type { Dialer } from "../../../src/proxy/adapters/dial/dialer.ts";
import type { Transport } from "../../../src/proxy/adapters/transport/transport.ts";
import type { Connection } from "../../../src/proxy/sessions/connection.ts";
import { freePort, startTcpCluster } from "../../support/tcp-cluster.ts";
import { bareEnv } from "../../support/tcp-settings.ts";
import { record, transports } from "../../support/wire-ends.ts";

const tcp = await startTcpCluster();
const never = new AbortController().signal;

/** A StartupMessage of protocol 3.0: what a session says next. */
function startup(user: string): Buffer {
  const body = Buffer.concat([
    Buffer.from([0, 3, 0, 0]),
    Buffer.from(`user\0${user}\0database\0postgres\0\0`),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

async function dialerOf(transport: Transport, url: string): Promise<Dialer> {
  return await openDialer({ name: "shop", kind: "postgres", url }, { transport, env: bareEnv });
}

/** The server's first word: R asks for a password, E is an error. */
async function greeted(connection: Connection, user: string): Promise<string> {
  const told = record(connection);
  connection.write(startup(user));
  await told.until(() => told.bytes() > 0);
  connection.destroy();
  return told.text()[0] ?? "";
}

const servers: Server[] = [];
afterAll(() => servers.forEach((each) => each.close()));

/** A server that does as it is told with each connection. */
async function standIn(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    answer(socket);
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  await work.catch((error: unknown) => error);

for (const [name, transport] of transports) {
  describe(`${name}: to PostgreSQL`, () => {
    const at = `localhost:${tcp.port}/postgres`;

    test.each([
      ["disable", "", false],
      ["allow", "", false],
      ["prefer", "", true],
      ["require", "", true],
      ["verify-ca", `&sslrootcert=${tcp.files.ca}`, true],
      ["verify-full", `&sslrootcert=${tcp.files.ca}`, true],
    ])("sslmode=%s", async (mode, more, isEncrypted) => {
      const dialer = await dialerOf(transport, `postgres://scram_user@${at}?sslmode=${mode}${more}`);
      for (const user of ["scram_user", "md5_user"]) {
        const connection = await dialer.dial(never);
        expect(connection.isEncrypted).toBe(isEncrypted);
        expect(await greeted(connection, user)).toBe("R");
      }
    });

    test("a client certificate is shown", async () => {
      const { ca, clientCert, clientKey } = tcp.files;
      const own = `sslcert=${clientCert}&sslkey=${clientKey}`;
      const dialer = await dialerOf(
        transport,
        `postgres://cert_user@${at}?sslmode=verify-full&sslrootcert=${ca}&${own}`,
      );
      const connection = await dialer.dial(never);
      const answer = record(connection);
      connection.write(startup("cert_user"));
      // AuthenticationOk at once: no password is asked for.
      await answer.until(() => answer.bytes() >= 9);
      expect([...Buffer.concat(answer.chunks).subarray(0, 9)]).toEqual([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
      connection.destroy();
    });

    test("another authority, and another name, is refused", async () => {
      const wrong = await dialerOf(
        transport,
        `postgres://u@${at}?sslmode=verify-ca&sslrootcert=${tcp.files.otherCa}`,
      );
      expect(await failure(wrong.dial(never))).toMatchObject({ code: "tls-failed" });
      const misnamed = `postgres://u@127.0.0.1:${tcp.port}/x?sslrootcert=${tcp.files.ca}&sslmode=`;
      const full = await dialerOf(transport, `${misnamed}verify-full`);
      expect(await failure(full.dial(never))).toMatchObject({
        code: "tls-failed",
        message: expect.stringContaining("its certificate is not for 127.0.0.1"),
      });
      (await (await dialerOf(transport, `${misnamed}verify-ca`)).dial(never)).destroy();
    });

    test("over the Unix socket, and from a host that is down to the next", async () => {
      const folder = tcp.cluster.settings.hosts[0]?.host ?? "";
      const local = await dialerOf(transport, `postgres://u@/x?host=${folder}&port=${tcp.port}`);
      const connection = await local.dial(never);
      expect(connection).toMatchObject({ host: "unix", isEncrypted: false });
      connection.destroy();
      const dead = await freePort();
      const several = await dialerOf(transport, `postgres://u@127.0.0.1:${dead},127.0.0.1:${tcp.port}/x`);
      const reached = await several.dial(never);
      expect(reached.peer).toBe(`127.0.0.1:${tcp.port}`);
      reached.destroy();
      const none = await dialerOf(transport, `postgres://u@127.0.0.1:${dead}/x`);
      expect(await failure(none.dial(never))).toMatchObject({ code: "unreachable" });
    });

    test("a server without TLS: prefer goes on in clear, require does not", async () => {
      const port = await standIn((socket) => socket.once("data", () => socket.write("N")));
      const prefer = await dialerOf(transport, `postgres://u@127.0.0.1:${port}/x?sslmode=prefer`);
      const connection = await prefer.dial(never);
      expect(connection.isEncrypted).toBe(false);
      connection.destroy();
      const require = await dialerOf(transport, `postgres://u@127.0.0.1:${port}/x?sslmode=require`);
      expect(await failure(require.dial(never))).toMatchObject({
        code: "tls-failed",
        message: expect.stringContaining("has no TLS, and sslmode=require asks for it"),
      });
    });

    test("bytes behind the S, and an error in words, are no TLS", async () => {
      for (const answer of ["Sslipped in", "E and words"]) {
        const port = await standIn((socket) => socket.once("data", () => socket.write(answer)));
        const dialer = await dialerOf(transport, `postgres://u@127.0.0.1:${port}/x?sslmode=require`);
        expect(await failure(dialer.dial(never))).toMatchObject({ code: "tls-failed" });
      }
    });

    test("a handshake that breaks off is no TLS, and nobody is told of a connection", async () => {
      const breaks: ((socket: Socket) => unknown)[] = [
        (socket) => socket.destroy(),
        (socket) => socket.resetAndDestroy(),
        (socket) => socket.end("no record of TLS, but as long as one"),
      ];
      for (const breakOff of breaks) {
        const port = await standIn((socket) =>
          socket.once("data", () => {
            socket.write("S");
            socket.once("data", () => breakOff(socket));
          }),
        );
        const dialer = await dialerOf(transport, `postgres://u@127.0.0.1:${port}/x?sslmode=require`);
        expect(await failure(dialer.dial(never))).toMatchObject({ code: "tls-failed" });
      }
    });

    test("a server that says nothing is given up: by the signal, and by connect_timeout", async () => {
      const said = Promise.withResolvers<void>();
      const port = await standIn((socket) => socket.once("data", () => said.resolve()));
      const url = `postgres://u@127.0.0.1:${port}/x?sslmode=require&connect_timeout=2`;
      const dialer = await dialerOf(transport, url);
      const stop = new AbortController();
      const dialling = failure(dialer.dial(stop.signal));
      await said.promise;
      stop.abort();
      expect(await dialling).toMatchObject({ name: "InterruptedError" });
      expect(await failure(dialer.dial(never))).toMatchObject({
        code: "unreachable",
        message: `cannot reach 127.0.0.1:${port}: no answer in time`,
      });
    });
  });
}
