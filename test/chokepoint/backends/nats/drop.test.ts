import { expect, test } from "bun:test";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { holdNats, permit, progress, signal } from "../../../support/nats-drop.ts";
import { makeOrders, orders } from "../../../support/nats-shop.ts";
import { startNats } from "../../../support/nats-server.ts";

const force = { force: false };
const undoOptions = { as: null, progress, signal };

test("a stream is fenced, kept, proved and destroyed", async () => {
  await using server = await startNats();
  const client = await server.connect();
  await makeOrders(client);
  await using drop = await holdNats(server.url, orders);
  const { backend, held, folder } = drop;

  const inspection = await backend.inspect(orders, { force: false, signal });
  expect(inspection.refusals).toEqual([]);
  expect(inspection.identity.parts).toMatchObject([{ part: "stream", name: "db_orders" }]);
  expect(inspection.notes.join("\n")).toContain("the name stays in use until the purge");

  const plan = await drop.plan();
  expect((await held.standing(plan)).standing).toBe("intact");
  await held.fence(permit(), plan, force);
  expect((await held.standing(plan)).standing).toBe("fenced");
  // Whoever does not find the answer asks again.
  await held.fence(permit(), plan, force);

  const made = await held.makeTombstone(plan, folder, progress, signal);
  expect(made.contents).toEqual({ stream: "db_orders", messages: 199, consumers: 3 });
  const proof = await held.proveTombstone(plan, folder, progress, signal);
  expect(proof.differences).toEqual([]);
  expect(proof.isEqual).toBe(true);

  expect((await held.destroyResource(permit("drop.purge_started"), plan)).standing).toBe("gone");
  expect((await held.destroyResource(permit("drop.purge_started"), plan)).standing).toBe("gone");
  expect((await backend.inspect(orders, { force: false, signal })).identity.parts).toEqual([]);
});

test("behind the fence nobody publishes and no waiting pull is served; undo gives all of it back", async () => {
  await using server = await startNats();
  const client = await server.connect();
  await makeOrders(client);
  const manager = await jetstreamManager(client);
  const before = await manager.streams.info("db_orders");
  const consumersBefore = await manager.consumers.list("db_orders").next();
  await using drop = await holdNats(server.url, orders);
  const { held, folder } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, force);
  await held.makeTombstone(plan, folder, progress, signal);

  const js = jetstream(client);
  await expect(js.publish("orders.1.placed", "late")).rejects.toThrow();
  const waiting = await client.request(
    "$JS.API.CONSUMER.MSG.NEXT.db_orders.billing",
    JSON.stringify({ batch: 1, expires: 1_000_000_000 }),
    { timeout: 2000 },
  );
  expect(waiting.headers?.code).toBe(409);
  // What the fence cannot do, and the documentation says so.
  const byName = await manager.streams.getMessage("db_orders", { seq: 1 });
  expect(byName?.subject).toBe("orders.0.placed");

  // A server that starts again in the meantime loses nothing of it.
  await held[Symbol.asyncDispose]();
  await server.restart();
  const again = await server.connect();
  await using next = await holdNats(server.url, orders);
  expect((await next.held.standing(plan)).standing).toBe("fenced");
  const undone = await next.held.undo(
    permit("drop.undo_started"),
    plan,
    { kind: "fence", folder },
    undoOptions,
  );
  expect(undone.names).toEqual({ stream: "db_orders" });
  expect(undone.proof?.isEqual).toBe(true);

  const managerAgain = await jetstreamManager(again);
  const after = await managerAgain.streams.info("db_orders");
  expect(after.config).toEqual(before.config);
  expect(after.created).toBe(before.created);
  const consumersAfter = await managerAgain.consumers.list("db_orders").next();
  const position = (each: (typeof consumersAfter)[number]): unknown => [
    each.name,
    each.config,
    each.ack_floor.stream_seq,
    each.delivered.stream_seq,
    each.num_ack_pending,
  ];
  expect(consumersAfter.map(position)).toEqual(consumersBefore.map(position));
  await jetstream(again).publish("orders.1.placed", "in time");
});

test("from its tombstone it comes back with its sequences, its times and the floors of its consumers", async () => {
  await using server = await startNats();
  const client = await server.connect();
  await makeOrders(client);
  const manager = await jetstreamManager(client);
  const billing = await manager.consumers.info("db_orders", "billing");
  await using drop = await holdNats(server.url, orders);
  const { held, folder } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, force);
  await held.makeTombstone(plan, folder, progress, signal);
  await held.destroyResource(permit("drop.purge_started"), plan);

  const from = { kind: "tombstone", folder } as const;
  expect(
    held.undo(permit("drop.undo_started"), plan, from, { ...undoOptions, as: "db_other" }),
  ).rejects.toThrow("no other name");
  const undone = await held.undo(permit("drop.undo_started"), plan, from, undoOptions);
  expect(undone.proof?.isEqual).toBe(true);
  // Cut off after the restore, it is asked again.
  await held.undo(permit("drop.undo_started"), plan, from, undoOptions);

  const after = await manager.consumers.info("db_orders", "billing");
  expect(after.config).toEqual(billing.config);
  expect(after.ack_floor.stream_seq).toBe(billing.ack_floor.stream_seq);
  expect(after.num_ack_pending).toBe(billing.num_ack_pending);
  expect((await manager.streams.info("db_orders")).state.last_seq).toBe(200);
  await jetstream(client).publish("orders.1.placed", "in time");
});

test("an undo from the tombstone takes the place of a fence that somebody read from", async () => {
  await using server = await startNats();
  const client = await server.connect();
  await makeOrders(client);
  await using drop = await holdNats(server.url, orders);
  const { held, folder } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, force);
  await held.makeTombstone(plan, folder, progress, signal);
  const manager = await jetstreamManager(client);
  await manager.streams.deleteMessage("db_orders", 9);

  const undo = permit("drop.undo_started");
  await expect(held.undo(undo, plan, { kind: "fence", folder }, undoOptions)).rejects.toThrow(
    "not what its tombstone holds",
  );
  await held.undo(undo, plan, { kind: "tombstone", folder }, undoOptions);
  expect((await manager.streams.getMessage("db_orders", { seq: 9 }))?.seq).toBe(9);
});
