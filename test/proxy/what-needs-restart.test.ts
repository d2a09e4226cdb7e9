import { expect, test } from "bun:test";
import type { ListenerSection } from "../../src/config/listener-schema.ts";
import type { ConfigFile } from "../../src/config/schema.ts";
import { isSameListener, whatNeedsRestart } from "../../src/proxy/what-needs-restart.ts";

const one: ListenerSection = { name: "one", target: "t", protocol: "postgres", listen: "127.0.0.1:1" };
const two: ListenerSection = { ...one, name: "two", listen: "127.0.0.1:2" };
const left = (running: ConfigFile, now: ConfigFile): readonly string[] => [...whatNeedsRestart(running, now)];

test("what a listener goes by is taken up, where it stands is not", () => {
  const now: ListenerSection = {
    ...one,
    policy: [{ action: "deny" }],
    gate: { denied_roles: ["a"] },
    drain: 1,
  };
  expect(left({ listeners: [one] }, { listeners: [now] })).toEqual([]);
  expect(isSameListener(one, now)).toBe(true);
  for (const change of [
    { listen: "127.0.0.1:3" },
    { target: "u" },
    { protocol: "redis" },
    { socket_mode: "600" },
  ] as const) {
    const [name] = Object.keys(change);
    expect(left({ listeners: [one, two] }, { listeners: [{ ...one, ...change }, two] })).toEqual([
      `listener one: ${name}`,
    ]);
    expect(isSameListener(one, { ...one, ...change })).toBe(false);
  }
});

test("listeners that come and go, and all other sections, are named", () => {
  expect(left({ listeners: [one] }, { listeners: [two] })).toEqual([
    "listener two, which is new",
    "listener one, which is gone",
  ]);
  expect(
    left(
      {},
      { ledger: { schema: "a" }, http: { listen: "[::1]:1" }, metrics: { prefix: "b" }, state_dir: "c" },
    ),
  ).toEqual(["ledger", "state_dir", "http", "metrics"]);
  expect(left({ ledger: { schema: "a" } }, { ledger: { schema: "a" } })).toEqual([]);
});

test("who may ask the API, and its certificates, are taken up, where it listens is not", () => {
  const listen = "127.0.0.1:7440";
  const first = { cert: "a", key: "a" };
  const second = { cert: "b", key: "b" };
  const tokens = [{ name: "ann", sha256: "00", scopes: ["read" as const] }];
  const clients = [{ name: "ben", common_name: "ben", scopes: ["read" as const] }];
  expect(left({ http: { listen } }, { http: { listen, tokens, clients } })).toEqual([]);
  expect(left({ http: { listen, tokens } }, { http: { listen } })).toEqual([]);
  expect(left({ http: { listen, tokens } }, { http: { listen: "0.0.0.0:7440", tokens } })).toEqual(["http"]);
  expect(left({ http: { listen, tokens } }, {})).toEqual(["http"]);
  expect(left({ http: { listen, tls: first } }, { http: { listen, tls: second } })).toEqual([]);
  expect(left({ http: { listen } }, { http: { listen, tls: second } })).toEqual(["http"]);
  const asking = { ...first, client_ca: "c" };
  expect(left({ http: { listen, tls: first } }, { http: { listen, tls: asking } })).toEqual(["http"]);
});
