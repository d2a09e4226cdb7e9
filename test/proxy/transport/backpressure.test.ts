import { describe, expect, test } from "bun:test";
import { connect as connectTls } from "node:tls";
import type { Socket } from "node:net";
import { makeServerTls } from "../../../src/proxy/adapters/transport/server-tls.ts";
import type { Transport } from "../../../src/proxy/adapters/transport/transport.ts";
import type { Connection } from "../../../src/proxy/sessions/connection.ts";
import { dial, listenFor, transports } from "../../support/wire-ends.ts";
import { makeWireCertificates } from "../../support/wire-certificates.ts";

const total = 64 << 20;
/** What kernel and sockets may hold of it at a time; without backpressure all of it would be. */
const mostInBetween = 24 << 20;

/** What every session does with what passes. */
function splice(from: Connection, to: Connection): void {
  from.handle({
    data(bytes) {
      if (!to.write(bytes)) from.pause();
    },
    drained: () => to.resume(),
    ended: () => to.end(),
    closed: () => to.destroy(),
  });
}

/** Sends without end to its sight, as fast as it is taken; resolves when all is. */
async function pour(socket: Socket, sent: { bytes: number }): Promise<void> {
  const piece = Buffer.alloc(1 << 18, "p");
  while (sent.bytes < total) {
    const isTaken = socket.write(piece);
    sent.bytes += piece.length;
    if (!isTaken) await new Promise((resolve) => socket.once("drain", resolve));
  }
}

/** Reads a little, then lets everybody else go first, many times. Gives the most that was sent and not read yet. */
async function sip(socket: Socket, sent: { readonly bytes: number }): Promise<number> {
  let got = 0;
  let most = 0;
  while (got < total) {
    socket.resume();
    const piece = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    socket.pause();
    got += piece.length;
    most = Math.max(most, sent.bytes - got);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return most;
}

const pem = makeWireCertificates();
const tls = makeServerTls({ ...pem.server, clientCa: null, isClientCertificateRequired: false, alpn: null });

/** A client, through a splice, to a server: both are Node's own. */
async function through(
  transport: Transport,
  isSecured: boolean,
): Promise<AsyncDisposableStack & { ends: [Socket, Socket] }> {
  const stack = new AsyncDisposableStack();
  const back = stack.use(await listenFor(transport, { tls }));
  const front = stack.use(await listenFor(transport, { tls }));
  const client = dial(front.port);
  const server = dial(back.port);
  const [plainIn, plainOut] = await Promise.all([front.next(), back.next()]);
  const over = async (plain: Connection, socket: Socket): Promise<[Connection, Socket]> => {
    if (!isSecured) return [plain, socket];
    const accepting = plain.acceptTls(null);
    const secured = connectTls({ socket, ca: pem.ca, servername: "localhost" });
    return [await accepting, secured];
  };
  const [inside, clientEnd] = await over(plainIn, client);
  const [outside, serverEnd] = await over(plainOut, server);
  splice(inside, outside);
  splice(outside, inside);
  const ends: [Socket, Socket] = [clientEnd, serverEnd];
  return Object.assign(stack, { ends });
}

for (const [name, transport] of transports) {
  describe(`${name}: 64 MB to who reads slowly`, () => {
    for (const isSecured of [false, true]) {
      for (const way of ["to the server", "to the client"] as const) {
        test(`${isSecured ? "over TLS" : "in clear"}, ${way}: never much in between`, async () => {
          await using scene = await through(transport, isSecured);
          const [client, server] = scene.ends;
          const [source, sink] = way === "to the server" ? [client, server] : [server, client];
          const sent = { bytes: 0 };
          const [most] = await Promise.all([sip(sink, sent), pour(source, sent)]);
          expect(sent.bytes).toBe(total);
          expect(most).toBeLessThan(mostInBetween);
        });
      }
    }
  });
}

test("without a pause all of it would be in between: the measure can fail", async () => {
  for (const [, transport] of transports) {
    await using listener = await listenFor(transport);
    const sink = dial(listener.port);
    const outside = await listener.next();
    const source = await listenFor(transport);
    const from = dial(source.port);
    const inside = await source.next();
    outside.handle({
      data: () => undefined,
      drained: () => undefined,
      ended: () => undefined,
      closed: () => undefined,
    });
    inside.handle({
      data: (bytes) => void outside.write(bytes),
      drained: () => undefined,
      ended: () => undefined,
      closed: () => undefined,
    });
    const sent = { bytes: 0 };
    const [most] = await Promise.all([sip(sink, sent), pour(from, sent)]);
    expect(most).toBeGreaterThan(mostInBetween);
    await source[Symbol.asyncDispose]();
  }
});
