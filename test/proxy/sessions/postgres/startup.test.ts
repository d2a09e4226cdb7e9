import { expect, test } from "bun:test";
import { connect as connectTls } from "node:tls";
import { query } from "../../../../src/wire/postgres/write-client.ts";
import { makeServerTls } from "../../../../src/proxy/adapters/transport/server-tls.ts";
import type { Gate, Speaker } from "../../../../src/proxy/sessions/ports.ts";
import { startTestCluster } from "../../../support/cluster.ts";
import { openGate, startTestProxy } from "../../../support/postgres-session.ts";
import { rawClient, startup } from "../../../support/raw-postgres.ts";
import { makeWireCertificates } from "../../../support/wire-certificates.ts";
import { denial, scriptedDecider } from "../../../support/told-outcomes.ts";

const cluster = await startTestCluster(15);
const [host] = cluster.settings.hosts;
const server = { kind: "unix", path: `${host?.host}/.s.PGSQL.${host?.port}` } as const;
const user = cluster.settings.user;
const decider = scriptedDecider(() => denial);

const request = (code: number, ...more: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(8 + more.length);
  bytes.writeInt32BE(8 + more.length);
  bytes.writeInt32BE(code, 4);
  Buffer.from(more).copy(bytes, 8);
  return bytes;
};
const sslRequest = request(80_877_103);
const gssencRequest = request(80_877_104);

/** What a client is answered that sends this before it is anybody, until it is hung up. */
async function answerTo(port: number, ...pieces: readonly Uint8Array[]): Promise<string> {
  await using client = await rawClient({ port }, null);
  const bytes: Buffer[] = [];
  client.socket.on("data", (chunk: Buffer) => void bytes.push(chunk));
  for (const piece of pieces) client.send(piece);
  await client.closed;
  return Buffer.concat(bytes).toString("latin1");
}

test("SSLRequest and GSSENCRequest are answered N where there is no certificate, once each, and the session goes on", async () => {
  await using proxy = await startTestProxy({ server, decider });
  await using client = await rawClient({ port: proxy.port }, null);
  const first = new Promise<Buffer>((resolve) => client.socket.once("data", resolve));
  client.send(gssencRequest);
  expect((await first).toString()).toBe("N");
  const second = new Promise<Buffer>((resolve) => client.socket.once("data", resolve));
  client.send(sslRequest);
  expect((await second).toString()).toBe("N");
  const answered = new Promise<Buffer>((resolve) => client.socket.once("data", resolve));
  client.send(startup({ user, database: "postgres" }));
  expect((await answered).subarray(0, 9).toString("latin1")).toBe("R\0\0\0\u0008\0\0\0\0");
});

test("bytes behind a request for encryption, a second one, and what is no packet are refused", async () => {
  await using proxy = await startTestProxy({ server, decider });
  for (const [pieces, why] of [
    [
      [Buffer.concat([sslRequest, startup({ user })])],
      "received unencrypted data after an encryption request",
    ],
    [[request(0x0002_0000)], "invalid startup packet: protocol version 2.0"],
    [[Buffer.from([0, 0, 0, 3, 0, 0, 0, 0])], "invalid length of startup packet"],
    [[Buffer.from("GET / HTTP/1.1\r\n\r\n")], "invalid length of startup packet"],
    [[Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])], "this listener has no certificate"],
  ] as const) {
    const answer = await answerTo(proxy.port, ...pieces);
    expect(answer.slice(answer.indexOf("E"))).toContain(`SFATAL\0VFATAL\0C08P01\0M${why}\0`);
  }
  expect(proxy.dialled()).toBe(0);
});

test("who says nothing, or speaks too slowly, is hung up in time, and nothing is dialled", async () => {
  await using proxy = await startTestProxy({
    server,
    decider,
    context: { limits: { startupMs: 200, wholeBytes: 1 << 20, messageBytes: 1 << 20 } },
  });
  expect(await answerTo(proxy.port)).toContain("no start-up packet in time");
  expect(await answerTo(proxy.port, startup({ user }).subarray(0, 20))).toContain(
    "no start-up packet in time",
  );
  expect(proxy.dialled()).toBe(0);
});

test("the gate decides before anything is dialled, by what the start-up says", async () => {
  const seen: (Speaker & { readonly isReplication: boolean; readonly roles: readonly string[] })[] = [];
  const gate: Gate = {
    ...openGate,
    admit(speaker, { isReplication, roles }) {
      seen.push({ ...speaker, isReplication, roles });
      return {
        kind: "refused",
        refusal: { code: null, message: `no ${speaker.role}`, detail: "", hint: "" },
      };
    },
  };
  await using proxy = await startTestProxy({ server, decider, gate });
  const parameters = { user: "dba", database: "shop", application_name: "psql", replication: "database" };
  const answer = await answerTo(proxy.port, startup(parameters));
  expect(answer).toContain("SFATAL\0VFATAL\0C28000\0Mno dba\0");
  expect(proxy.dialled()).toBe(0);
  expect(seen).toMatchObject([
    { role: "dba", database: "shop", applicationName: "psql", isReplication: true, protocol: "postgres" },
  ]);
  await answerTo(proxy.port, startup({ user: "dba" }));
  await answerTo(proxy.port, startup({ user: "dba", database: "" }));
  expect(seen.slice(1).map(({ database }) => database)).toEqual(["dba", "dba"]);
});

