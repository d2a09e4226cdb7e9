import { expect, test } from "bun:test";
import { jetstreamManager } from "@nats-io/jetstream";
import { openNatsSession } from "../../../../src/proxy/sessions/nats/open-nats-session.ts";
import { pub, sayRaw } from "../../../support/nats-raw.ts";
import { startNats } from "../../../support/nats-server.ts";
import { startWireListener } from "../../../support/wire-listener.ts";

/** The server reads a second CONNECT over the first: what it leaves out, or is null, is as it was. */

const user = (name: string): string => `{user: ${name}, password: secret}`;

test.each([
  ["one that names nobody", {}, "app"],
  ["one of nulls", { user: null, pass: null }, "app"],
  ["one in other capitals", { USER: "bob", Pass: "secret" }, "bob"],
  ["another user's", { user: "bob", pass: "secret" }, "bob"],
])("a second CONNECT, %s", async (_, options, role) => {
  await using server = await startNats(
    `accounts { APP { jetstream: enabled, users: [${user("app")}, ${user("bob")}] } }`,
  );
  await using listener = await startWireListener({ serverPort: server.port, open: openNatsSession });
  const manager = await jetstreamManager(await server.connect({ user: "app", pass: "secret" }));
  await manager.streams.add({ name: "ORDERS", subjects: ["orders"] });
  const again = JSON.stringify({ ...options, verbose: false, headers: true, no_responders: true });
  const heard = await sayRaw(
    listener.port,
    { user: "app", pass: "secret" },
    `CONNECT ${again}\r\n${pub("$JS.API.STREAM.DELETE.ORDERS")}`,
  );
  expect(heard).toContain('"success":true');
  expect(listener.decider.sightings.map(({ speaker }) => speaker.role)).toEqual([role]);
  expect(listener.gate.asked.map(({ speaker }) => speaker.role)).toEqual(["", "app", role]);
});
