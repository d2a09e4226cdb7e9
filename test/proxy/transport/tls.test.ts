import { describe, expect, test } from "bun:test";
import { connect as connectTls, createSecureContext } from "node:tls";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { ClientTls } from "../../../src/proxy/adapters/transport/client-tls.ts";
import { makeServerTls } from "../../../src/proxy/adapters/transport/server-tls.ts";
import type { ServerTls } from "../../../src/proxy/adapters/transport/server-tls.ts";
import type { Connection } from "../../../src/proxy/sessions/connection.ts";
import { dial, listenFor, readAll, readSome, record, transports } from "../../support/wire-ends.ts";
import type { TestListener, Told } from "../../support/wire-ends.ts";
import { makeWireCertificates } from "../../support/wire-certificates.ts";
import type { Certified } from "../../support/wire-certificates.ts";

const pem = makeWireCertificates();
const never = new AbortController().signal;
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

function tlsOf(client: ServerTls["clientCertificate"], own: Certified = pem.server): ServerTls {
  return makeServerTls({
    ...own,
    clientCa: client === "none" ? null : pem.ca,
    isClientCertificateRequired: client === "required",
    alpn: "postgresql",
  });
}

/** Answers what a PostgreSQL client begins with: an SSLRequest, or TLS itself. */
async function accept(listener: TestListener): Promise<Connection> {
  const plain = await listener.next();
  expect(plain.offersTls).toBe(true);
  return await new Promise((resolve, reject) => {
    plain.handle({
      data(bytes) {
        const isDirect = bytes[0] === 0x16;
        if (!isDirect) plain.write(Buffer.from("S"));
        plain.acceptTls(isDirect ? bytes : null).then(resolve, reject);
      },
      drained: () => undefined,
      ended: () => undefined,
      closed: () => undefined,
    });
  });
}

/** A client of Node's own. */
async function begin(port: number, more: ConnectionOptions, isDirect = false): Promise<TLSSocket> {
  const socket: Socket = dial(port);
  if (!isDirect) {
    socket.write(sslRequest);
    expect((await readSome(socket)).toString()).toBe("S");
  }
  const secured = connectTls({ socket, ca: pem.ca, servername: "localhost", ...more });
  secured.on("error", () => undefined);
  return secured;
}

