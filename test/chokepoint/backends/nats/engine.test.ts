import { expect, test } from "bun:test";
import { jetstreamManager } from "@nats-io/jetstream";
import { dropByEngine } from "../../../support/drop-by-engine.ts";
import { dropRequest } from "../../../support/engine.ts";
import { makeOrders } from "../../../support/nats-shop.ts";
import { startNats } from "../../../support/nats-server.ts";

test("a queue goes through the whole engine and comes back from its encrypted tombstone", async () => {
  await using server = await startNats();
  const client = await server.connect();
  await makeOrders(client, 60);
  const manager = await jetstreamManager(client);
  const before = await manager.streams.info("db_orders");
  const request = dropRequest({
    target: "queues",
    resourceType: "queue",
    providerResourceId: "db_orders",
    token: "t1",
    intent: { names: { stream: "db_orders" } },
  });
  const drop = await dropByEngine({ kind: "nats", url: server.url, env: process.env }, request, async () => {
    expect(await manager.streams.names().next()).toEqual(["custody_server"]);
  });
  expect(drop.actions.slice(-2)).toEqual(["drop.undo_started", "drop.undone"]);
  expect(drop.proof).toBe("restored");
  const after = await manager.streams.info("db_orders");
  expect([after.config, after.created, after.state]).toEqual([before.config, before.created, before.state]);
});
