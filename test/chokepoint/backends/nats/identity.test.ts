import { expect, test } from "bun:test";
import { AckPolicy, jetstreamManager } from "@nats-io/jetstream";
import { holdNats, permit, progress, signal } from "../../../support/nats-drop.ts";
import { makeOrders, orders } from "../../../support/nats-shop.ts";
import { startNats } from "../../../support/nats-server.ts";

const undoOptions = { as: null, progress, signal };

test("a stream made again under the same name is another's: no older drop fences, destroys or replaces it", async () => {
  await using server = await startNats();
  const client = await server.connect();
  const manager = await jetstreamManager(client);
  await makeOrders(client, 20);
  await using drop = await holdNats(server.url, orders);
  const { held, folder, backend } = drop;
  const { identity } = await backend.inspect(orders, { force: false, signal });
  const plan = await drop.plan();
  await held.fence(permit(), plan, { force: false });
  await held.makeTombstone(plan, folder, progress, signal);
  await manager.streams.delete("db_orders");
  await makeOrders(client, 30);

  await expect(held.fence(permit(), plan, { force: false })).rejects.toThrow("not the one");
  await expect(held.planFence(orders, identity)).rejects.toThrow("not the one");
  expect((await held.standing(plan)).standing).toBe("gone");
  expect((await held.destroyResource(permit("drop.purge_started"), plan)).standing).toBe("gone");
  const undo = permit("drop.undo_started");
  await expect(held.undo(undo, plan, { kind: "fence", folder }, undoOptions)).rejects.toThrow("not the one");
  await expect(held.undo(undo, plan, { kind: "tombstone", folder }, undoOptions)).rejects.toMatchObject({
    code: "name-in-use",
  });
  expect((await manager.streams.info("db_orders")).state.messages).toBe(29);
});

test("subjects that another stream took keep the fence up", async () => {
  await using server = await startNats();
  const client = await server.connect();
  const manager = await jetstreamManager(client);
  await makeOrders(client, 20);
  await using drop = await holdNats(server.url, orders);
  const { held } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, { force: false });
  // The subjects are free at once, the name is not.
  await manager.streams.add({ name: "db_new_orders", subjects: ["orders.>"] });
  const undo = held.undo(permit("drop.undo_started"), plan, { kind: "fence", folder: null }, undoOptions);
  await expect(undo).rejects.toMatchObject({ code: "name-in-use" });
  await undo.catch(() => undefined);
  expect((await held.standing(plan)).standing).toBe("fenced");
  await manager.streams.delete("db_new_orders");
  await held.undo(permit("drop.undo_started"), plan, { kind: "fence", folder: null }, undoOptions);
  expect((await held.standing(plan)).standing).toBe("intact");
});

test("a purge does not destroy what somebody took out of its fence; a drop without a fence does", async () => {
  await using server = await startNats();
  const client = await server.connect();
  await makeOrders(client, 20);
  await using drop = await holdNats(server.url, orders, { mode: "off" });
  const { held } = drop;
  const plan = await drop.plan();
  await expect(held.destroyResource(permit("drop.purge_started"), plan)).rejects.toThrow(
    "not behind its fence",
  );
  expect((await held.standing(plan)).standing).toBe("intact");
  expect((await held.destroyResource(permit("drop.started"), plan)).standing).toBe("gone");
});

test("who has no recorded permit does nothing", async () => {
  await using server = await startNats();
  await makeOrders(await server.connect(), 20);
  await using drop = await holdNats(server.url, orders);
  const plan = await drop.plan();
  const forged = { ...permit() };
  await expect(drop.held.fence(forged, plan, { force: true })).rejects.toThrow("without a recorded decision");
  await expect(drop.held.destroyResource(forged, plan)).rejects.toThrow("without a recorded decision");
  expect((await drop.held.standing(plan)).standing).toBe("intact");
});

test("a consumer alone: its fence, its destruction and its return", async () => {
  await using server = await startNats();
  const client = await server.connect();
  const manager = await jetstreamManager(client);
  await makeOrders(client, 40);
  const before = await manager.consumers.info("db_orders", "billing");
  const resource = { type: "consumer", names: { stream: "db_orders", consumer: "billing" } } as const;
  await using drop = await holdNats(server.url, resource);
  const { held, folder } = drop;
  const plan = await drop.plan();
  expect(plan.identity.parts).toMatchObject([{ part: "consumer", name: "billing" }]);
  await held.fence(permit(), plan, { force: false });
  expect((await manager.consumers.info("db_orders", "pushed")).config.deliver_subject).toBe("out.pushed");
  await held.makeTombstone(plan, folder, progress, signal);
  expect(await held.proveTombstone(plan, folder, progress, signal)).toMatchObject({ isEqual: true });
  await held.undo(permit("drop.undo_started"), plan, { kind: "fence", folder }, undoOptions);
  expect((await manager.consumers.info("db_orders", "billing")).config).toEqual(before.config);

  await held.destroyResource(permit("drop.started"), plan);
  const undone = await held.undo(
    permit("drop.undo_started"),
    plan,
    { kind: "tombstone", folder },
    undoOptions,
  );
  expect(undone.notes.join("\n")).toContain("goes on after sequence 1");
  const after = await manager.consumers.info("db_orders", "billing");
  expect(after.config.opt_start_seq).toBe(2);

  // Made again by somebody: not the one that was dropped.
  await manager.consumers.delete("db_orders", "billing");
  await manager.consumers.add("db_orders", { durable_name: "billing", ack_policy: AckPolicy.Explicit });
  expect((await held.destroyResource(permit("drop.started"), plan)).standing).toBe("gone");
  expect((await manager.consumers.info("db_orders", "billing")).name).toBe("billing");
});

test("a consumer without a durable name is refused, and a name that is a wildcard is none", async () => {
  await using server = await startNats();
  const client = await server.connect();
  const manager = await jetstreamManager(client);
  await makeOrders(client, 5);
  const made = await manager.consumers.add("db_orders", { ack_policy: AckPolicy.Explicit });
  const resource = { type: "consumer", names: { stream: "db_orders", consumer: made.name } } as const;
  await using drop = await holdNats(server.url, resource);
  const { refusals } = await drop.backend.inspect(resource, { force: true, signal });
  expect(refusals).toMatchObject([{ code: "consumer-not-durable" }]);
  await expect(drop.plan()).rejects.toThrow("has no durable name");
  for (const stream of ["*", "db_orders.x", ">", "a b", ""]) {
    const wild = { type: "stream", names: { stream } } as const;
    const asked = drop.backend.inspect(wild, { force: false, signal });
    await expect(asked).rejects.toMatchObject({ code: "bad-input" });
  }
  expect(await manager.streams.names().next()).toEqual(["custody_server", "db_orders"]);
});
