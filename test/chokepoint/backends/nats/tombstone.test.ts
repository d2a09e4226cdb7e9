import { expect, test } from "bun:test";
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { startThrowawayServer } from "../../../../src/chokepoint/backends/nats/throwaway-server.ts";
import { fingerprintOf } from "../../../../src/chokepoint/backends/nats/fingerprint.ts";
import { holdNats, permit, progress, signal } from "../../../support/nats-drop.ts";
import type { NatsDrop } from "../../../support/nats-drop.ts";
import { makeOrders, orders } from "../../../support/nats-shop.ts";
import { startNats } from "../../../support/nats-server.ts";

async function fenced(drop: NatsDrop): ReturnType<NatsDrop["plan"]> {
  const plan = await drop.plan();
  await drop.held.fence(permit(), plan, { force: false });
  return plan;
}

test("a tombstone that is not whole, or was changed, is not used", async () => {
  await using server = await startNats();
  await makeOrders(await server.connect(), 20);
  await using drop = await holdNats(server.url, orders);
  const { held, folder } = drop;
  const plan = await fenced(drop);
  const prove = (): Promise<unknown> => held.proveTombstone(plan, folder, progress, signal);
  await expect(prove()).rejects.toThrow("no manifest");

  await held.makeTombstone(plan, folder, progress, signal);
  const manifest = join(folder, "manifest.json");
  const text = readFileSync(manifest, "utf8");
  writeFileSync(manifest, text.replace('"last_seq": 20', '"last_seq": 19'));
  await expect(prove()).rejects.toThrow("the fingerprint is another");
  writeFileSync(manifest, text);
  truncateSync(join(folder, "stream.tar.s2"), 100);
  await expect(prove()).rejects.toThrow("not the one that was written");

  // Made again, it is whole.
  await held.makeTombstone(plan, folder, progress, signal);
  rmSync(manifest);
  await held.makeTombstone(plan, folder, progress, signal);
  expect(await prove()).toMatchObject({ isEqual: true, differences: [] });
});

test("a proof fails where the snapshot holds other messages than the server had", async () => {
  await using server = await startNats();
  await makeOrders(await server.connect(), 20);
  await using drop = await holdNats(server.url, orders);
  const { held, folder } = drop;
  const plan = await fenced(drop);
  await held.makeTombstone(plan, folder, progress, signal);
  const path = join(folder, "manifest.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  // As if one message had been another when it was read from the server: whole, and not equal.
  manifest.whole.messages.sha256 = manifest.whole.messages.sha256.replace(/^./, (digit: string) =>
    digit === "0" ? "1" : "0",
  );
  manifest.fingerprint = fingerprintOf(manifest);
  writeFileSync(path, JSON.stringify(manifest));
  const proof = await held.proveTombstone(plan, folder, progress, signal);
  expect(proof.isEqual).toBe(false);
  expect(proof.differences).toHaveLength(2);
  expect(proof.differences[0]).toStartWith("expected messages 19 sha256");
});

test("a stream that changes while its tombstone is made leaves no whole tombstone", async () => {
  await using server = await startNats();
  const client = await server.connect();
  await makeOrders(client, 200);
  const manager = await jetstreamManager(client);
  await using drop = await holdNats(server.url, orders);
  const { held, folder } = drop;
  const plan = await fenced(drop);
  let deleted: Promise<boolean> | null = null;
  const meddle = (): void => {
    deleted ??= manager.streams.deleteMessage("db_orders", 150);
  };
  await expect(held.makeTombstone(plan, folder, meddle, signal)).rejects.toThrow(
    "changed while its tombstone",
  );
  await deleted;
  await expect(held.proveTombstone(plan, folder, progress, signal)).rejects.toThrow("no manifest");
});

test("without a nats-server on this machine nothing is proved", async () => {
  await expect(startThrowawayServer(process.env, "nats-server-that-nobody-has")).rejects.toMatchObject({
    code: "tool-missing",
  });
});

test("the throwaway server is for who knows its token alone, and is gone afterwards", async () => {
  let port = 0;
  {
    await using scratch = await startThrowawayServer(process.env);
    port = scratch.api.connection.info?.port ?? 0;
    const { connect } = await import("@nats-io/transport-node");
    await expect(connect({ servers: `127.0.0.1:${port}`, reconnect: false })).rejects.toThrow(/uthorization/);
  }
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
});
