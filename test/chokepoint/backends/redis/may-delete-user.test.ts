import { afterAll, beforeAll, expect, test } from "bun:test";
import { openRedisBackend } from "../../../../src/chokepoint/backends/redis/open-backend.ts";
import { refuseDestroyer } from "../../../../src/chokepoint/backends/redis/may-delete-user.ts";
import type { Link } from "../../../../src/chokepoint/backends/redis/link.ts";
import { startRedis } from "../../../support/redis-server.ts";
import type { RedisClient, TestRedis } from "../../../support/redis-server.ts";

let redis: TestRedis;
let client: RedisClient;
const never = new AbortController().signal;
const subject = { kind: "acl-user", part: "user", name: "usr_t1" } as const;

beforeAll(async () => {
  redis = await startRedis();
  client = await redis.connect();
  await client.ask("ACL", "SETUSER", "boss", "on", ">x", "~*", "+@all");
  await client.ask("ACL", "SETUSER", "app", "on", ">x", "~app:*", "+@all", "-@admin");
  await client.ask("ACL", "SETUSER", "deleter", "on", ">x", "-@all", "+acl|deluser");
  await client.ask("ACL", "SETUSER", "usr_t1", "on", ">x", "~t1:*", "+@all");
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

test("who may not delete a user himself has custody delete none for him; the server is the judge", async () => {
  const { statements } = openRedisBackend({ policy: redis.policy(), env: process.env });
  const refuse = async (...users: readonly string[]) =>
    (await statements?.refuseDestroyer?.(subject, users, "", never)) ?? null;
  expect(await refuse("boss")).toBeNull();
  expect(await refuse("deleter")).toBeNull();
  expect(await refuse("app")).toMatchObject({
    code: "NOPERM",
    message: expect.stringContaining("acl|deluser"),
  });
  expect(await refuse("boss", "app")).toMatchObject({ code: "NOPERM" });
  expect(await refuse("nobody")).toMatchObject({
    code: "NOPERM",
    message: expect.stringContaining("nobody"),
  });
  for (const [user, expected] of [
    ["boss", 0],
    ["app", "NOPERM"],
  ] as const) {
    await using own = await redis.connect({ name: user, password: "x" });
    const told = await own.ask("ACL", "DELUSER", "not_there").catch((error: Error) => error.message);
    expect(typeof told === "string" ? told.slice(0, 6) : told).toBe(expected);
  }
  expect(await client.ask("ACL", "GETUSER", "usr_t1")).not.toBeNull();
});

test("who has not logged in is the user default, too: it counts where default needs no password", async () => {
  const { statements } = openRedisBackend({
    policy: redis.policy({ url: redis.url("boss", "x") }),
    env: process.env,
  });
  const refuse = async () =>
    (await statements?.refuseDestroyer?.(subject, ["default"], "", never))?.code ?? null;
  expect(await refuse()).toBeNull();
  await client.ask("ACL", "SETUSER", "default", "resetpass", ">secret");
  expect(await refuse()).toBe("NOPERM");
  await client.ask("ACL", "SETUSER", "default", "nopass", "off");
  expect(await refuse()).toBe("NOPERM");
  await client.ask("ACL", "SETUSER", "default", "nopass", "on");
});

test("custody's own user may be forbidden to ask: that is told as an error, and is no yes", async () => {
  await client.ask("ACL", "SETUSER", "blind", "on", ">x", "~*", "+@all", "-acl|dryrun");
  const { statements } = openRedisBackend({
    policy: redis.policy({ url: redis.url("blind", "x") }),
    env: process.env,
  });
  const asked = statements?.refuseDestroyer?.(subject, ["boss"], "", never);
  expect(await asked?.catch((error: { code?: string }) => error.code)).toBe("permission-denied");
});

test("a server before Redis 7 cannot be asked: it is refused, with the reason", async () => {
  const old: Pick<Link, "ask"> = { ask: async () => "# Server\r\nredis_version:6.2.14\r\n" };
  expect(await refuseDestroyer(old as Link, subject, ["boss"])).toMatchObject({
    code: "NOPERM",
    message: expect.stringContaining("Redis 6.2.14"),
  });
});
