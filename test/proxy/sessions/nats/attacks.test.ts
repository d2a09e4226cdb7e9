import { afterAll, beforeAll, expect, test } from "bun:test";
import { jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { openNatsSession } from "../../../../src/proxy/sessions/nats/open-nats-session.ts";
import { pub, sayRaw } from "../../../support/nats-raw.ts";
import { startNats } from "../../../support/nats-server.ts";
import type { NatsServer } from "../../../support/nats-server.ts";
import { startWireListener } from "../../../support/wire-listener.ts";
import type { WireListener } from "../../../support/wire-listener.ts";

/** Ways to have the server itself ask for a destruction: none of them names one where a request stands. */

let server: NatsServer;
let listener: WireListener;
let connection: NatsConnection;
let direct: JetStreamManager;
const login = { user: "app", pass: "secret" };

beforeAll(async () => {
  server = await startNats(
    "accounts { APP { jetstream: enabled, users: [{user: app, password: secret}] } }",
    { domain: "hub" },
  );
  listener = await startWireListener({ serverPort: server.port, open: openNatsSession });
  connection = await server.connect(login);
  direct = await jetstreamManager(connection);
});
afterAll(async () => {
  await listener[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Messages in the stream; -1: it is gone. */
async function messagesOf(stream: string): Promise<number> {
  const info = await direct.streams.info(stream).catch(() => null);
  return info?.state.messages ?? -1;
}

const api = "$JS.API.STREAM";
/** Nobody hears it: the server says so, and that ends the conversation. */
const end = pub("nobody.hears");
const answered = (subject: string, reply: string, payload = ""): string =>
  `PUB ${subject} ${reply} ${payload.length}\r\n${payload}\r\n${end}`;
const config = (more: object): string => JSON.stringify({ name: "§", subjects: ["§.>"], ...more });

test.each<readonly [string, string]>([
  ["an acknowledgement that purges", answered("§.z", `${api}.PURGE.§`, "x")],
  [
    "an acknowledgement that purges, behind headers",
    `HPUB §.z ${api}.PURGE.§ 20 21\r\nNATS/1.0\r\nA: bcd\r\n\r\nx\r\n${end}`,
  ],
  ["a stored message that deletes", answered("$JS.API.DIRECT.GET.§", `${api}.DELETE.§`, '{"seq":1}')],
  [
    "a message that is published once more",
    pub(
      `${api}.CREATE.§y`,
      config({ name: "§y", subjects: ["q.§"], republish: { src: "q.§", dest: `${api}.DELETE.§` } }),
    ) + answered("q.§", "_INBOX.none"),
  ],
  [
    "the same, where the message says whereto",
    pub(
      `${api}.CREATE.§y`,
      config({
        name: "§y",
        subjects: ["q.§.*.*"],
        republish: { src: "q.§.*.*", dest: "$JS.API.{{wildcard(1)}}.{{wildcard(2)}}.§" },
      }),
    ) + answered("q.§.STREAM.DELETE", "_INBOX.none"),
  ],
  [
    "a consumer whose heartbeats go there, where anybody hears them",
    pub(
      "$JS.API.CONSUMER.DURABLE.CREATE.§.beat",
      JSON.stringify({
        stream_name: "§",
        config: {
          durable_name: "beat",
          deliver_subject: `${api}.DELETE.§`,
          deliver_policy: "new",
          ack_policy: "explicit",
          idle_heartbeat: 100_000_000,
        },
      }),
    ),
  ],
  ["a template that is deleted, with its streams", "template"],
])("%s", async (name, words) => {
  for (const port of [server.port, listener.port]) {
    const stream = `S${counter++}x`;
    const isTemplate = words === "template";
    if (isTemplate) await makeTemplate(stream);
    else await direct.streams.add({ name: stream, subjects: [`${stream}.>`], allow_direct: true });
    for (let count = 0; count < 4; count += 1) await direct.jetstream().publish(`${stream}.a`, "");
    const target = isTemplate ? `${stream}_a` : stream;
    expect(await messagesOf(target)).toBe(4);
    listener.decider.sightings.length = 0;
    const hearing = connection.subscribe(`${api}.DELETE.${target}`);
    await connection.flush();
    const said = isTemplate ? pub(`${api}.TEMPLATE.DELETE.${stream}`) : words;
    const payloads = said.replaceAll("§", stream);
    await sayRaw(port, login, resize(payloads));
    // It is one: the server destroys, by and by.
    for (let times = 0; times < 2000 && (await messagesOf(target)) >= 4; times += 1);
    expect(await messagesOf(target)).toBeLessThan(4);
    hearing.unsubscribe();
    const seen = listener.decider.sightings.flatMap(({ destructions }) =>
      destructions.map(({ kind }) => kind),
    );
    expect({ name, seen }).toEqual({ name, seen: port === listener.port ? ["stream"] : [] });
  }
});

test("what nobody else waits for goes with its consumer", async () => {
  for (const port of [server.port, listener.port]) {
    const stream = `S${counter++}x`;
    await direct.streams.add({ name: stream, subjects: [`${stream}.>`], retention: "interest" });
    await direct.consumers.add(stream, { durable_name: "reader", ack_policy: "explicit" });
    for (let count = 0; count < 4; count += 1) await direct.jetstream().publish(`${stream}.a`, "");
    listener.decider.sightings.length = 0;
    await sayRaw(port, login, pub(`$JS.API.CONSUMER.DELETE.${stream}.reader`));
    for (let times = 0; times < 2000 && (await messagesOf(stream)) >= 4; times += 1);
    expect(await messagesOf(stream)).toBe(0);
    const seen = listener.decider.sightings.flatMap(({ destructions }) => destructions);
    expect(seen.map(({ kind, names }) => [kind, ...names])).toEqual(
      port === listener.port ? [["keys", stream]] : [],
    );
  }
});

let counter = 10;

async function makeTemplate(name: string): Promise<void> {
  const request = {
    name,
    max_streams: 3,
    config: { name: "", subjects: [`${name}.*`], retention: "limits", storage: "memory", num_replicas: 1 },
  };
  await sayRaw(server.port, login, pub(`${api}.TEMPLATE.CREATE.${name}`, JSON.stringify(request)));
}

/** Sizes were counted before the stream's name was put in. */
function resize(words: string): string {
  return words.replaceAll(/^(PUB \S+ \S+) \d+\r\n([^\r]*)\r\n/gm, (_, start: string, payload: string) => {
    return `${start} ${payload.length}\r\n${payload}\r\n`;
  });
}
