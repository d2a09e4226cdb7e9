import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamManager } from "@nats-io/jetstream";
import { openNatsSession } from "../../../../src/proxy/sessions/nats/open-nats-session.ts";
import { hpub, pub, sayRaw } from "../../../support/nats-raw.ts";
import { startNats } from "../../../support/nats-server.ts";
import type { NatsServer } from "../../../support/nats-server.ts";
import { startWireListener } from "../../../support/wire-listener.ts";
import type { WireListener } from "../../../support/wire-listener.ts";

let server: NatsServer;
let listener: WireListener;
let direct: JetStreamManager;
const pass = "secret";

beforeAll(async () => {
  server = await startNats(
    `accounts {
      APP {
        jetstream: enabled, users: [{user: app, password: ${pass}}]
        exports: [{service: "$JS.API.>"}]
      }
      TENANT {
        users: [{user: tenant, password: ${pass}}]
        imports: [
          {service: {account: APP, subject: "$JS.API.>"}, to: "app.API.>"}
          {service: {account: APP, subject: "$JS.API.STREAM.>"}, to: "js.STREAM.>"}
        ]
      }
      $SYS { users: [{user: sys, password: ${pass}}] }
    }`,
    { domain: "hub" },
  );
  listener = await startWireListener({ serverPort: server.port, open: openNatsSession });
  direct = await jetstreamManager(await server.connect({ user: "app", pass }));
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

/** Three messages on one subject and one on another. */
async function makeStream(name: string): Promise<void> {
  const subjects = name.startsWith("KV_") ? [`$KV.${name.slice(3)}.>`] : [`${name}.>`];
  const [wild = ""] = subjects;
  await direct.streams.add({ name, subjects, allow_rollup_hdrs: true });
  for (const each of ["a", "a", "a", "b"]) await direct.jetstream().publish(wild.replace(">", each), "x");
}

let counter = 0;

/** Says it through the proxy of a stream of its own; what the server lost, and what was recognised. `§` is the stream. */
async function say(
  words: string,
  options: { readonly user?: string; readonly prefix?: string } = {},
): Promise<{
  readonly isDestroyed: boolean;
  readonly kinds: readonly string[];
  readonly heard: string;
}> {
  counter += 1;
  const stream = `${options.prefix ?? "S"}${counter}x`;
  await makeStream(stream);
  const before = await messagesOf(stream);
  expect(before).toBe(4);
  listener.decider.sightings.length = 0;
  const heard = await sayRaw(
    listener.port,
    { user: options.user ?? "app", pass },
    words.replaceAll("§", stream),
  );
  const isDestroyed = (await messagesOf(stream)) < before;
  const kinds = listener.decider.sightings.flatMap(({ destructions }) =>
    destructions.map(({ kind }) => kind),
  );
  return { isDestroyed, kinds, heard };
}

const api = "$JS.API.STREAM";
// The stream's name takes as many letters in every case, so that sizes hold.
const update = (more: string): string => `{"name":"§","subjects":["§.>"],"allow_rollup_hdrs":true,${more}}`;
const sized = (subject: string, payload: string): string => {
  const size = payload.replaceAll("§", "S00x").length;
  return `PUB ${subject} _INBOX.raw ${size}\r\n${payload}\r\n`;
};

beforeAll(() => {
  counter = 9;
});

describe("what the server destroys is recognised", () => {
  test.each([
    ["DELETE", pub(`${api}.DELETE.§`)],
    ["small letters", pub(`${api}.DELETE.§`).replace("PUB", "pub")],
    ["letters of both", pub(`${api}.DELETE.§`).replace("PUB", "pUb")],
    ["tabs", pub(`${api}.DELETE.§`).replaceAll(" ", "\t")],
    ["many blanks", pub(`${api}.DELETE.§`).replaceAll(" ", "  \t ")],
    ["a blank behind the size", pub(`${api}.DELETE.§`).replace("0\r\n", "0  \r\n")],
    ["LF alone", pub(`${api}.DELETE.§`).replace("\r\n", "\n")],
    ["zeros before the size", pub(`${api}.DELETE.§`).replace(" 0\r", " 000\r")],
    ["behind a ping", `PING\r\n${pub(`${api}.DELETE.§`)}`],
    ["behind another message", `PUB x 5\r\nPUB y\r\n${pub(`${api}.DELETE.§`)}`],
    ["with headers", hpub(`${api}.DELETE.§`, ["Kind: x"])],
    ["with headers in small letters", hpub(`${api}.DELETE.§`, ["Kind: x"]).replace("HPUB", "hpub")],
    ["in a domain", pub("$JS.hub.API.STREAM.DELETE.§")],
    ["PURGE", pub(`${api}.PURGE.§`)],
    ["PURGE with nothing in it", pub(`${api}.PURGE.§`, "{}")],
    ["PURGE in a domain", pub("$JS.hub.API.STREAM.PURGE.§")],
    ["PURGE of a subject", sized(`${api}.PURGE.§`, '{"filter":"§.a"}')],
    ["PURGE of a subject, in capitals", sized(`${api}.PURGE.§`, '{"FILTER":"§.a"}')],
    ["PURGE but for one", pub(`${api}.PURGE.§`, '{"keep":1}')],
    ["PURGE up to a sequence", pub(`${api}.PURGE.§`, '{"seq":3}')],
    ["PURGE with headers", hpub(`${api}.PURGE.§`, ["A: b"], "{}")],
    ["MSG.DELETE", pub(`${api}.MSG.DELETE.§`, '{"seq":1}')],
    ["MSG.DELETE without overwriting", pub(`${api}.MSG.DELETE.§`, '{"seq":1,"no_erase":true}')],
    ["UPDATE max_msgs", sized(`${api}.UPDATE.§`, update('"max_msgs":1'))],
    ["UPDATE max_bytes", sized(`${api}.UPDATE.§`, update('"max_bytes":60'))],
    ["UPDATE in capitals", sized(`${api}.UPDATE.§`, update('"MAX_MSGS":1'))],
    ["UPDATE of both letters", sized(`${api}.UPDATE.§`, update('"Max_Msgs":1'))],
    ["UPDATE with a null behind it", sized(`${api}.UPDATE.§`, update('"max_msgs":1,"max_msgs":null'))],
    ["UPDATE with an escape", sized(`${api}.UPDATE.§`, update('"max\\u005fmsgs":1'))],
    ["UPDATE in a domain", sized("$JS.hub.API.STREAM.UPDATE.§", update('"max_msgs":1'))],
    ["rollup all", hpub("§.c", ["Nats-Rollup: all"], "x")],
    ["rollup sub", hpub("§.a", ["Nats-Rollup: sub"], "x")],
    ["rollup without a blank", hpub("§.c", ["Nats-Rollup:all"], "x")],
    ["rollup in capitals", hpub("§.c", ["Nats-Rollup: ALL"], "x")],
    ["rollup behind other headers", hpub("§.c", ["A: b", "Nats-Rollup: all"], "x")],
  ])("%s", async (_name, words) => {
    const { isDestroyed, kinds, heard } = await say(words);
    expect({ isDestroyed, heard }).toEqual({ isDestroyed: true, heard });
    expect(kinds).toEqual(["stream"]);
  });

  test.each([
    ["under the prefix of an import", pub("app.API.STREAM.DELETE.§")],
    ["under a prefix without API", pub("js.STREAM.PURGE.§")],
  ])("%s", async (_name, words) => {
    const { isDestroyed, kinds } = await say(words, { user: "tenant" });
    expect({ isDestroyed, kinds }).toEqual({ isDestroyed: true, kinds: ["stream"] });
  });

  test("a key of a bucket that is purged counts as keys", async () => {
    const next = String(counter + 1);
    const words = pub(`${api}.PURGE.§`, `{"filter":"$KV.${next}x.a"}`);
    const { isDestroyed, kinds } = await say(words, { prefix: "KV_" });
    expect({ isDestroyed, kinds }).toEqual({ isDestroyed: true, kinds: ["keys"] });
  });

  test("a key of a bucket that is rolled up counts as keys", async () => {
    const next = String(counter + 1);
    const words = hpub(`$KV.${next}x.a`, ["KV-Operation: PURGE", "Nats-Rollup: sub"]);
    const { isDestroyed, kinds } = await say(words, { prefix: "KV_" });
    expect({ isDestroyed, kinds }).toEqual({ isDestroyed: true, kinds: ["keys"] });
  });
});

describe("what the server does not do is nobody's destruction", () => {
  test.each([
    ["small letters in the subject", pub("$js.api.stream.delete.§")],
    [
      "the words in a payload",
      `PUB §.d _INBOX.raw 40\r\n${pub(`${api}.DELETE.§`).padEnd(40).slice(0, 40)}\r\n`,
    ],
    ["INFO", pub(`${api}.INFO.§`)],
    ["MSG.GET", pub(`${api}.MSG.GET.§`, '{"seq":1}')],
    ["UPDATE without limits", sized(`${api}.UPDATE.§`, update('"max_msgs":-1'))],
    ["a message", pub("§.d", "x")],
    ["a header", hpub("§.d", ["Kind: Rollup"], "x")],
    ["rollup in small letters", hpub("§.d", ["nats-rollup: all"], "x")],
    ["rollup in a payload", hpub("§.d", ["Kind: x"], "Nats-Rollup: all")],
    ["CREATE once more", sized("$JS.API.STREAM.CREATE.§", update('"max_msgs":1'))],
  ])("%s", async (_name, words) => {
    const { isDestroyed, kinds, heard } = await say(words);
    expect({ isDestroyed, kinds, heard }).toEqual({ isDestroyed: false, kinds: [], heard });
    expect(heard).not.toBe("");
  });
});

test.each([
  // Enforced with the next message of each subject.
  ["UPDATE max_msgs_per_subject", sized(`${api}.UPDATE.§`, update('"max_msgs_per_subject":1'))],
  // Wherever the name stands: not all servers mind where it begins.
  ["rollup at the end of another name", hpub("§.c", ["X-Nats-Rollup: all"], "x")],
  ["a limit that is above what there is", sized(`${api}.UPDATE.§`, update('"max_msgs":100'))],
  ["a stream that is not there", pub(`${api}.DELETE.nowhere`)],
])("%s is recognised, though nothing is lost at once", async (_name, words) => {
  const { isDestroyed, kinds } = await say(words);
  expect({ isDestroyed, kinds }).toEqual({ isDestroyed: false, kinds: ["stream"] });
});

test("an account that is purged is recognised", async () => {
  listener.decider.sightings.length = 0;
  await sayRaw(listener.port, { user: "sys", pass }, `${pub("$JS.API.ACCOUNT.PURGE.APP")}PUB x\r\n`);
  expect(listener.decider.sightings[0]?.destructions[0]).toMatchObject({ kind: "stream", names: ["APP"] });
});
