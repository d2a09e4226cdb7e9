import { expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { startCuttingProxy } from "../../../support/nats-cutting-proxy.ts";
import { holdNats, permit, progress, signal } from "../../../support/nats-drop.ts";
import { makeOrders, orders } from "../../../support/nats-shop.ts";
import { startNats } from "../../../support/nats-server.ts";

const undoOptions = { as: null, progress, signal };
const undoing = permit("drop.undo_started");

test("what an undo restored before it was cut off, and is not what was dropped, is refused and goes behind the fence", async () => {
  await using server = await startNats();
  const client = await server.connect();
  const manager = await jetstreamManager(client);
  await makeOrders(client, 30);
  await using first = await holdNats(server.url, orders);
  const { folder, held } = first;
  const plan = await first.plan();
  await held.fence(permit(), plan, { force: false });
  const { fingerprint } = await held.makeTombstone(plan, folder, progress, signal);
  await held.destroyResource(permit("drop.purge_started"), plan);
  await using proxy = await startCuttingProxy(server.port, /PUB \$JS\./g);
  const isThere = (): Promise<boolean> =>
    manager.streams.info("db_orders").then(
      () => true,
      () => false,
    );
  for (let cut = 1; !(await isThere()); cut += 1) {
    proxy.cutAfter(cut);
    await using drop = await holdNats(`nats://127.0.0.1:${proxy.port}`, orders);
    await drop.held.undo(undoing, plan, { kind: "tombstone", folder }, undoOptions).catch(() => undefined);
  }
  proxy.cutAfter(0);
  await manager.streams.deleteMessage("db_orders", 7);

  // The engine takes what stands there for the fence.
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const undo = held.undo(undoing, plan, { kind: "fence", folder, fingerprint }, undoOptions);
    await expect(undo).rejects.toMatchObject({ refusal: { code: "not-equal" } });
    expect((await held.standing(plan)).standing).toBe("fenced");
    expect((await manager.streams.info("db_orders")).config.subjects?.[0]).toStartWith("custody_tomb.");
  }
  const back = await held.undo(undoing, plan, { kind: "tombstone", folder, fingerprint }, undoOptions);
  expect(back.proof?.isEqual).toBe(true);
  expect((await manager.streams.info("db_orders")).state.messages).toBe(29);
});

test("cut off after the restore, it is compared by the next attempt, whatever that takes it for; what came since stays", async () => {
  for (const kind of ["fence", "tombstone"] as const) {
    await using server = await startNats();
    const client = await server.connect();
    const manager = await jetstreamManager(client);
    await makeOrders(client, 30);
    const before = (await manager.streams.info("db_orders")).config;
    await using first = await holdNats(server.url, orders);
    const { folder, held } = first;
    const plan = await first.plan();
    await held.fence(permit(), plan, { force: false });
    await held.makeTombstone(plan, folder, progress, signal);
    await held.destroyResource(permit("drop.purge_started"), plan);
    await using proxy = await startCuttingProxy(server.port, /PUB \$JS\./g);
    for (let cut = 1; ; cut += 1) {
      proxy.cutAfter(cut);
      await using drop = await holdNats(`nats://127.0.0.1:${proxy.port}`, orders);
      await drop.held.undo(undoing, plan, { kind: "tombstone", folder }, undoOptions).catch(() => undefined);
      const found = await manager.streams.info("db_orders").catch(() => null);
      if (found !== null) break;
    }
    expect((await manager.streams.info("db_orders")).config.description).toContain("not compared it yet");
    client.publish("orders.1.placed", "since");
    await client.flush();
    const back = await held.undo(undoing, plan, { kind, folder }, undoOptions);
    expect(back.proof).toMatchObject({ isEqual: true, differences: [] });
    expect((await manager.streams.info("db_orders")).config).toEqual(before);
    const again = await held.undo(undoing, plan, { kind: "tombstone", folder }, undoOptions);
    expect(again.notes[0]).toContain("had brought it back");
    expect((await manager.streams.info("db_orders")).state.messages).toBe(30);
  }
});

test("messages that are too old by then are compared before they go", async () => {
  await using server = await startNats();
  const client = await server.connect();
  await makeOrders(client, 10);
  await using drop = await holdNats(server.url, orders);
  const { folder, held } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, { force: false });
  await held.makeTombstone(plan, folder, progress, signal);
  await held.proveTombstone(plan, folder, progress, signal);
  await held.destroyResource(permit("drop.purge_started"), plan);
  const config = { ...(plan.saved["config"] as object), max_age: 100_000_000, duplicate_window: 100_000_000 };
  const aged = { ...plan, saved: { ...plan.saved, config } };
  const back = await held.undo(undoing, aged, { kind: "tombstone", folder }, undoOptions);
  expect(back.proof?.isEqual).toBe(true);
  expect(back.notes).toEqual(["max_age is back: messages that are older by now go"]);
});

test("a tombstone that was put in the place of another is not restored; of the fence the fingerprint alone tells", async () => {
  await using server = await startNats();
  const client = await server.connect();
  const manager = await jetstreamManager(client);
  await makeOrders(client, 20);
  await using drop = await holdNats(server.url, orders);
  const { folder, held } = drop;
  const plan = await drop.plan();
  await held.fence(permit(), plan, { force: false });
  const { fingerprint } = await held.makeTombstone(plan, folder, progress, signal);
  const other = mkdtempSync(join(tmpdir(), "custody-test-other-"));
  using _cleanUp = { [Symbol.dispose]: () => rmSync(other, { recursive: true }) };
  await manager.streams.deleteMessage("db_orders", 7);
  await held.makeTombstone(plan, other, progress, signal);

  const equal = { kind: "fence", folder: null, fingerprint } as const;
  const told = await held.undo(undoing, plan, equal, undoOptions);
  expect(told.proof?.isEqual).toBe(false);
  expect(told.notes[0]).toContain("differs from its tombstone");
  await held.fence(permit(), plan, { force: false });
  await held.destroyResource(permit("drop.purge_started"), plan);
  cpSync(other, folder, { recursive: true });
  const undo = held.undo(undoing, plan, { kind: "tombstone", folder, fingerprint }, undoOptions);
  await expect(undo).rejects.toMatchObject({ code: "not-equal" });
  expect((await held.standing(plan)).standing).toBe("gone");
});
