import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { makeServerTls } from "../../../src/proxy/adapters/transport/server-tls.ts";
import { openMongoSession } from "../../../src/proxy/sessions/mongo/open-mongo-session.ts";
import { openNatsSession } from "../../../src/proxy/sessions/nats/open-nats-session.ts";
import { startMongoPeer } from "../../support/mongo-peer.ts";
import { startNats } from "../../support/nats-server.ts";
import { makeWireCertificates } from "../../support/wire-certificates.ts";
import { transports } from "../../support/wire-ends.ts";
import { startWireListener } from "../../support/wire-listener.ts";

const pem = makeWireCertificates();
const tls = makeServerTls({
  ...pem.server,
  clientCa: pem.ca,
  isClientCertificateRequired: false,
  alpn: null,
});
const ca = join(tmpdir(), `custody-test-${crypto.randomUUID()}.crt`);
const both = join(tmpdir(), `custody-test-${crypto.randomUUID()}.pem`);

beforeAll(async () => {
  await writeFile(ca, pem.ca);
  await writeFile(both, `${pem.client.cert}${pem.client.key}`, { mode: 0o600 });
});
afterAll(async () => {
  await Bun.file(ca).delete();
  await Bun.file(both).delete();
});

describe.each(transports)("over %s", (_name, transport) => {
  test.each([false, true])(
    "NATS, TLS %p: messages of every size, a refusal, and the certificate's name",
    async (isSecured) => {
      await using server = await startNats();
      await using listener = await startWireListener({
        serverPort: server.port,
        open: openNatsSession,
        over: { transport, tls: isSecured ? tls : null },
      });
      const secured = { tls: { ca: pem.ca, cert: pem.client.cert, key: pem.client.key } };
      const client = await connect({ servers: `localhost:${listener.port}`, ...(isSecured ? secured : {}) });
      const manager = await jetstreamManager(client);
      await manager.streams.add({ name: "S", subjects: ["s.>"] });
      for (const size of [0, 1, 1000, 70_000, 1_000_000])
        await jetstream(client).publish("s.a", new Uint8Array(size));
      expect((await manager.streams.info("S")).state.messages).toBe(5);
      listener.decider.say = () => "refuse";
      expect(await manager.streams.delete("S").catch((error: unknown) => error)).toMatchObject({
        code: 10_050,
      });
      expect(listener.decider.sightings[0]?.speaker.certificate).toBe(isSecured ? "ann" : null);
      await client.close();
      await listener.sessions[0]!.closed;
    },
  );

  test("NATS in clear to a listener with a certificate is refused", async () => {
    await using server = await startNats();
    await using listener = await startWireListener({
      serverPort: server.port,
      open: openNatsSession,
      over: { transport, tls },
    });
    const heard = Promise.withResolvers<string>();
    let said = "";
    await Bun.connect({
      hostname: "127.0.0.1",
      port: listener.port,
      socket: {
        data(socket, bytes) {
          if (said === "") socket.write("CONNECT {}\r\nPING\r\n");
          said += bytes.toString();
        },
        close: () => heard.resolve(said),
      },
    });
    expect(await heard.promise).toMatch(
      /^INFO .*"tls_required":true.*\r\n-ERR 'Secure Connection - TLS Required'\r\n$/,
    );
  });

  test.each([false, true])(
    "MongoDB, TLS %p: documents of every size, a refusal, and the certificate's name",
    async (isSecured) => {
      await using peer = await startMongoPeer();
      await using listener = await startWireListener({
        serverPort: Number(new URL(peer.url).port),
        open: openMongoSession,
        over: { transport, tls: isSecured ? tls : null },
      });
      const secured = { tls: true, tlsCAFile: ca, tlsCertificateKeyFile: both };
      const url = `mongodb://localhost:${listener.port}/?directConnection=true`;
      const client = await new MongoClient(url, isSecured ? secured : {}).connect();
      const orders = client.db("shop").collection("orders");
      const sizes = [0, 1000, 70_000, 5_000_000];
      await orders.insertMany(sizes.map((size) => ({ text: "x".repeat(size) })));
      expect((await orders.find().toArray()).map(({ text }) => (text as string).length)).toEqual(sizes);
      listener.decider.say = () => "refuse";
      expect(await orders.drop().catch((error: unknown) => error)).toMatchObject({ code: 13 });
      expect(listener.decider.sightings[0]?.speaker.certificate).toBe(isSecured ? "ann" : null);
      await client.close();
      await Promise.all(listener.sessions.map((each) => each.closed));
    },
  );
});

test("a drain ends what is idle at once, and what is being decided when it is", async () => {
  await using server = await startNats();
  await using listener = await startWireListener({ serverPort: server.port, open: openNatsSession });
  const idle = await connect({ servers: `127.0.0.1:${listener.port}`, reconnect: false });
  const busy = await connect({ servers: `127.0.0.1:${listener.port}`, reconnect: false });
  const asked = Promise.withResolvers<void>();
  const approval = Promise.withResolvers<"refuse">();
  listener.decider.say = () => {
    asked.resolve();
    return approval.promise;
  };
  const deleting = busy.request("$JS.API.STREAM.DELETE.x", "", { timeout: 10_000 });
  await asked.promise;
  listener.drain.abort();
  await idle.closed();
  await listener.sessions[0]!.closed;
  approval.resolve("refuse");
  expect((await deleting).json()).toMatchObject({ error: { code: 403 } });
  await listener.sessions[1]!.closed;
});
