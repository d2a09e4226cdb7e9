import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Backend, HeldTarget } from "../../../../src/chokepoint/backend.ts";
import { openRedisBackend } from "../../../../src/chokepoint/backends/redis/open-backend.ts";
import type { FencePlan } from "../../../../src/chokepoint/drop.ts";
import { recordPermit } from "../../../../src/chokepoint/recorded-permits.ts";
import type { Resource } from "../../../../src/chokepoint/resource.ts";
import { makeTenant, readKeys, readUser, startRedis } from "../../../support/redis-server.ts";
import type { RedisClient, TestRedis } from "../../../support/redis-server.ts";

let redis: TestRedis;
let client: RedisClient;
let backend: Backend;
const signal = new AbortController().signal;
const progress = (): void => undefined;
const options = { as: null, progress, signal };
const permit = (event = "drop.started") => recordPermit({ dropId: "d1", event, epoch: 1 });
const t1: Resource = { type: "redis", names: { user: "usr_t1", keys: "t1:" } };

beforeAll(async () => {
  redis = await startRedis();
  client = await redis.connect();
  backend = openRedisBackend({ policy: redis.policy(), env: process.env });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await client.ask("FLUSHALL");
  for (const user of ["usr_t1", "usr_t2"]) await client.ask("ACL", "DELUSER", user);
  await makeTenant(client, "t1");
  await makeTenant(client, "t2");
});

async function plan(held: HeldTarget, resource: Resource): Promise<FencePlan> {
  const { identity } = await backend.inspect(resource, { force: false, signal });
  return await held.planFence(resource, identity);
}

/** A fenced tenant; the plan goes through JSON, as through the ledger. */
async function fenced(held: HeldTarget, resource: Resource = t1): Promise<FencePlan> {
  const made = JSON.parse(JSON.stringify(await plan(held, resource))) as FencePlan;
  await held.fence(permit(), made, { force: false });
  return made;
}

describe("a tenant of every type of value", () => {
  test("is found with its size, and nothing is changed by asking", async () => {
    const before = await readKeys(client, "t1:");
    const found = await backend.inspect(t1, { force: false, signal });
    expect(found.refusals).toEqual([]);
    expect(found.identity.parts.map(({ part, name }) => `${part} ${name}`)).toEqual([
      "user usr_t1",
      "keys t1:",
    ]);
    expect(found.sizeBytes).toBeGreaterThan(10_000);
    expect(found.notes.join("; ")).toContain(`${before.length} keys under t1: in database 0, 3`);
    expect(await readKeys(client, "t1:")).toEqual([...before]);
  });

  test("is fenced, kept, proved, and comes back from the fence as it was", async () => {
    const [keys, user, others] = [
      await readKeys(client, "t1:"),
      await readUser(client, "usr_t1"),
      await readKeys(client, "t2:"),
    ];
    await using held = await backend.hold("d1", t1, signal);
    const recorded = await plan(held, t1);
    expect(JSON.stringify(recorded.saved)).not.toContain("#");
    expect((await held.standing(recorded)).standing).toBe("intact");
    await held.fence(permit(), recorded, { force: false });
    expect((await held.standing(recorded)).standing).toBe("fenced");
    expect(await readUser(client, "usr_t1")).toBe("");
    expect(await readKeys(client, "t1:")).toEqual([]);
    expect(await readKeys(client, "t2:")).toEqual([...others]);

    const folder = join(redis.folder, "tomb");
    const made = await held.makeTombstone(recorded, folder, progress, signal);
    expect(made.contents).toMatchObject({ keys: keys.length, users: 1, keys_that_expire: 2 });
    const proof = await held.proveTombstone(recorded, folder, progress, signal);
    expect(proof).toMatchObject({ isEqual: true, differences: [] });

    const undone = await held.undo(permit("drop.undo_started"), recorded, { kind: "fence", folder }, options);
    expect(undone).toMatchObject({ names: t1.names, notes: [], proof: { isEqual: true } });
    expect(await readKeys(client, "t1:")).toEqual([...keys]);
    expect(await readUser(client, "usr_t1")).toBe(user);
    await using tenant = await redis.connect({ name: "usr_t1", password: "secret-of-t1" });
    expect(String(await tenant.ask("GET", "t1:string"))).toBe("value");
    expect((await held.standing(recorded)).standing).toBe("intact");
    // What it is is what it was: an approval or an inventory from before still means it.
    expect((await backend.inspect(t1, { force: false, signal })).identity).toMatchObject({
      systemIdentifier: recorded.identity.systemIdentifier,
      parts: recorded.identity.parts.map(({ part, id }) => ({ part, id })),
    });
  });

  test("is purged for good, and comes back from its tombstone", async () => {
    const [keys, user] = [await readKeys(client, "t1:"), await readUser(client, "usr_t1")];
    await using held = await backend.hold("d1", t1, signal);
    const recorded = await fenced(held);
    const folder = join(redis.folder, "tomb");
    await held.makeTombstone(recorded, folder, progress, signal);
    const { standing } = await held.destroyResource(permit("drop.purge_started"), recorded);
    expect(standing).toBe("gone");
    expect(await readKeys(client, "custody_tomb_")).toEqual([]);
    const undone = await held.undo(
      permit("drop.undo_started"),
      recorded,
      { kind: "tombstone", folder },
      options,
    );
    expect(undone.proof).toMatchObject({ isEqual: true });
    const back = await readKeys(client, "t1:");
    expect(back.map((each) => each.split(" ").slice(0, 2))).toEqual(
      keys.map((each) => each.split(" ").slice(0, 2)),
    );
    expect(await readUser(client, "usr_t1")).toBe(user);
    await rm(folder, { recursive: true });
  });
});

