import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Backend, HeldTarget } from "../../../../src/chokepoint/backend.ts";
import { openRedisBackend } from "../../../../src/chokepoint/backends/redis/open-backend.ts";
import {
  openTombstone,
  openTombstoneWriter,
} from "../../../../src/chokepoint/backends/redis/tombstone-files.ts";
import type { FencePlan } from "../../../../src/chokepoint/drop.ts";
import { recordPermit } from "../../../../src/chokepoint/recorded-permits.ts";
import type { Resource } from "../../../../src/chokepoint/resource.ts";
import { poll } from "../../../support/server-process.ts";
import { makeTenant, readKeys, startRedis } from "../../../support/redis-server.ts";
import type { RedisClient, TestRedis } from "../../../support/redis-server.ts";

let redis: TestRedis;
let client: RedisClient;
let backend: Backend;
let held: HeldTarget;
let plan: FencePlan;
let folder: string;
let scratch: string;
const signal = new AbortController().signal;
const progress = (): void => undefined;
const options = { as: null, progress, signal };
const permit = (event: string) => recordPermit({ dropId: "d1", event, epoch: 1 });
const t1: Resource = { type: "redis", names: { user: "usr_t1", keys: "t1:" } };

beforeAll(async () => {
  redis = await startRedis();
  client = await redis.connect();
  folder = join(redis.folder, "tomb");
  scratch = join(redis.folder, "scratch");
  mkdirSync(scratch);
  backend = openRedisBackend({ policy: redis.policy(), env: { ...process.env, TMPDIR: scratch } });
  await makeTenant(client, "t1");
  const { identity } = await backend.inspect(t1, { force: false, signal });
  held = await backend.hold("d1", t1, signal);
  plan = await held.planFence(t1, identity);
  await held.fence(permit("drop.started"), plan, { force: false });
});
afterAll(async () => {
  await held[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

const make = () => held.makeTombstone(plan, folder, progress, signal);
const prove = () => held.proveTombstone(plan, folder, progress, signal);

describe("a tombstone", () => {
  test("is made twice with the same fingerprint, readable by its owner alone, and replaces one that is not whole", async () => {
    const first = await make();
    rmSync(join(folder, "complete.json"));
    writeFileSync(join(folder, "stray"), "");
    expect((await make()).fingerprint).toBe(first.fingerprint);
    expect(readdirSync(folder).sort()).toEqual(["complete.json", "keys", "user"]);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("is proved on a server that is gone afterwards", async () => {
    await make();
    const done: string[] = [];
    const proof = await held.proveTombstone(plan, folder, (some, all) => done.push(`${some}/${all}`), signal);
    expect(proof).toMatchObject({ isEqual: true, differences: [] });
    expect(done.at(-1)).toMatch(/^(\d+)\/\1$/);
    expect(readdirSync(scratch)).toEqual([]);
  });

  test("that was changed in any byte is not whole", async () => {
    await make();
    for (const name of ["keys", "user"]) {
      const bytes = readFileSync(join(folder, name));
      const changed = Buffer.from(bytes);
      changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
      writeFileSync(join(folder, name), changed);
      await expect(prove()).rejects.toMatchObject({ code: "unreadable-archive" });
      writeFileSync(join(folder, name), bytes);
    }
    rmSync(join(folder, "complete.json"));
    await expect(prove()).rejects.toMatchObject({ code: "unreadable-archive" });
    expect(readdirSync(scratch)).toEqual([]);
  });

  test("whose values are others, or do not restore, is not equal", async () => {
    await make();
    const whole = await openTombstone(folder, undefined);
    const records = [];
    for await (const batch of whole.records()) records.push(...batch);
    const text = records.find(({ key }) => key.toString() === "t1:string");
    const number = records.find(({ key }) => key.toString() === "t1:number");
    const { complete } = whole;
    for (const [dumped, difference] of [
      [number!.dumped, /not those that were counted/],
      [Buffer.concat([text!.dumped.subarray(0, -1), Buffer.from("x")]), /does not restore/],
    ] as const) {
      await using writer = await openTombstoneWriter(folder);
      await writer.write(records.map((each) => (each === text ? { ...each, dumped } : each)));
      const { keys, fingerprint, expiry, databases, server_version } = complete;
      await writer.finish(whole.user, { keys, fingerprint, expiry, databases, server_version });
      const proof = await prove();
      expect(proof.isEqual).toBe(false);
      expect(proof.differences.join()).toMatch(difference);
      expect(proof.differences.join()).not.toContain("t1:string");
    }
  });

  test("counts as unproved where there is no server to prove it, or an older one", async () => {
    await make();
    const without = openRedisBackend({
      policy: redis.policy(),
      env: { TMPDIR: scratch },
      program: "/nowhere/redis",
    });
    const other: Resource = { type: "keys", names: { keys: "t5:" } };
    await using held5 = await without.hold("d5", other, signal);
    await expect(held5.proveTombstone(plan, folder, progress, signal)).rejects.toMatchObject({
      code: "tool-missing",
    });
    const complete = JSON.parse(readFileSync(join(folder, "complete.json"), "utf8")) as Record<
      string,
      unknown
    >;
    writeFileSync(join(folder, "complete.json"), JSON.stringify({ ...complete, server_version: "99.0.1" }));
    await expect(prove()).rejects.toMatchObject({ code: "tool-missing" });
    expect(readdirSync(scratch)).toEqual([]);
  });

  test("whose proof is interrupted leaves nothing behind", async () => {
    await make();
    await expect(held.proveTombstone(plan, folder, progress, AbortSignal.abort())).rejects.toThrow(
      "interrupted",
    );
    expect(readdirSync(scratch)).toEqual([]);
  });
});

test("keys that expire behind the fence are told, and fail neither the proof nor the undo", async () => {
  await client.ask("SET", "custody_tomb_d1:t1:short", "1", "PX", 400);
  const made = await make();
  expect(made.contents).toMatchObject({ keys_that_expire: 3 });
  await poll(async () => (await client.ask("EXISTS", "custody_tomb_d1:t1:short")) === 0);
  expect(await prove()).toMatchObject({ isEqual: true });
  const stolen = await client.ask("GETDEL", "custody_tomb_d1:t1:string");
  const undo = () => held.undo(permit("drop.undo_started"), plan, { kind: "fence", folder }, options);
  await expect(undo()).rejects.toMatchObject({
    code: "server-error",
    message: expect.stringContaining("17 are there"),
  });
  await client.ask("SET", "custody_tomb_d1:t1:string", stolen as Buffer);
  expect(await undo()).toMatchObject({ proof: { isEqual: true } });
  expect((await readKeys(client, "t1:")).filter((each) => each.includes("short"))).toEqual([]);
});
