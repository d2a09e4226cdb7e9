import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { bunTransport } from "../../../src/proxy/adapters/transport/bun-transport.ts";
import { chooseTransport } from "../../../src/proxy/adapters/transport/choose-transport.ts";
import { makeServerTls } from "../../../src/proxy/adapters/transport/server-tls.ts";
import { freePort } from "../../support/tcp-cluster.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dial, listenFor, readSome, record, transports } from "../../support/wire-ends.ts";

const never = new AbortController().signal;

for (const [name, transport] of transports) {
  describe(`${name}: listening and connecting`, () => {
    test("a Unix socket has its mode, and is gone with its listener; nothing else is left beside it", async () => {
      using folder = temporaryFolder();
      const path = join(folder.path, "s");
      const listener = await listenFor(transport, { place: { kind: "unix", path }, fileMode: 0o660 });
      expect(statSync(path).mode & 0o777).toBe(0o660);
      expect(readdirSync(folder.path)).toEqual(["s"]);
      dial(path);
      await listener.next();
      await listener[Symbol.asyncDispose]();
      expect(existsSync(path)).toBe(false);
    });

    test("a socket that nobody listens on is taken over; that of a living one, and what is no socket, never", async () => {
      using folder = temporaryFolder();
      const path = join(folder.path, "s");
      // Its end leaves the file where it was, as a process that is killed does.
      const dead = createServer().listen(join(folder.path, "dead"));
      await once(dead, "listening");
      Bun.spawnSync(["ln", join(folder.path, "dead"), path]);
      dead.close();
      await once(dead, "close");
      expect(existsSync(path)).toBe(true);
      await using listener = await listenFor(transport, { place: { kind: "unix", path } });
      const second = listenFor(transport, { place: { kind: "unix", path } });
      expect(await second.catch((error: unknown) => error)).toMatchObject({
        code: "bad-config",
        message: expect.stringContaining(path),
      });
      dial(path);
      await listener.next();
      const file = join(folder.path, "file");
      writeFileSync(file, "kept");
      const third = listenFor(transport, { place: { kind: "unix", path: file } });
      expect(await third.catch((error: unknown) => error)).toMatchObject({ code: "bad-config" });
      expect(existsSync(file)).toBe(true);
    });

    test("closed, it takes nobody, and who is in stays", async () => {
      const listener = await listenFor(transport);
      const client = dial(listener.port);
      const server = await listener.next();
      record(server, (bytes) => server.write(bytes));
      await listener.listening.close();
      const late = transport.connect({ kind: "tcp", host: "127.0.0.1", port: listener.port }, never);
      expect(await late.catch((error: unknown) => error)).toMatchObject({
        code: "unreachable",
        message: `cannot reach 127.0.0.1:${listener.port}: connection refused`,
      });
      client.write("still in");
      expect((await readSome(client, 8)).toString()).toBe("still in");
      server.destroy();
    });

    test("two share a port only when both say so", async () => {
      const place = { kind: "tcp", host: "127.0.0.1", port: await freePort() } as const;
      await using first = await listenFor(transport, { place, reusePort: true });
      const alone = listenFor(transport, { place });
      expect(await alone.catch((error: unknown) => error)).toMatchObject({
        code: "bad-config",
        message: `cannot listen on 127.0.0.1:${place.port}: somebody listens there already (EADDRINUSE)`,
      });
      await using second = await listenFor(transport, { place, reusePort: true });
      let came = 0;
      const both = Promise.all([first.next(), second.next()]).then(() => (came = -1));
      // The kernel spreads them by a hash of the ports.
      while (came >= 0 && (came += 1) < 200) {
        const socket = dial(place.port);
        await once(socket, "connect");
        await Promise.race([both, new Promise((resolve) => setImmediate(resolve))]);
      }
      expect(came).toBe(-1);
    });

    test("IPv6, and IPv4 that comes in over it", async () => {
      await using six = await listenFor(transport, { place: { kind: "tcp", host: "::1", port: 0 } });
      const client = await transport.connect({ kind: "tcp", host: "::1", port: six.port }, never);
      const server = await six.next();
      expect(server.host).toBe("::1");
      expect(server.peer).toMatch(/^\[::1\]:\d+$/);
      client.destroy();
      await using any = await listenFor(transport, { place: { kind: "tcp", host: "::", port: 0 } });
      dial(any.port);
      expect((await any.next()).host).toBe("127.0.0.1");
    });

    test("what cannot be reached says why; a signal ends the wait", async () => {
      const failed = async (work: Promise<unknown>): Promise<unknown> =>
        await work.catch((error: unknown) => error);
      const socket = transport.connect({ kind: "unix", path: "/nowhere/s" }, never);
      expect(await failed(socket)).toMatchObject({ message: "cannot reach /nowhere/s: no such socket" });
      const unknown = transport.connect({ kind: "tcp", host: "nowhere.invalid", port: 1 }, never);
      expect(await failed(unknown)).toMatchObject({
        code: "unreachable",
        message: "cannot reach nowhere.invalid:1: the name has no address",
      });
      const reason = new Error("enough");
      const aborted = AbortSignal.abort(reason);
      expect(await failed(transport.connect({ kind: "tcp", host: "127.0.0.1", port: 1 }, aborted))).toBe(
        reason,
      );
      // An address for documentation (RFC 5737): nobody answers.
      const stop = new AbortController();
      const waiting = failed(transport.connect({ kind: "tcp", host: "192.0.2.1", port: 1 }, stop.signal));
      setImmediate(() => stop.abort(reason));
      const ended = await waiting;
      expect(ended === reason || (ended instanceof Error && ended.message.startsWith("cannot reach"))).toBe(
        true,
      );
    });
  });
}

test("a key that is not the certificate's is no TLS, and is not repeated", () => {
  const make = (): unknown =>
    makeServerTls({
      cert: "no certificate",
      key: "secret",
      clientCa: null,
      isClientCertificateRequired: false,
      alpn: null,
    });
  expect(make).toThrow("is no certificate (PEM) with its private key");
  expect(make).not.toThrow("secret");
});

test("where there is Bun, its own sockets are taken", () => {
  expect(chooseTransport()).toBe(bunTransport);
});