test("what comes back from a tombstone has its names once it was compared, and leaves nothing where it differs", async () => {
  const before = await readKeys(client, "t1:");
  await using held = await backend.hold("d1", t1, signal);
  const made = await fenced(held);
  const folder = join(redis.folder, "compared");
  const { fingerprint } = await held.makeTombstone(made, folder, progress, signal);
  await held.destroyResource(permit("drop.purge_started"), made);
  await client.ask("SET", "custody_undo_d1:t1:stray", "of somebody");
  const from = { kind: "tombstone", folder, fingerprint } as const;
  const undo = () => held.undo(permit("drop.undo_started"), made, from, options);
  await expect(undo()).rejects.toThrow("what was restored is not what the tombstone holds");
  expect(await readKeys(client, "t1:")).toEqual([]);
  expect(await readKeys(client, "custody_undo_")).toEqual([]);
  expect(await readUser(client, "usr_t1")).toBe("");
  expect((await held.standing(made)).standing).toBe("gone");
  expect((await undo()).proof).toMatchObject({ isEqual: true });
  expect((await readKeys(client, "t1:")).length).toBe(before.length);
  expect(await readKeys(client, "custody_undo_")).toEqual([]);
});

test("another tenant under the old names is another: neither fenced again, nor purged, nor overwritten by an undo", async () => {
  await using held = await backend.hold("d1", t1, signal);
  const recorded = await fenced(held);
  await makeTenant(client, "t1", "secret-of-t1");
  const theirs = await readKeys(client, "t1:");
  expect((await held.standing(recorded)).standing).toBe("fenced");
  await held.fence(permit(), recorded, { force: false });
  expect(await readKeys(client, "t1:")).toEqual([...theirs]);
  const before = new Set(recorded.identity.parts.map(({ id }) => id));
  const now = (await backend.inspect(t1, { force: false, signal })).identity.parts.map(({ id }) => id);
  expect(now.filter((id) => before.has(id))).toEqual([]);
  await expect(
    held.undo(permit("drop.undo_started"), recorded, { kind: "fence", folder: null }, options),
  ).rejects.toMatchObject({ code: "name-in-use" });
  expect((await held.destroyResource(permit("drop.purge_started"), recorded)).standing).toBe("gone");
  expect(await readKeys(client, "t1:")).toEqual([...theirs]);
  expect(await readUser(client, "usr_t1")).not.toBe("");
  expect((await held.standing(recorded)).standing).toBe("gone");
});