/** What a promise rejects with, heard from now on. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => null,
    (error: unknown) => error,
  );
}

async function shaken(client: TLSSocket): Promise<boolean> {
  return await new Promise((resolve) =>
    client.once("secureConnect", () => resolve(true)).once("close", () => resolve(false)),
  );
}

for (const [name, transport] of transports) {
  describe(`${name}: TLS`, () => {
    test("after an SSLRequest: echoed both ways, ended by either side", async () => {
      await using listener = await listenFor(transport, { tls: tlsOf("none") });
      const accepting = accept(listener);
      const client = await begin(listener.port, {});
      const server = await accepting;
      const told: Told = record(server, (bytes) => server.write(bytes));
      expect(server).toMatchObject({
        isEncrypted: true,
        certificate: null,
        offersTls: false,
        host: "127.0.0.1",
      });
      const sent = Buffer.alloc(3_000_000, "abcdefg");
      const answered = readAll(client);
      client.end(sent);
      await told.ended();
      server.write(Buffer.from("last"));
      server.end();
      expect((await answered) === `${sent.toString()}last`).toBe(true);
      await told.closed();
      expect(told.error()).toBeNull();
    });

    test("as the first thing that is said, when the client names the protocol", async () => {
      await using listener = await listenFor(transport, { tls: tlsOf("none") });
      const accepting = accept(listener);
      const client = await begin(listener.port, { ALPNProtocols: ["postgresql"] }, true);
      const server = await accepting;
      record(server, (bytes) => server.write(bytes));
      client.write("hello");
      expect((await readSome(client, 5)).toString()).toBe("hello");
      expect(client.alpnProtocol).toBe("postgresql");
      const silent = failure(accept(listener));
      await begin(listener.port, {}, true);
      expect(await silent).toMatchObject({ code: "tls-failed", message: expect.stringContaining("ALPN") });
      const other = failure(accept(listener));
      await begin(listener.port, { ALPNProtocols: ["h2"] }, true);
      expect(await other).toMatchObject({ code: "tls-failed" });
    });

    test("as the first thing, and its first byte comes alone", async () => {
      await using listener = await listenFor(transport, { tls: tlsOf("none") });
      const pieces = createServer((from) => {
        const to = dial(listener.port);
        from.on("data", (bytes: Buffer) => {
          for (const at of [0, 1, 2, 6].filter((each) => each < bytes.length))
            to.write(bytes.subarray(at, at === 0 ? 1 : at === 1 ? 2 : at === 2 ? 6 : bytes.length));
        });
        to.on("data", (bytes: Buffer) => from.write(bytes)).on("close", () => from.destroy());
      }).listen(0, "127.0.0.1");
      await once(pieces, "listening");
      const accepting = accept(listener);
      const { port } = pieces.address() as AddressInfo;
      const client = await begin(port, { ALPNProtocols: ["postgresql"] }, true);
      const server = await accepting;
      record(server, (bytes) => server.write(bytes));
      client.write("hello, long enough to be cut");
      expect((await readSome(client, 28)).toString()).toBe("hello, long enough to be cut");
      client.destroy();
      pieces.close();
    });

    test("the name in a client's certificate, where the authority signed it", async () => {
      for (const kind of ["required", "optional"] as const) {
        await using listener = await listenFor(transport, { tls: tlsOf(kind) });
        const accepting = accept(listener);
        await begin(listener.port, pem.client);
        expect(await accepting).toMatchObject({ certificate: "ann", isEncrypted: true });
        const wrong = failure(accept(listener));
        await begin(listener.port, pem.stranger);
        expect(await wrong).toMatchObject({ code: "tls-failed" });
        const none = accept(listener).catch((error: unknown) => error);
        await begin(listener.port, {});
        expect(await none).toMatchObject(
          kind === "optional" ? { certificate: null } : { code: "tls-failed" },
        );
      }
    });

    test("TLS 1.1, and what is no TLS at all, is refused and the connection closed", async () => {
      await using listener = await listenFor(transport, { tls: tlsOf("none") });
      const accepting = failure(accept(listener));
      const old = await begin(listener.port, { minVersion: "TLSv1.1", maxVersion: "TLSv1.1" });
      expect(await accepting).toMatchObject({ code: "tls-failed" });
      expect(await shaken(old)).toBe(false);
      const nonsense = failure(accept(listener));
      const socket = dial(listener.port);
      socket.write(sslRequest);
      await readSome(socket);
      socket.write("no handshake, but long enough to be taken for a record of TLS");
      expect(await nonsense).toMatchObject({ code: "tls-failed" });
      await readAll(socket);
    });

    test("a client that leaves, or never begins, is told to who waits", async () => {
      await using listener = await listenFor(transport, { tls: tlsOf("none") });
      const leaving = failure(accept(listener));
      const client = dial(listener.port);
      client.write(sslRequest);
      await readSome(client);
      client.destroy();
      expect(await leaving).toMatchObject({ code: "tls-failed" });
      const silent = dial(listener.port);
      const plain = await listener.next();
      const closed = readAll(silent);
      const accepting = failure(plain.acceptTls(null));
      plain.destroy();
      expect(await accepting).toMatchObject({ code: "tls-failed" });
      await closed;
    });

    test("a new certificate is for new handshakes; without any there is no TLS", async () => {
      await using listener = await listenFor(transport, { tls: tlsOf("none") });
      const first = accept(listener);
      const before = await begin(listener.port, {});
      const [server] = await Promise.all([first, shaken(before)]);
      record(server, (bytes) => server.write(bytes));
      expect(before.getPeerCertificate().subject.CN).toBe("server");
      listener.listening.setTls(tlsOf("none", pem.second));
      const second = accept(listener);
      const after = await begin(listener.port, {});
      await Promise.all([second, shaken(after)]);
      expect(after.getPeerCertificate().subject.CN).toBe("second");
      before.write("still there");
      expect((await readSome(before, 11)).toString()).toBe("still there");
      listener.listening.setTls(null);
      dial(listener.port);
      const plain = await listener.next();
      expect(plain.offersTls).toBe(false);
      expect(await failure(plain.acceptTls(null))).toMatchObject({ code: "tls-failed" });
    });

    test("begun as a client: chain and name are checked as asked, what is given back is told first", async () => {
      await using listener = await listenFor(transport, { tls: tlsOf("required") });
      const clientTls = (more: Partial<ClientTls>, ca = pem.ca): ClientTls => ({
        context: createSecureContext({ ca, ...pem.client }),
        serverName: "localhost",
        alpn: "postgresql",
        checksChain: true,
        checksName: "localhost",
        ...more,
      });
      const attempt = async (tls: ClientTls): Promise<void> => {
        const accepting = accept(listener);
        const plain = await transport.connect({ kind: "tcp", host: "127.0.0.1", port: listener.port }, never);
        const answered = record(plain);
        plain.write(sslRequest);
        await answered.until(() => answered.bytes() > 0);
        const [begun, accepted] = await Promise.allSettled([plain.startTls(tls), accepting]);
        if (begun.status === "rejected") throw begun.reason;
        if (accepted.status === "rejected") throw accepted.reason;
        const secured = begun.value;
        const server = accepted.value;
        expect(server.certificate).toBe("ann");
        record(server, (bytes) => server.write(bytes));
        secured.giveBack(Buffer.from("before "));
        const told = record(secured);
        secured.write(Buffer.from("after"));
        await told.until(() => told.text() === "before after");
        expect(secured.isEncrypted).toBe(true);
        secured.destroy();
        await told.closed();
      };
      await attempt(clientTls({}));
      await attempt(clientTls({ checksName: "127.0.0.1", serverName: null }));
      await attempt(clientTls({ checksChain: false, checksName: null }, pem.otherCa));
      await attempt(clientTls({ checksName: null, serverName: "elsewhere" }));
      const unchecked = { checksChain: false, checksName: null, serverName: "elsewhere" };
      await attempt(clientTls(unchecked, pem.otherCa));
      for (const own of [{}, { checksName: null }, { checksName: null, serverName: "elsewhere" }])
        expect(await failure(attempt(clientTls(own, pem.otherCa)))).toMatchObject({ code: "tls-failed" });
      expect(await failure(attempt(clientTls({}, pem.otherCa)))).toMatchObject({ code: "tls-failed" });
      await attempt(clientTls({}));
      expect(await failure(attempt(clientTls({ checksName: "elsewhere" })))).toMatchObject({
        code: "tls-failed",
        message: expect.stringContaining("is not for elsewhere"),
      });
      await attempt(clientTls({}));
    });
  });
}