test("protocol 3.2 and later, and options that no server knows, are the server's to answer", async () => {
  await using proxy = await startTestProxy({ server, decider });
  await using client = await rawClient({ port: proxy.port }, null);
  client.send(startup({ user, database: "postgres", "_pq_.custody": "1" }, 9999));
  await client.ready(1);
  const negotiated = client.answers.filter(({ type }) => type === "v");
  expect(negotiated).toHaveLength(1);
  expect(negotiated[0]?.body.toString("latin1")).toContain("_pq_.custody\0");
});

test("a query is cancelled by its own key on a connection of its own, and by no other", async () => {
  await using proxy = await startTestProxy({ server, decider });
  await using client = await rawClient({ port: proxy.port }, { user, database: "postgres" });
  const key = client.answers.find(({ type }) => type === "K")?.body ?? Buffer.alloc(8);
  client.send(query("select pg_sleep(60)"));
  await answerTo(proxy.port, request(80_877_102, ...key.subarray(0, 4), 1, 2, 3, 4));
  await answerTo(proxy.port, request(80_877_102, ...key));
  await client.ready(2);
  expect(client.answers.at(-2)?.body.toString()).toContain("C57014");
});

test("a cancel of a statement that is held ends the hold, and the server never hears of either", async () => {
  const held = scriptedDecider(async (_, { notice, signal }) => {
    notice({ message: "held", detail: "", hint: "" });
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return denial;
  });
  await using proxy = await startTestProxy({ server, decider: held });
  await using client = await rawClient({ port: proxy.port }, { user, database: "postgres" });
  const key = client.answers.find(({ type }) => type === "K")?.body ?? Buffer.alloc(8);
  client.send(query("drop role nobody"));
  await client.until(() => client.answers.some(({ type, body }) => type === "N" && body.includes("held")));
  const dialled = proxy.dialled();
  await answerTo(proxy.port, request(80_877_102, ...key));
  await client.ready(2);
  expect(client.answers.at(-2)?.body.toString()).toContain(
    "C57014\0Mcanceling statement due to user request\0",
  );
  expect(proxy.dialled()).toBe(dialled);
  client.send(query("select 1"));
  await client.ready(3);
});

test("a cancel is for what the server is at, not for what waits behind it", async () => {
  await using proxy = await startTestProxy({ server, decider });
  await using client = await rawClient({ port: proxy.port }, { user, database: "postgres" });
  const key = client.answers.find(({ type }) => type === "K")?.body ?? Buffer.alloc(8);
  client.send(Buffer.concat([query("select pg_sleep(60)"), query("drop role nobody")]));
  await using watch = await rawClient({ port: proxy.port }, { user, database: "postgres" });
  for (let count = 2; ; count += 1) {
    watch.send(
      query("select from pg_stat_activity where query like 'select pg_sleep(60)%' and state = 'active'"),
    );
    await watch.ready(count);
    if (watch.answers.at(-2)?.body.toString() === "SELECT 1\0") break;
  }
  await answerTo(proxy.port, request(80_877_102, ...key));
  await client.ready(3);
  const errors = client.answers
    .filter(({ type }) => type === "E")
    .map(({ body }) => /C(\w{5})\0/.exec(body.toString())?.[1]);
  expect(errors).toEqual(["57014", "42501"]);
});

test("TLS: by SSLRequest and as the first thing said, with the certificate's name; in clear it is refused where it is required", async () => {
  const files = makeWireCertificates();
  const tls = makeServerTls({
    ...files.server,
    clientCa: files.ca,
    isClientCertificateRequired: false,
    alpn: "postgresql",
  });
  const seen: (string | null)[] = [];
  const gate: Gate = {
    ...openGate,
    admit(speaker) {
      seen.push(speaker.certificate);
      return { kind: "admitted", isAdmin: false };
    },
  };
  await using proxy = await startTestProxy({ server, decider, gate, tls, context: { requiresTls: true } });
  expect(await answerTo(proxy.port, startup({ user }))).toContain(
    "C28000\0Mthis listener takes encrypted connections only\0",
  );
  expect(proxy.dialled()).toBe(0);
  for (const isDirect of [false, true]) {
    await using client = await rawClient({ port: proxy.port }, null);
    if (!isDirect) {
      const answer = new Promise<Buffer>((resolve) => client.socket.once("data", resolve));
      client.send(sslRequest);
      expect((await answer).toString()).toBe("S");
    }
    client.socket.removeAllListeners("data");
    const secure = connectTls({
      socket: client.socket,
      rejectUnauthorized: false,
      ...files.client,
      ALPNProtocols: ["postgresql"],
    });
    await new Promise((resolve, reject) => secure.once("secureConnect", resolve).once("error", reject));
    const chunks: Buffer[] = [];
    const ready = new Promise<void>((resolve) =>
      secure.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (Buffer.concat(chunks).toString("latin1").endsWith("Z\0\0\0\u0005I")) resolve();
      }),
    );
    secure.write(startup({ user, database: "postgres" }));
    await ready;
    secure.destroy();
  }
  expect(seen).toEqual(["ann", "ann"]);
});

test("a custody that drains lets idle sessions go with a word, and others when they are idle", async () => {
  await using proxy = await startTestProxy({ server, decider });
  await using idle = await rawClient({ port: proxy.port }, { user, database: "postgres" });
  await using busy = await rawClient({ port: proxy.port }, { user, database: "postgres" });
  busy.send(query("begin"));
  await busy.ready(2);
  const drained = proxy.listener.drain(30_000);
  await idle.closed;
  expect(idle.answers.at(-1)?.body.toString()).toContain("C57P01");
  busy.send(query("commit"));
  await busy.closed;
  expect(busy.answers.map(({ type }) => type).join("")).toEndWith("CZE");
  await drained;
});
