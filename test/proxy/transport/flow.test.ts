import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { lingerMs } from "../../../src/proxy/adapters/transport/transport.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dial, listenFor, readAll, readSome, record, transports } from "../../support/wire-ends.ts";

const never = new AbortController().signal;

for (const [name, transport] of transports) {
  describe(`${name}: what flows`, () => {
    test("is echoed whatever its pieces, and each side sees where the other is", async () => {
      await using listener = await listenFor(transport);
      const client = dial(listener.port);
      const server = await listener.next();
      const told = record(server, (bytes) => server.write(bytes));
      expect(server.host).toBe("127.0.0.1");
      expect(server.peer).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(server).toMatchObject({ isEncrypted: false, certificate: null, offersTls: false });
      const pieces = [1, 2, 3, 1000, 1, 70_000, 5, 300_000].map((size, index) => Buffer.alloc(size, index));
      const answered = readAll(client);
      for (const piece of pieces) client.write(piece);
      client.end();
      await told.ended();
      server.end();
      expect((await answered) === Buffer.concat(pieces).toString()).toBe(true);
      await told.closed();
      expect(told.error()).toBeNull();
      expect(told.events.at(-1)).toBe("closed");
    });

    test("over a Unix socket comes from unix", async () => {
      using folder = temporaryFolder();
      const path = join(folder.path, "s");
      await using listener = await listenFor(transport, { place: { kind: "unix", path } });
      const client = dial(path);
      const server = await listener.next();
      record(server, (bytes) => server.write(bytes));
      expect(server).toMatchObject({ peer: "unix", host: "unix" });
      client.write("hello");
      expect((await readSome(client, 5)).toString()).toBe("hello");
    });

    test("several writes of one event arrive in their order, with those after it", async () => {
      await using listener = await listenFor(transport);
      const client = dial(listener.port);
      const server = await listener.next();
      const told = record(server, (bytes) => {
        for (const byte of bytes) server.write(Buffer.from([byte, byte]));
        server.write(Buffer.alloc(100_000, "-"));
        server.write(Buffer.from("."));
        void Promise.resolve().then(() => server.write(Buffer.from("!")));
      });
      client.write("abc");
      expect((await readSome(client, 100_008)).toString()).toBe(`aabbcc${"-".repeat(100_000)}.!`);
      client.write("z");
      await told.until(() => told.bytes() === 4);
    });

    test("no handler is called from within a method, and after the last of them none", async () => {
      await using listener = await listenFor(transport);
      dial(listener.port);
      const server = await listener.next();
      const told = record(server);
      server.destroy();
      server.destroy();
      server.end();
      server.pause();
      server.resume();
      expect(server.write(Buffer.from("x"))).toBe(true);
      expect(told.events).toEqual([]);
      await told.closed();
      expect(told.error()).toBeNull();
      await new Promise((resolve) => setImmediate(resolve));
      expect(told.events).toEqual(["closed"]);
    });

    test("what was written before end() arrives, then the end", async () => {
      await using listener = await listenFor(transport);
      const client = dial(listener.port);
      const server = await listener.next();
      const told = record(server);
      const total = 8 << 20;
      expect(server.write(Buffer.alloc(total, "x"))).toBe(false);
      server.write(Buffer.from("y"));
      server.end();
      const got = await readAll(client);
      expect(got.length).toBe(total + 1);
      expect(got.at(-1)).toBe("y");
      client.end("more that nobody hears");
      await told.closed();
      expect(told.error()).toBeNull();
      expect(told.bytes()).toBe(0);
      expect(told.events).toEqual(["closed"]);
    });

    test("answered and ended in one event: the answer arrives whole, small or large", async () => {
      await using listener = await listenFor(transport);
      const begun = performance.now();
      for (const size of [5, 8 << 20]) {
        const client = dial(listener.port);
        const server = await listener.next();
        const told = record(server, () => {
          server.write(Buffer.from("answer "));
          server.write(Buffer.alloc(size, "a"));
          server.end();
        });
        client.write("asked");
        const got = await readAll(client);
        expect(got.length).toBe("answer ".length + size);
        client.end();
        await told.closed();
        expect(told.error()).toBeNull();
      }
      // Nobody lingered: it was closed when both had ended.
      expect(performance.now() - begun).toBeLessThan(lingerMs);
    });

    test("a client that ended still reads", async () => {
      await using listener = await listenFor(transport);
      const client = dial(listener.port);
      const server = await listener.next();
      const told = record(server);
      client.end("asked");
      await told.ended();
      expect(told.text()).toBe("asked");
      server.write(Buffer.from("answered, "));
      await new Promise((resolve) => setImmediate(resolve));
      server.write(Buffer.from("twice"));
      server.end();
      expect(await readAll(client)).toBe("answered, twice");
      await told.closed();
    });

    test("paused, nothing comes; resumed, everything", async () => {
      await using listener = await listenFor(transport);
      const client = dial(listener.port);
      const server = await listener.next();
      const told = record(server, () => server.pause());
      client.write("first");
      await told.until(() => told.bytes() > 0);
      const seen = told.bytes();
      // More than all buffers in between hold: it cannot be written before somebody reads.
      const rest = Buffer.alloc(32 << 20, "r");
      let isWritten = false;
      client.write(rest, () => (isWritten = true));
      const other = dial(listener.port);
      const otherServer = await listener.next();
      record(otherServer, (bytes) => otherServer.write(bytes));
      other.write("x");
      await readSome(other);
      expect(told.bytes() - seen).toBeLessThan(2 << 20);
      expect(isWritten).toBe(false);
      server.handle({
        data: (bytes) => told.chunks.push(bytes),
        drained: () => undefined,
        ended: () => server.end(),
        closed: () => undefined,
      });
      server.resume();
      client.end();
      await readAll(client);
      expect(Buffer.concat(told.chunks).length).toBe("first".length + rest.length);
    });

    test("a reset is an error, paused or not", async () => {
      await using listener = await listenFor(transport);
      for (const isPaused of [false, true]) {
        const client = dial(listener.port);
        const server = await listener.next();
        const told = record(server);
        client.write("x");
        await told.until(() => told.bytes() === 1);
        if (isPaused) server.pause();
        client.resetAndDestroy();
        await told.closed();
        expect(told.error()).toMatchObject({ code: "ECONNRESET" });
      }
    });

    test("destroyed, the other side is closed", async () => {
      await using listener = await listenFor(transport);
      const client = dial(listener.port);
      const server = await listener.next();
      record(server);
      const closed = new Promise((resolve) => client.once("close", resolve).once("end", resolve));
      client.resume();
      server.destroy();
      await closed;
    });

    test("both ends of the transport's own; what comes before anybody is told is kept", async () => {
      await using listener = await listenFor(transport);
      const client = await transport.connect({ kind: "tcp", host: "localhost", port: listener.port }, never);
      const server = await listener.next();
      server.write(Buffer.from("greeting"));
      server.end();
      // A way there and back on another connection takes longer than the greeting did.
      const other = dial(listener.port);
      const otherServer = await listener.next();
      record(otherServer, (bytes) => otherServer.write(bytes));
      other.write("x");
      await readSome(other);
      const told = record(client);
      await told.ended();
      expect(told.text()).toBe("greeting");
      expect(client.peer).toBe(`127.0.0.1:${listener.port}`);
      client.end();
      await told.closed();
      expect(told.events).toEqual(["ended", "closed"]);
    });

    test("what is given back is told again, to who comes next, with all that came meanwhile", async () => {
      await using listener = await listenFor(transport);
      const client = await transport.connect({ kind: "tcp", host: "127.0.0.1", port: listener.port }, never);
      const server = await listener.next();
      record(server, () => {
        server.write(Buffer.from(", third"));
        server.end();
      });
      server.write(Buffer.from("first, second"));
      const { promise, resolve } = Promise.withResolvers<void>();
      record(client, (bytes) => {
        client.giveBack(bytes.subarray(7));
        client.write(Buffer.from("more"));
        resolve();
      });
      await promise;
      const told = record(client);
      await told.ended();
      expect(told.text()).toBe("second, third");
      client.destroy();
      await told.closed();
      expect(told.events).toEqual(["ended", "closed"]);
    });
  });
}

test("after end() nobody is waited for: neither one who keeps it open, nor one who takes nothing", async () => {
  const gone = transports.flatMap(([, transport]) =>
    [1, 32 << 20].map(async (size) => {
      await using listener = await listenFor(transport);
      const client = dial(listener.port);
      client.pause();
      const server = await listener.next();
      const told = record(server);
      server.write(Buffer.alloc(size));
      server.end();
      await told.closed();
      expect(told.events).toEqual(["closed"]);
      client.destroy();
    }),
  );
  await Promise.all(gone);
}, 20_000);
