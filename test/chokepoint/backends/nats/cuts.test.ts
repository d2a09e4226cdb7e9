import { expect, test } from "bun:test";
import { jetstreamManager } from "@nats-io/jetstream";
import { startCuttingProxy } from "../../../support/nats-cutting-proxy.ts";
import type { CuttingProxy } from "../../../support/nats-cutting-proxy.ts";
import { holdNats, permit, progress, signal } from "../../../support/nats-drop.ts";
import type { NatsDrop } from "../../../support/nats-drop.ts";
import { makeOrders, orders } from "../../../support/nats-shop.ts";
import { startNats } from "../../../support/nats-server.ts";

const undoOptions = { as: null, progress, signal };

/** Runs a step over and over, cut after its first, second … request, until it got through; how many requests it makes. */
async function cutEverywhere(proxy: CuttingProxy, step: () => Promise<unknown>): Promise<number> {
  for (let cut = 1; cut < 200; cut += 1) {
    proxy.cutAfter(cut);
    const isThrough = await step().then(
      () => true,
      () => false,
    );
    const seen = proxy.seen();
    proxy.cutAfter(0);
    if (isThrough && seen < cut) return cut - 1;
  }
  throw new Error("it never gets through");
}

test("cut off after any request, each step is finished by the next try", async () => {
  await using server = await startNats();
  const client = await server.connect();
  await makeOrders(client, 30);
  const manager = await jetstreamManager(client);
  const configOf = async (): Promise<unknown> => {
    const { config, created, state } = await manager.streams.info("db_orders");
    const consumers = await manager.consumers.list("db_orders").next();
    return [
      config,
      created,
      state.messages,
      consumers.map((each) => [each.name, each.config, each.ack_floor.stream_seq, each.num_ack_pending]),
    ];
  };
  const before = await configOf();
  await using proxy = await startCuttingProxy(server.port, /PUB \$JS\./g);
  const url = `nats://127.0.0.1:${proxy.port}`;
  await using first = await holdNats(server.url, orders);
  const plan = await first.plan();
  const { folder } = first;
  const anew = async (work: (held: NatsDrop["held"]) => Promise<unknown>): Promise<unknown> => {
    await using drop = await holdNats(url, orders);
    return await work(drop.held);
  };
  const fence = (): Promise<unknown> => anew((held) => held.fence(permit(), plan, { force: false }));
  const undo = (kind: "fence" | "tombstone") => (): Promise<unknown> =>
    anew((held) => held.undo(permit("drop.undo_started"), plan, { kind, folder }, undoOptions));

  expect(await cutEverywhere(proxy, fence)).toBeGreaterThan(1);
  expect((await first.held.standing(plan)).standing).toBe("fenced");
  const keep = (): Promise<unknown> => anew((held) => held.makeTombstone(plan, folder, progress, signal));
  expect(await cutEverywhere(proxy, keep)).toBeGreaterThan(4);
  expect(await first.held.proveTombstone(plan, folder, progress, signal)).toMatchObject({ isEqual: true });
  expect(await cutEverywhere(proxy, undo("fence"))).toBeGreaterThan(4);
  expect(await configOf()).toEqual(before);
  await fence();
  const destroy = (): Promise<unknown> =>
    anew((held) => held.destroyResource(permit("drop.purge_started"), plan));
  expect(await cutEverywhere(proxy, destroy)).toBeGreaterThan(0);
  expect((await first.held.standing(plan)).standing).toBe("gone");
  expect(await cutEverywhere(proxy, undo("tombstone"))).toBeGreaterThan(4);
  expect(await configOf()).toEqual(before);
}, 60_000);
