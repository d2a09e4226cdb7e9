import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RedisClient, TestRedis } from "./redis-server.ts";
import { startRedis } from "./redis-server.ts";

/** A Redis that lets everything be done to it: what a command took away is told by comparing before and after. */
export interface LosingRedis extends AsyncDisposable {
  readonly redis: TestRedis;
  /** Makes it as it was at first. */
  fill(): Promise<void>;
  /** What is gone, or guarded no more, since it was filled. */
  losses(): Promise<readonly string[]>;
}

const guards = [
  "maxmemory",
  "maxmemory-policy",
  "dir",
  "dbfilename",
  "requirepass",
  "appendonly",
  "protected-mode",
  "tls-auth-clients",
];
const library =
  "#!lua name=shop\nredis.register_function('wipe', function() return redis.call('flushall') end)";

/** `folder`: where its file of users may lie. */
export async function startLosingRedis(folder: string): Promise<LosingRedis> {
  const users = join(folder, "users.acl");
  writeFileSync(users, "user default on nopass ~* &* +@all\n");
  const redis = await startRedis({
    "enable-debug-command": "yes",
    "enable-protected-configs": "yes",
    aclfile: users,
  });
  return around(redis, await redis.connect());
}

function around(redis: TestRedis, admin: RedisClient): LosingRedis {
  let before: readonly string[] = [];
  const read = async (): Promise<readonly string[]> => {
    const lines: string[] = [];
    for (const database of [0, 1]) {
      await admin.ask("SELECT", database);
      const keys = (await admin.ask("KEYS", "*")) as readonly Buffer[];
      for (const key of keys)
        lines.push(`key ${database} ${key.toString()} ${String(await admin.ask("PEXPIRETIME", key))}`);
    }
    await admin.ask("SELECT", 0);
    for (const line of (await admin.ask("ACL", "LIST")) as readonly Buffer[]) lines.push(line.toString());
    for (const guard of guards) {
      const [name, value] = (await admin.ask("CONFIG", "GET", guard)) as readonly Buffer[];
      lines.push(`guard ${String(name)} ${String(value)}`);
    }
    const [role] = (await admin.ask("ROLE")) as readonly Buffer[];
    lines.push(`role ${String(role)}`);
    const functions = (await admin.ask("FUNCTION", "LIST")) as readonly unknown[];
    lines.push(`functions ${functions.length}`);
    return lines;
  };
  return {
    redis,
    async fill() {
      await admin.ask("REPLICAOF", "NO", "ONE");
      await admin.ask("CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction");
      await admin.ask(
        "CONFIG",
        "SET",
        "dir",
        redis.folder,
        "dbfilename",
        "dump.rdb",
        "requirepass",
        "",
        "protected-mode",
        "yes",
        "tls-auth-clients",
        "yes",
      );
      await admin.ask("CONFIG", "SET", "appendonly", "no");
      await admin.ask("FLUSHALL");
      await admin.ask("FUNCTION", "LOAD", "REPLACE", library);
      await admin.ask("ACL", "SETUSER", "ann", "reset", "on", ">secret", "~*", "&*", "+@all");
      for (let index = 0; index < 120; index += 1) await admin.ask("SET", `k${index}`, "v");
      await admin.ask("SELECT", 1);
      await admin.ask("SET", "other", "v");
      await admin.ask("SELECT", 0);
      before = await read();
    },
    async losses() {
      const after = new Set(await read());
      return before.filter((line) => !after.has(line));
    },
    async [Symbol.asyncDispose]() {
      await admin[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
    },
  };
}
