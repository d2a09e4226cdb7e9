import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRedisBackend } from "../../../../src/chokepoint/backends/redis/open-backend.ts";
import { recordPermit } from "../../../../src/chokepoint/recorded-permits.ts";
import type { Resource } from "../../../../src/chokepoint/resource.ts";
import { poll } from "../../../support/server-process.ts";
import { makeTenant, readKeys, readUser, startRedis } from "../../../support/redis-server.ts";
import type { TestRedis } from "../../../support/redis-server.ts";

const signal = new AbortController().signal;
const progress = (): void => undefined;
const options = { as: null, progress, signal };
const permit = (event: string) => recordPermit({ dropId: "d1", event, epoch: 1 });
const t1: Resource = { type: "redis", names: { user: "usr_t1", keys: "t1:" } };

const started: TestRedis[] = [];
async function start(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  const redis = await startRedis(settings);
  started.push(redis);
  return redis;
}
afterAll(async () => {
  for (const each of started) await each[Symbol.asyncDispose]();
});

/** What docs/drop-redis.md says that custody's own user needs, from `~*` on. */
function documentedRights(): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, "../../../../docs/drop-redis.md"), "utf8");
  const [, rules = ""] = /^ACL SETUSER custody on >PASSWORD (.*)$/m.exec(text) ?? [];
  return rules.split(" ");
}

test("custody's own user needs no more rights than are documented", async () => {
  const redis = await start();
  await using client = await redis.connect();
  await makeTenant(client, "t1");
  await client.ask("ACL", "SETUSER", "custody", "on", ">p@ss", ...documentedRights());
  const url = `unix://custody:p%40ss@${redis.socket}`;
  const backend = openRedisBackend({ policy: redis.policy({ url }), env: process.env });
  const { identity, refusals } = await backend.inspect(t1, { force: false, signal });
  expect(refusals).toEqual([]);
  await using held = await backend.hold("d1", t1, signal);
  const plan = await held.planFence(t1, identity);
  await held.fence(permit("drop.started"), plan, { force: false });
  const folder = join(redis.folder, "tomb");
  await held.makeTombstone(plan, folder, progress, signal);
  expect(await held.proveTombstone(plan, folder, progress, signal)).toMatchObject({ isEqual: true });
  await held.undo(permit("drop.undo_started"), plan, { kind: "fence", folder }, options);
  await held.destroyResource(permit("drop.started"), {
    ...plan,
    saved: { ...plan.saved, fence_id: "d2" },
    fenceNames: { keys: "custody_tomb_d2:t1:" },
  });
  await held.undo(
    permit("drop.undo_started"),
    { ...plan, saved: { ...plan.saved, fence_id: "d2" } },
    { kind: "tombstone", folder },
    options,
  );
  expect(await readUser(client, "usr_t1")).not.toBe("");
  expect((await backend.inventory(signal)).items).toHaveLength(3);
  await backend.ping(signal);

  // Each of them is needed: without it something of the above is refused with its name, and nothing is half done for want of a note.
  await client.ask("ACL", "SETUSER", "custody", "-dump");
  await held[Symbol.asyncDispose]();
  await using again = await backend.hold("d1", t1, signal);
  await again.fence(permit("drop.started"), plan, { force: false });
  await expect(again.makeTombstone(plan, folder, progress, signal)).rejects.toMatchObject({
    code: "permission-denied",
  });
});

test("a user that may only read is enough to ask", async () => {
  const redis = await start();
  await using client = await redis.connect();
  await makeTenant(client, "t1");
  const text = readFileSync(join(import.meta.dirname, "../../../../docs/drop-redis.md"), "utf8");
  const [, rights = ""] = /may only read\s+\(`([^`]*)`\)/.exec(text) ?? [];
  await client.ask("ACL", "SETUSER", "reader", "on", ">pw", "~*", "-@all", ...rights.split(" "));
  const backend = openRedisBackend({
    policy: redis.policy({ url: `unix://reader:pw@${redis.socket}` }),
    env: process.env,
  });
  const found = await backend.inspect(t1, { force: false, signal });
  expect(found.identity).toMatchObject({ systemIdentifier: expect.stringMatching(/^replid:[0-9a-f]{40}$/) });
  expect(found.identity.parts).toHaveLength(2);
  expect((await backend.inventory(signal)).items).toHaveLength(3);
  expect(await readKeys(client, "custody")).toEqual([]);
});

