import { expect, test } from "bun:test";
import {
  AckPolicy,
  DeliverPolicy,
  RetentionPolicy,
  StorageType,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";
import { holdNats, permit, progress, signal } from "../../../support/nats-drop.ts";
import { startNats } from "../../../support/nats-server.ts";

const undoOptions = { as: null, progress, signal };

/** What `nats kv add db_settings --history 3` makes (ADR-8). */
async function makeBucket(client: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(client);
  await manager.streams.add({
    name: "KV_db_settings",
    subjects: ["$KV.db_settings.>"],
    max_msgs_per_subject: 3,
    deny_delete: true,
    allow_direct: true,
    allow_rollup_hdrs: true,
  });
  const js = jetstream(client);
  for (let at = 0; at < 50; at += 1) await js.publish(`$KV.db_settings.key${at % 5}`, `value ${at}`);
}

test("a bucket is a stream: most of its sequences are gone, and what is left comes back", async () => {
  await using server = await startNats();
  const client = await server.connect();
  await makeBucket(client);
  const kv = { type: "kv", names: { kv: "db_settings" } } as const;
  await using drop = await holdNats(server.url, kv);
  const { held, folder, backend } = drop;
  const plan = await drop.plan();
  expect(plan.identity.parts).toMatchObject([{ part: "kv", name: "db_settings" }]);
  await held.fence(permit(), plan, { force: false });
  const direct = client.request("$JS.API.DIRECT.GET.KV_db_settings.$KV.db_settings.key1", "", {
    timeout: 500,
  });
  await expect(direct).rejects.toThrow();
  expect(await held.makeTombstone(plan, folder, progress, signal)).toMatchObject({
    contents: { messages: 15 },
  });
  expect(await held.proveTombstone(plan, folder, progress, signal)).toMatchObject({ differences: [] });
  await held.destroyResource(permit("drop.purge_started"), plan);
  const back = await held.undo(permit("drop.undo_started"), plan, { kind: "tombstone", folder }, undoOptions);
  expect(back).toMatchObject({ names: { kv: "db_settings" }, proof: { isEqual: true } });
  const found = await client.request("$JS.API.DIRECT.GET.KV_db_settings.$KV.db_settings.key4", "");
  expect(found.string()).toBe("value 49");
  const items = (await backend.inventory(signal)).items;
  expect(items).toEqual([{ part: "kv", name: "db_settings", id: plan.identity.parts[0]!.id }]);
});

test("an object store is a stream of chunks and of their headers", async () => {
  await using server = await startNats();
  const client = await server.connect();
  const manager = await jetstreamManager(client);
  // What `nats object add db_files` makes, and two chunks with their meta message (ADR-20).
  await manager.streams.add({
    name: "OBJ_db_files",
    subjects: ["$O.db_files.C.>", "$O.db_files.M.>"],
    allow_rollup_hdrs: true,
    allow_direct: true,
  });
  const js = jetstream(client);
  const chunk = new Uint8Array(128 * 1024).fill(9);
  for (const payload of [chunk, chunk.subarray(7)]) await js.publish("$O.db_files.C.n1", payload);
  const rollup = headers();
  rollup.set("Nats-Rollup", "sub");
  await js.publish("$O.db_files.M.bmFtZQ==", '{"name":"name","nuid":"n1","chunks":2}', { headers: rollup });
  const store = { type: "object-store", names: { object_store: "db_files" } } as const;
  await using drop = await holdNats(server.url, store);
  const { held, folder } = drop;
  const plan = await drop.plan();
  expect(plan.identity.parts).toMatchObject([{ part: "object_store", name: "db_files" }]);
  await held.fence(permit(), plan, { force: false });
  await held.makeTombstone(plan, folder, progress, signal);
  expect(await held.proveTombstone(plan, folder, progress, signal)).toMatchObject({ differences: [] });
  await held.destroyResource(permit("drop.purge_started"), plan);
  const back = await held.undo(permit("drop.undo_started"), plan, { kind: "tombstone", folder }, undoOptions);
  expect(back).toMatchObject({ names: { object_store: "db_files" }, proof: { isEqual: true } });
});

test("a watched bucket is refused as a database in use is; with force its watchers lose it", async () => {
  await using server = await startNats();
  const client = await server.connect();
  await makeBucket(client);
  const manager = await jetstreamManager(client);
  const inbox = "watch.settings";
  client.subscribe(inbox, { callback: () => undefined });
  await manager.consumers.add("KV_db_settings", { ack_policy: AckPolicy.None, deliver_subject: inbox });
  const kv = { type: "kv", names: { kv: "db_settings" } } as const;
  await using drop = await holdNats(server.url, kv);
  const { held, backend } = drop;
  const refused = await backend.inspect(kv, { force: false, signal });
  expect(refused).toMatchObject({ sessions: 1, refusals: [{ code: "consumer-in-use", isPassing: true }] });
  expect((await backend.inspect(kv, { force: true, signal })).refusals).toEqual([]);
  const plan = await drop.plan();
  await expect(held.fence(permit(), plan, { force: false })).rejects.toThrow("is being read");
  expect((await held.standing(plan)).standing).toBe("intact");
  await held.fence(permit(), plan, { force: true });
  expect((await held.standing(plan)).standing).toBe("fenced");
});

test("a durable consumer that is read from cannot be taken from its readers by a server before 2.11", async () => {
  await using server = await startNats();
  const client = await server.connect();
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name: "db_jobs", subjects: ["jobs.>"], retention: RetentionPolicy.Workqueue });
  await manager.consumers.add("db_jobs", { durable_name: "worker", ack_policy: AckPolicy.Explicit });
  client.subscribe("pulled", { callback: () => undefined });
  const pull = JSON.stringify({ batch: 1, expires: 60_000_000_000 });
  client.publish("$JS.API.CONSUMER.MSG.NEXT.db_jobs.worker", pull, { reply: "pulled" });
  await client.flush();
  const resource = { type: "stream", names: { stream: "db_jobs" } } as const;
  await using drop = await holdNats(server.url, resource);
  const refused = await drop.backend.inspect(resource, { force: true, signal });
  expect(refused.refusals).toMatchObject([{ code: "consumer-in-use", isPassing: true }]);
  expect(refused.notes.join("\n")).toContain("retention is workqueue");
});

