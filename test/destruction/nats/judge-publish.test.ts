import { expect, test } from "bun:test";
import { judgeNatsPublish } from "../../../src/destruction/nats/judge-publish.ts";

const judged = (
  subject: string,
  payload: string | null = "",
  headers: string | null = null,
): string | null => {
  const bytes = payload === null ? null : Buffer.from(payload);
  const found = judgeNatsPublish({ subject, reply: "_INBOX.a", headers, payload: bytes });
  return found && [found.kind, found.what, ...found.names].join(" ");
};
const create = "$JS.API.CONSUMER.CREATE.ORDERS";
const asks = "stream $JS.API.CONSUMER.CREATE deliver_subject ORDERS";
const config = (text: string): string => `{"stream_name":"ORDERS","config":{${text}}}`;

test.each([
  [create, config('"deliver_subject":"$JS.API.STREAM.PURGE.ORDERS"')],
  [`${create}.c.orders.new`, config('"deliver_subject":"hub.API.STREAM.DELETE.ORDERS"')],
  [
    "hub.API.CONSUMER.DURABLE.CREATE.ORDERS.c",
    config('"deliver_subject":"$JS.hub.API.STREAM.DELETE.ORDERS"'),
  ],
  [create, config('"Deliver_Subject":"x"')],
  [create, config('"deliver_\\u0073ubject":"x"')],
  [create, config('"deliver_subject":"$JS.API.STREAM.PURGE.ORDERS","deliver_subject":null')],
  [create, `{"config":{"deliver_subject":"$JS.API.STREAM.PURGE.ORDERS"},"config":{}}`],
  [create, "{"],
  [create, null],
])("a consumer that asks by what is delivered: %s %s", (subject, payload) => {
  expect(judged(subject, payload)).toBe(asks);
});

test.each([
  config('"deliver_subject":"_INBOX.x.1","ack_policy":"explicit","description":"caf\\u00e9"'),
  config('"durable_name":"c","deliver_subject":null'),
  config('"filter_subject":"orders.STREAM.x"'),
  '{"stream_name":"ORDERS"}',
])("one that does not: %s", (payload) => {
  expect(judged(create, payload)).toBeNull();
});

test("where the way of a message is told, the server asks", () => {
  const traced = (to: string): string => `NATS/1.0\r\nA: b\r\nNats-Trace-Dest: ${to}\r\n\r\n`;
  expect(judged("orders.new", "", traced("$JS.API.STREAM.PURGE.ORDERS"))).toBe(
    "stream $JS.API.STREAM.PURGE, by an answer ORDERS",
  );
  expect(judged("orders.new", "", traced("_INBOX.x"))).toBeNull();
});

test("a server is taken from its cluster", () => {
  expect(judged("$JS.API.SERVER.REMOVE", '{"peer":"n2"}')).toBe("functional $JS.API.SERVER.REMOVE");
});
