import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";
import { createGate } from "../../../../src/proxy/gate/create-gate.ts";
import { readGatePolicy } from "../../../../src/proxy/gate/gate-policy.ts";
import { openNatsSession } from "../../../../src/proxy/sessions/nats/open-nats-session.ts";
import { startNats } from "../../../support/nats-server.ts";
import type { NatsServer } from "../../../support/nats-server.ts";
import { makeOrders } from "../../../support/nats-shop.ts";
import { refusal, toldGate } from "../../../support/wire-decider.ts";
import { startWireListener } from "../../../support/wire-listener.ts";
import type { WireListener } from "../../../support/wire-listener.ts";

let server: NatsServer;
let listener: WireListener;
let client: NatsConnection;
const users = `
  accounts {
    APP { jetstream: enabled, users: [{user: app, password: secret}, {user: dba, password: secret}] }
    $SYS { users: [{user: sys, password: secret}] }
  }
  no_auth_user: app
`;

beforeAll(async () => {
  server = await startNats(users);
  listener = await startWireListener({ serverPort: server.port, open: openNatsSession });
  client = await connect({
    servers: `127.0.0.1:${listener.port}`,
    user: "app",
    pass: "secret",
    name: "shop",
  });
});
afterAll(async () => {
  await client.close();
  await listener[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  listener.gate = toldGate();
  listener.decider.sightings.length = 0;
  listener.decider.settled.length = 0;
  listener.decider.say = () => "forward";
});

/** A stream of its own with three messages. */
async function makeStream(name: string, more: object = {}): Promise<void> {
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name, subjects: [`${name}.>`], ...more });
  for (const each of ["1", "2", "3"]) await jetstream(client).publish(`${name}.a`, each);
}

test("a JetStream client works as before", async () => {
  await makeOrders(client, 30);
  const manager = await jetstreamManager(client);
  expect((await manager.streams.info("db_orders")).state.messages).toBe(29);
  // The one message that was deleted.
  expect(listener.decider.sightings.map(({ destructions: [first] }) => first?.what)).toEqual([
    "$JS.API.STREAM.MSG.DELETE",
  ]);
  expect(listener.decider.sightings[0]?.speaker).toMatchObject({
    role: "app",
    applicationName: "shop",
    protocol: "nats",
  });
  expect(listener.decider.settled).toEqual([{ outcome: "ok", error: null }]);
});

describe("a delete", () => {
  test("is refused in JetStream's words, and the session lives", async () => {
    await makeStream("refused");
    listener.decider.say = () => "refuse";
    const manager = await jetstreamManager(client);
    const failure = await manager.streams.delete("refused").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 10_050, status: 403 });
    expect(String(failure)).toContain(refusal.message);
    expect(String(failure)).toContain(refusal.hint);
    expect((await manager.streams.info("refused")).state.messages).toBe(3);
  });

  test("is settled by the server's answer", async () => {
    await makeStream("settled");
    const manager = await jetstreamManager(client);
    await manager.streams.delete("settled");
    await manager.streams.delete("settled").catch(() => null);
    expect(listener.decider.settled).toEqual([
      { outcome: "ok", error: null },
      { outcome: "noop", error: null },
    ]);
  });

  test("that custody has done is answered as the server would", async () => {
    const manager = await jetstreamManager(client);
    listener.decider.say = () => ({ kind: "done", dropId: "1", isNoop: false });
    expect(await manager.streams.delete("nowhere")).toBe(true);
    listener.decider.say = () => ({ kind: "done", dropId: "1", isNoop: true });
    expect(await manager.streams.delete("nowhere").catch((error: unknown) => error)).toMatchObject({
      code: 10_059,
    });
  });

  test("without an answer's subject is refused as a violation of permissions", async () => {
    await makeStream("silent");
    listener.decider.say = () => "refuse";
    const told = (async () => {
      for await (const status of client.status()) if (status.type === "error") return status.error.message;
      return null;
    })();
    client.publish("$JS.API.STREAM.DELETE.silent", "");
    expect(await told).toContain('Permissions Violation for Publish to "$JS.API.STREAM.DELETE.silent"');
    expect((await (await jetstreamManager(client)).streams.info("silent")).state.messages).toBe(3);
  });

  test("that is held lets the client's other messages by, and is sent when it is approved", async () => {
    await makeStream("held");
    const approval = Promise.withResolvers<"forward">();
    const noticed = Promise.withResolvers<void>();
    listener.decider.say = (_sighting, watch) => {
      queueMicrotask(() => {
        watch.notice({ message: "held", detail: "", hint: "" });
        noticed.resolve();
      });
      return approval.promise;
    };
    const manager = await jetstreamManager(client);
    const deleted = manager.streams.delete("held");
    await noticed.promise;
    expect((await manager.streams.info("held")).state.messages).toBe(3);
    approval.resolve("forward");
    expect(await deleted).toBe(true);
    expect(listener.decider.settled).toEqual([{ outcome: "ok", error: null }]);
  });

  test("that waits without a hold keeps the order of the client's messages", async () => {
    await makeStream("ordered");
    const approval = Promise.withResolvers<"forward">();
    const asked = Promise.withResolvers<void>();
    listener.decider.say = () => {
      asked.resolve();
      return approval.promise;
    };
    const manager = await jetstreamManager(client);
    const purged = manager.streams.purge("ordered");
    const published = jetstream(client).publish("ordered.a", "after");
    await asked.promise;
    approval.resolve("forward");
    expect((await purged).purged).toBe(3);
    await published;
    expect((await manager.streams.info("ordered")).state.messages).toBe(1);
  });

  test("of a client that went away is never sent", async () => {
    await makeStream("gone");
    const other = await connect({
      servers: `127.0.0.1:${listener.port}`,
      user: "app",
      pass: "secret",
      reconnect: false,
    });
    const approval = Promise.withResolvers<"forward">();
    const asked = Promise.withResolvers<AbortSignal>();
    listener.decider.say = (_sighting, { signal }) => {
      asked.resolve(signal);
      return approval.promise;
    };
    const deleting = (await jetstreamManager(other)).streams.delete("gone").catch(() => null);
    const signal = await asked.promise;
    await other.close();
    await deleting;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    approval.resolve("forward");
    await listener.sessions.at(-1)!.closed;
    expect((await (await jetstreamManager(client)).streams.info("gone")).state.messages).toBe(3);
    expect(listener.decider.settled).toMatchObject([{ outcome: "error" }]);
  });
});