test("a password that is wrong is told without it", async () => {
  const redis = await start();
  const url = `unix://custody:hunter2@${redis.socket}`;
  const backend = openRedisBackend({ policy: redis.policy({ url }), env: process.env });
  const failed = await backend.ping(signal).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "authentication-failed" });
  expect(`${String(failed)} ${JSON.stringify(failed)}`).not.toContain("hunter2");
  const away = openRedisBackend({ policy: redis.policy({ url: "unix:///nowhere/s" }), env: process.env });
  await expect(away.ping(signal)).rejects.toMatchObject({ code: "unreachable" });
  const tcp = openRedisBackend({
    policy: redis.policy({ url: "redis://:p@127.0.0.1:1/2" }),
    env: process.env,
  });
  await expect(tcp.ping(signal)).rejects.toMatchObject({ code: "unreachable" });
});

test("a server that was killed and started again has the same resources, and what was fenced is fenced", async () => {
  const aclfile = join(started[0]?.folder ?? "/tmp", "users.acl");
  writeFileSync(aclfile, "user default on nopass ~* &* +@all\n");
  const redis = await start({ aclfile, appendonly: "yes", appendfsync: "always" });
  const backend = openRedisBackend({ policy: redis.policy(), env: process.env });
  const before = await redis.connect();
  await makeTenant(before, "t1");
  await makeTenant(before, "t2");
  await before.ask("ACL", "SAVE");
  const keys = await readKeys(before, "t1:");
  const { identity } = await backend.inspect(t1, { force: false, signal });
  await redis.kill();
  await redis.start();
  const found = await backend.inspect(t1, { force: false, signal });
  expect(found.identity.systemIdentifier).toBe(identity.systemIdentifier);
  expect(found.identity.parts.map(({ id }) => id)).toEqual(identity.parts.map(({ id }) => id));

  const held = await backend.hold("d1", t1, signal);
  const plan = await held.planFence(t1, identity);
  await held.fence(permit("drop.started"), plan, { force: false });
  await redis.kill();
  await redis.start();
  await held[Symbol.asyncDispose]();
  await using client = await redis.connect();
  expect(await readUser(client, "usr_t1")).toBe("");
  await using again = await backend.hold("d1", t1, signal);
  expect((await again.standing(plan)).standing).toBe("fenced");
  await again.undo(permit("drop.undo_started"), plan, { kind: "fence", folder: null }, options);
  const back = await readKeys(client, "t1:");
  expect(back.map((each) => each.split(" ").slice(0, 2))).toEqual(
    keys.map((each) => each.split(" ").slice(0, 2)),
  );
});

describe("what is refused", () => {
  test("a node of a cluster", async () => {
    const redis = await start({ "cluster-enabled": "yes" });
    await using client = await redis.connect();
    await client.ask("CLUSTER", "ADDSLOTSRANGE", 0, 16383);
    const backend = openRedisBackend({ policy: redis.policy(), env: process.env });
    // A cluster takes a moment to come up.
    await poll(async () => String(await client.ask("CLUSTER", "INFO")).includes("cluster_state:ok"));
    const { refusals } = await backend.inspect(t1, { force: false, signal });
    expect(refusals).toMatchObject([{ code: "CLUSTERMODE", isPassing: false }]);
    await using held = await backend.hold("d1", { type: "keys", names: { keys: "t1:" } }, signal);
    await expect(held.planFence(t1, { systemIdentifier: "", parts: [] })).rejects.toMatchObject({
      refusal: { code: "CLUSTERMODE" },
    });
  });

  test("a replica, the server's own user and custody's, prefixes that reach too far", async () => {
    const redis = await start();
    await using client = await redis.connect();
    await client.ask("REPLICAOF", "127.0.0.1", "1");
    const backend = openRedisBackend({ policy: redis.policy(), env: process.env });
    const codes = async (resource: Resource): Promise<readonly string[]> =>
      (await backend.inspect(resource, { force: false, signal })).refusals.map(
        ({ code, message }) => `${code} ${message}`,
      );
    expect(await codes(t1)).toEqual(["READONLY the server is a replica"]);
    await client.ask("REPLICAOF", "NO", "ONE");
    for (const keys of ["", "c", "custody_", "custody_tomb_d1:"])
      expect(await codes({ type: "keys", names: { keys } })).toHaveLength(1);
    expect(await codes({ type: "acl-user", names: { user: "default" } })).toHaveLength(1);
    const named = openRedisBackend({
      policy: redis.policy({ url: `unix://Custody:x@${redis.socket}` }),
      env: process.env,
    });
    expect(named.reserved).toEqual(["default", "custody"]);
    expect(named.finalName("user", "usr a\tb")).not.toBe("usr a\tb");
  });
});