test("it comes back under another name and prefix, and its user reaches no one else's keys", async () => {
  await using held = await backend.hold("d1", t1, signal);
  const keys = await readKeys(client, "t1:");
  const recorded = await fenced(held);
  await makeTenant(client, "t1");
  const undone = await held.undo(
    permit("drop.undo_started"),
    recorded,
    { kind: "fence", folder: null },
    { ...options, as: "usr_back t9:" },
  );
  expect(undone).toMatchObject({ names: { user: "usr_back", keys: "t9:" }, notes: [] });
  expect((await readKeys(client, "t9:")).map((each) => each.replace(" t9:", " t1:"))).toEqual(
    [...keys].sort(),
  );
  expect(await readUser(client, "usr_back")).toContain("~t9:* resetchannels &t9:*");
  await client.ask("ACL", "DELUSER", "usr_back");
});

describe("parts", () => {
  test("a user alone: its keys stay", async () => {
    const user: Resource = { type: "acl-user", names: { user: "usr_t1" } };
    const keys = await readKeys(client, "t1:");
    await using held = await backend.hold("d1", user, signal);
    const recorded = await fenced(held, user);
    expect(await readUser(client, "usr_t1")).toBe("");
    expect(await readKeys(client, "t1:")).toEqual([...keys]);
    expect((await held.destroyResource(permit("drop.purge_started"), recorded)).standing).toBe("gone");
    expect(await readKeys(client, "t1:")).toEqual([...keys]);
  });

  test("keys alone, destroyed at once: fenced first, then removed", async () => {
    const keys: Resource = { type: "keys", names: { keys: "t1:" } };
    await using held = await backend.hold("d1", keys, signal);
    const recorded = await plan(held, keys);
    expect((await held.destroyResource(permit(), recorded)).standing).toBe("gone");
    expect(await readKeys(client, "t1:")).toEqual([]);
    expect(await readUser(client, "usr_t1")).not.toBe("");
  });

  test("nothing of it is there", async () => {
    const none: Resource = { type: "redis", names: { user: "usr_t5", keys: "t5:" } };
    expect((await backend.inspect(none, { force: false, signal })).identity.parts).toEqual([]);
  });
});

test("a user whose line has changed since the decision is not touched", async () => {
  await using held = await backend.hold("d1", t1, signal);
  const recorded = await plan(held, t1);
  await client.ask("ACL", "SETUSER", "usr_t1", ">another");
  const line = await readUser(client, "usr_t1");
  await expect(held.fence(permit(), recorded, { force: false })).rejects.toMatchObject({
    refusal: { code: "CHANGED" },
  });
  expect(await readUser(client, "usr_t1")).toBe(line);
  expect(await readKeys(client, "custody_")).toHaveLength(3);
});

test("nothing is sent without the permit of a recorded event", async () => {
  await using held = await backend.hold("d1", t1, signal);
  const recorded = await plan(held, t1);
  const forged = { ...permit() } as ReturnType<typeof permit>;
  await expect(held.fence(forged, recorded, { force: false })).rejects.toThrow("without a recorded decision");
  await expect(held.destroyResource(forged, recorded)).rejects.toThrow("without a recorded decision");
});

test("the inventory knows tenants by the same ids, and says what it does not see", async () => {
  const { identity } = await backend.inspect(t1, { force: false, signal });
  const seen = await backend.inventory(signal);
  expect(seen.systemIdentifier).toBe(identity.systemIdentifier);
  expect(seen.items.map(({ part, id }) => ({ part, id }))).toEqual(
    expect.arrayContaining(identity.parts.map(({ part, id }) => ({ part, id }))),
  );
  expect(seen.items.filter(({ name }) => name.startsWith("custody"))).toEqual([]);
  expect(seen.blind.length).toBeGreaterThan(2);
});