describe("the gate", () => {
  test("refuses a user before CONNECT is sent on", async () => {
    listener.gate = toldGate("dba");
    const failure = connect({
      servers: `127.0.0.1:${listener.port}`,
      user: "dba",
      pass: "secret",
      reconnect: false,
    });
    expect(String(await failure.catch((error: unknown) => error))).toContain("Authorization Violation");
    expect(listener.gate.asked.map(({ speaker }) => speaker.role)).toEqual(["", "dba"]);
  });

  test("is asked for who says nothing, too", async () => {
    const other = await connect({ servers: `127.0.0.1:${listener.port}` });
    await other.flush();
    await other.close();
    expect(listener.gate.asked.at(-1)?.speaker.role).toBe("");
  });
});

test("a gate that allows some users alone lets those in, and nobody who says nothing", async () => {
  const asked = listener.gate.asked;
  const policy = readGatePolicy({ gate: { allowed_roles: ["app"] } });
  const gate = createGate({ policy, roles: null, record: () => undefined, warn: () => undefined });
  listener.gate = { ...gate, asked };
  const place = { servers: `127.0.0.1:${listener.port}`, reconnect: false };
  await (await connect({ ...place, user: "app", pass: "secret" })).close();
  for (const login of [{}, { user: "dba", pass: "secret" }])
    expect(String(await connect({ ...place, ...login }).catch((error: unknown) => error))).toContain(
      "Authorization",
    );
});

test("INFO leads nobody around the proxy", async () => {
  expect(client.info?.connect_urls).toBeUndefined();
  expect(client.info?.max_payload).toBe(1_048_576);
});

test("what the server does not know ends the session with its words", async () => {
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: listener.port,
    socket: {
      data(self, bytes) {
        if (bytes.toString().startsWith("INFO")) self.write("CONNECT {}\r\nPUB a 1\r\nxyz");
        else if (bytes.toString().includes("-ERR")) told.resolve(bytes.toString());
      },
    },
  });
  const told = Promise.withResolvers<string>();
  expect(await told.promise).toContain("-ERR 'Unknown Protocol Operation'");
  socket.end();
});

test("a header does what a request does", async () => {
  await makeStream("rolled", { allow_rollup_hdrs: true });
  listener.decider.say = () => "refuse";
  const rolling = headers();
  rolling.set("Nats-Rollup", "all");
  const failure = await jetstream(client)
    .publish("rolled.a", "x", { headers: rolling })
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 10_111 });
  expect((await (await jetstreamManager(client)).streams.info("rolled")).state.messages).toBe(3);
});