test.each([RetentionPolicy.Workqueue, RetentionPolicy.Interest])(
  "a stream of retention %s loses nothing behind its fence",
  async (retention) => {
    await using server = await startNats();
    const client = await server.connect();
    const manager = await jetstreamManager(client);
    await manager.streams.add({ name: "db_jobs", subjects: ["jobs.>"], retention });
    await manager.consumers.add("db_jobs", {
      durable_name: "worker",
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
    });
    for (let at = 0; at < 30; at += 1) await jetstream(client).publish("jobs.a", `${at}`);
    await using drop = await holdNats(server.url, { type: "stream", names: { stream: "db_jobs" } });
    const { held, folder } = drop;
    const plan = await drop.plan();
    await held.fence(permit(), plan, { force: false });
    await held.makeTombstone(plan, folder, progress, signal);
    expect(await held.proveTombstone(plan, folder, progress, signal)).toMatchObject({ differences: [] });
    await held.undo(permit("drop.undo_started"), plan, { kind: "fence", folder }, undoOptions);
    expect((await manager.streams.info("db_jobs")).state.messages).toBe(30);
  },
);

test("what JetStream cannot fence or snapshot is refused before anything is done, and may be dropped without a tombstone", async () => {
  await using server = await startNats();
  const client = await server.connect();
  const manager = await jetstreamManager(client);
  await manager.streams.add({ name: "db_origin", subjects: ["origin.>"] });
  await manager.streams.add({ name: "db_mirror", mirror: { name: "db_origin" } });
  await manager.streams.add({ name: "db_memory", subjects: ["memory.>"], storage: StorageType.Memory });
  await manager.streams.add({
    name: "db_echo",
    subjects: ["echo.>"],
    republish: { src: "echo.>", dest: "echoed.>" },
  });
  const cases = [
    ["db_mirror", "10055"],
    ["db_memory", "10064"],
    ["db_echo", "10052"],
  ] as const;
  for (const [stream, code] of cases) {
    const resource = { type: "stream", names: { stream } } as const;
    await using drop = await holdNats(server.url, resource);
    expect(await drop.backend.inspect(resource, { force: true, signal })).toMatchObject({
      refusals: [{ code, isPassing: false }],
    });
    await expect(drop.plan()).rejects.toThrow(code);
    await using bare = await holdNats(server.url, resource, { mode: "off" });
    expect((await bare.held.destroyResource(permit(), await bare.plan())).standing).toBe("gone");
  }
  const origin = { type: "stream", names: { stream: "db_origin" } } as const;
  await manager.streams.add({ name: "db_copy", mirror: { name: "db_origin" } });
  await using copied = await holdNats(server.url, origin);
  const { notes } = await copied.backend.inspect(origin, { force: false, signal });
  expect(notes.join("\n")).toContain("stream db_copy copies from it");
});
