import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, RESP_TYPES } from "@redis/client";
import { targetSchema } from "../../src/config/target-schema.ts";
import { readPolicy } from "../../src/chokepoint/read-policy.ts";
import type { TargetPolicy } from "../../src/chokepoint/target-policy.ts";

export type Answer = string | number | Buffer | null | readonly Answer[];

/** A client of the tests' own: answers as they are, bulk strings as buffers. */
export interface RedisClient extends AsyncDisposable {
  ask(...command: readonly (string | Buffer | number)[]): Promise<Answer>;
}

export interface TestRedis extends AsyncDisposable {
  readonly folder: string;
  readonly socket: string;
  url(user?: string, password?: string): string;
  connect(user?: { readonly name: string; readonly password: string }): Promise<RedisClient>;
  policy(more?: Readonly<Record<string, unknown>>): TargetPolicy;
  /** SIGKILL: what is not on disk is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** A redis-server on a socket of its own; nothing on disk unless the settings say so. */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "custody-redis-"));
  const socket = join(folder, "s");
  let child: ReturnType<typeof spawn> | null = null;
  const redis: TestRedis = {
    folder,
    socket,
    url: (user, password) =>
      user === undefined ? `unix://${socket}` : `unix://${user}:${password ?? ""}@${socket}`,
    connect: (user) => connectTo(socket, user),
    policy: (more = {}) =>
      readPolicy(targetSchema.parse({ name: "cache", kind: "redis", url: `unix://${socket}`, ...more }), {
        folder,
        stateDir: folder,
      }),
    async start() {
      const given = {
        port: "0",
        unixsocket: socket,
        dir: folder,
        save: "",
        loglevel: "warning",
        ...settings,
      };
      child = spawn(
        "redis-server",
        Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]),
        {
          stdio: "ignore",
        },
      );
      for (;;) {
        if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
        const client = await connectTo(socket).catch(() => null);
        const isUp = await client?.ask("PING").then(
          () => true,
          () => false,
        );
        await client?.[Symbol.asyncDispose]();
        if (isUp === true) return;
      }
    },
    async kill() {
      const ending = child;
      child = null;
      if (ending === null || ending.exitCode !== null) return;
      const ended = once(ending, "exit");
      ending.kill("SIGKILL");
      await ended;
    },
    async [Symbol.asyncDispose]() {
      await redis.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await redis.start();
  return redis;
}

async function connectTo(
  socket: string,
  user?: { readonly name: string; readonly password: string },
): Promise<RedisClient> {
  const client = createClient({
    RESP: 2,
    ...(user === undefined ? {} : { username: user.name, password: user.password }),
    socket: { path: socket, tls: false, reconnectStrategy: false },
    disableClientInfo: true,
    maintNotifications: "disabled",
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
  client.on("error", () => undefined);
  await client.connect();
  return {
    ask: (...command) =>
      client.sendCommand<Answer>(command.map((each) => (typeof each === "number" ? String(each) : each))),
    async [Symbol.asyncDispose]() {
      if (client.isOpen) client.destroy();
    },
  };
}

/** A tenant as a provisioner makes it: a user who may use its keys alone, and keys of every type, with and without expiry. */
export async function makeTenant(
  client: RedisClient,
  token: string,
  password = `secret-of-${token}`,
): Promise<void> {
  const rules = ["+@all", "-@admin", "-@dangerous", "+flushdb", "on", `~${token}:*`, `&${token}:*`];
  await client.ask("ACL", "SETUSER", `usr_${token}`, `>${password}`, ...rules);
  const key = (name: string | Buffer): Buffer => Buffer.concat([Buffer.from(`${token}:`), Buffer.from(name)]);
  const binary = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  await client.ask("SELECT", 0);
  await client.ask("SET", key("string"), "value");
  await client.ask("SET", key("number"), "12345");
  await client.ask("SET", key("long"), "x".repeat(10_000));
  await client.ask("SET", key("empty"), "");
  await client.ask("SET", key(binary), binary);
  await client.ask("SET", key("line\nfeed *?[a-z]\\ glob"), "1");
  await client.ask("SET", key("expires"), "soon", "PX", 3_600_000);
  await client.ask("RPUSH", key("list"), "a", "", binary, "b", "-5", "70000", "y".repeat(9000));
  await client.ask(
    "RPUSH",
    key("long list"),
    ...Array.from({ length: 600 }, (_, index) => `element ${index}`),
  );
  await client.ask("SADD", key("numbers"), "1", "-2", "3000000000");
  await client.ask("SADD", key("set"), ...Array.from({ length: 500 }, (_, index) => `member ${index}`));
  await client.ask("HSET", key("small hash"), "field", "value", "n", "7");
  await client.ask("HSET", key("hash"), ...Array.from({ length: 600 }, (_, index) => `f${index}`));
  await client.ask("ZADD", key("small zset"), "1.5", "a", "-inf", "b", "0", "c");
  await client.ask(
    "ZADD",
    key("zset"),
    ...Array.from({ length: 300 }, (_, index) => [index / 3, `m${index}`]).flat(),
  );
  await client.ask("XADD", key("stream"), "*", "a", "1", "b", binary);
  await client.ask("XGROUP", "CREATE", key("stream"), "readers", "0");
  await client.ask("XREADGROUP", "GROUP", "readers", "ann", "STREAMS", key("stream"), ">");
  await client.ask("PFADD", key("visitors"), "a", "b", "c");
  await client.ask("SELECT", 3);
  await client.ask("HSET", key("of database 3"), "a", "1");
  await client.ask("PEXPIRE", key("of database 3"), 7_200_000);
  await client.ask("SELECT", 0);
}

/** All keys with a prefix: database, key, value as DUMP gives it, expiry. */
export async function readKeys(client: RedisClient, prefix: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const database of [0, 3]) {
    await client.ask("SELECT", database);
    for (const key of ((await client.ask("KEYS", "*")) as readonly Buffer[]) ?? []) {
      if (!key.toString("latin1").startsWith(prefix)) continue;
      const dumped = (await client.ask("DUMP", key)) as Buffer;
      const expiry = await client.ask("PEXPIRETIME", key);
      found.push(`${database} ${key.toString("latin1")} ${dumped.toString("hex")} ${String(expiry)}`);
    }
  }
  await client.ask("SELECT", 0);
  return found.sort();
}

/** The line of ACL LIST. */
export async function readUser(client: RedisClient, name: string): Promise<string> {
  const lines = (await client.ask("ACL", "LIST")) as readonly Buffer[];
  return lines.map((line) => line.toString("latin1")).find((line) => line.startsWith(`user ${name} `)) ?? "";
}
