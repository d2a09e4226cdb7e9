import { expect, test } from "bun:test";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { aclRules } from "../../src/lockdown/acl-rules.ts";
import { custody } from "../support/run-custody.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { poll } from "../support/server-process.ts";

const run = promisify(execFile);
const linesOf = (kind: string): readonly string[] => aclRules({ name: "x", kind })?.lines ?? [];

test("redis: a client works under its prefix, and wipes nothing, in a script neither", async () => {
  using folder = temporaryFolder();
  const socket = join(folder.path, "redis.sock");
  const server = spawn("redis-server", ["--port", "0", "--unixsocket", socket, "--save", ""], {
    stdio: "ignore",
  });
  const cli = async (user: string, ...words: readonly string[]): Promise<string> => {
    const login = user === "" ? [] : ["--user", user, "--pass", "secret", "--no-auth-warning"];
    const { stdout, stderr } = await run("redis-cli", ["-s", socket, ...login, ...words]);
    return (stdout + stderr).trim();
  };
  try {
    await poll(async () => (await cli("", "ping")) === "PONG");
    await cli("", "acl", "setuser", "admin", "on", ">secret", "~*", "&*", "+@all");
    for (const line of linesOf("redis")) {
      if (line.startsWith("#") || line === "ACL SAVE") continue;
      const words = line.replaceAll("TOKEN", "t1").split(" ");
      expect(await cli("admin", ...words)).toBe("OK");
    }
    await cli("admin", "acl", "setuser", "usr_t1", "on", ">secret");
    await cli("admin", "set", "t2:other", "1");
    const library =
      "#!lua name=shop\nredis.register_function('wipe', function() return redis.call('flushall') end)";
    expect(await cli("admin", "function", "load", library)).toBe("shop");
    expect(await cli("usr_t1", "set", "t1:mine", "1")).toBe("OK");
    expect(await cli("usr_t1", "eval", "return redis.call('get', KEYS[1])", "1", "t1:mine")).toBe("1");
    for (const words of [
      ["flushall"],
      ["flushdb"],
      ["swapdb", "0", "1"],
      ["config", "set", "maxmemory", "1"],
      ["acl", "deluser", "admin"],
      ["replicaof", "h", "1"],
      ["del", "t2:other"],
      ["restore", "t1:mine", "0", "x", "REPLACE"],
      ["shutdown", "nosave"],
      ["eval", "return redis.call('flushall')", "0"],
      ["fcall", "wipe", "0"],
      ["function", "flush"],
      ["function", "delete", "shop"],
      ["script", "flush"],
      ["swapdb", "1", "0"],
      ["migrate", "h", "1", "t1:mine", "0", "10"],
      ["acl", "setuser", "usr_t1", "+@all"],
      ["acl", "load"],
      ["slaveof", "h", "1"],
      ["eval", "return redis.call('del', 't2:other')", "0"],
    ])
      expect(await cli("usr_t1", ...words)).toMatch(
        /NOPERM|No permissions|can't run this command|can't access/,
      );
    expect(await cli("", "ping")).toContain("NOAUTH");
    expect(await cli("admin", "dbsize")).toBe("2");
  } finally {
    server.kill("SIGKILL");
    await once(server, "exit");
  }
});

test("nats: the server takes the block", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "nats.conf");
  await writeFile(
    file,
    ["authorization {", "users = [ { user: t1, password: t1", ...linesOf("nats"), "} ] }"].join("\n"),
  );
  const { stdout, stderr } = await run("nats-server", ["-t", "-c", file]);
  expect(stdout + stderr).toContain("is valid");
});

test("--config prints rules for each target that is no PostgreSQL", async () => {
  using folder = temporaryFolder();
  await writeFile(
    join(folder.path, "custody.yaml"),
    `targets:\n  - { name: cache, kind: redis, url: redis://h }\n  - { name: bus, kind: nats, url: nats://h }\n  - { name: documents, kind: mongo, url: mongodb://h }\n`,
  );
  const told = await custody(["lockdown", "--config", "custody.yaml"], "", folder.path);
  expect(told).toMatchObject({ code: 0, stderr: "" });
  expect(told.stdout).toContain("ACL SETUSER usr_TOKEN");
  expect(told.stdout).toContain("$JS.API.STREAM.DELETE.>");
  expect(told.stdout).toContain("custody_tenant_TOKEN");
});
