import { expect, test } from "bun:test";
import { connect } from "node:net";
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import { makeServerTls } from "../../../../src/proxy/adapters/transport/server-tls.ts";
import { rawClient, startRedisProxy } from "../../../support/redis-proxy.ts";
import { startRedis } from "../../../support/redis-server.ts";
import { makeWireCertificates } from "../../../support/wire-certificates.ts";

const certificates = makeWireCertificates();
const tls = makeServerTls({
  cert: certificates.server.cert,
  key: certificates.server.key,
  clientCa: certificates.ca,
  isClientCertificateRequired: false,
  alpn: null,
});

async function readUntil(socket: TLSSocket, end: string): Promise<string> {
  let text = "";
  for await (const bytes of socket) {
    text += String(bytes);
    if (text.endsWith(end)) break;
  }
  return text;
}

test("a listener with a certificate speaks TLS from the first byte on, and knows whose certificate it was shown", async () => {
  await using redis = await startRedis();
  await using proxy = await startRedisProxy(redis, () => "refuse", {}, tls);
  const raw = connect(proxy.path);
  await once(raw, "connect");
  const client = connectTls({
    socket: raw,
    ca: certificates.ca,
    servername: "localhost",
    ...certificates.client,
  });
  await once(client, "secureConnect");
  client.write("PING\r\nFLUSHALL\r\nECHO last\r\n");
  expect(await readUntil(client, "last\r\n")).toMatch(/^\+PONG\r\n-NOPERM [^\r]*\r\n\$4\r\nlast\r\n$/u);
  expect(proxy.decider.asked[0]?.sighting.speaker.certificate).toBe("ann");
  client.destroy();
  await proxy.sessions[0]?.closed;
});

test("in clear it takes nobody: no server is dialled, and no command is read", async () => {
  await using redis = await startRedis();
  await using proxy = await startRedisProxy(redis, () => "refuse", {}, tls);
  using client = await rawClient(proxy.path);
  client.send("FLUSHALL\r\n");
  expect(await client.ended()).not.toContain("NOPERM");
  await proxy.sessions[0]?.closed;
  expect({ dialled: proxy.dialled(), asked: proxy.decider.asked.length }).toEqual({ dialled: 0, asked: 0 });
});

test("a session that is ended in its handshake is closed", async () => {
  await using redis = await startRedis();
  await using proxy = await startRedisProxy(redis, () => "refuse", {}, tls);
  using client = await rawClient(proxy.path);
  // The beginning of a ClientHello, and no more.
  client.send(Buffer.from("16030100c8010000c40303", "hex"));
  while (proxy.sessions.length === 0) await new Promise((resolve) => setImmediate(resolve));
  proxy.sessions[0]?.destroy();
  client[Symbol.dispose]();
  await proxy.sessions[0]?.closed;
});
