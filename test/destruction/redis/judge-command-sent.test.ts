import { expect, test } from "bun:test";
import { isRedisCommand, judgedCommands, redisCommands } from "../../../src/destruction/redis/commands.ts";
import { judgeCommandSent } from "../../../src/destruction/redis/judge-command-sent.ts";
import { judgeRedis } from "../../../src/destruction/redis/judge-redis.ts";
import { startRedis } from "../../support/redis-server.ts";

const sent = (text: string, isCut = false): string | null => {
  const [name = "", ...rest] = text.split(" ");
  const found = judgeCommandSent({ name, rest, isCut });
  return found && [found.kind, found.what, ...found.names].join(" ");
};

test("every command of the server is known, and every one that is judged is one", async () => {
  await using redis = await startRedis();
  await using client = await redis.connect();
  const listed = ((await client.ask("COMMAND", "LIST")) as readonly Buffer[])
    .map((name) => name.toString().toUpperCase())
    .filter((name) => !name.includes("|"));
  expect(listed.length).toBeGreaterThan(200);
  expect(listed.filter((name) => !isRedisCommand(name))).toEqual([]);
  expect([...judgedCommands.keys()].filter((name) => !redisCommands.has(name))).toEqual([]);
});

test("what may not be told by its name is opaque; modules of Redis' own are told", () => {
  expect(sent("X9F8 a")).toBe("opaque unknown command X9F8");
  expect(judgeCommandSent({ name: " FLUSHALL", rest: [], isCut: false })?.kind).toBe("opaque");
  expect(sent("JSON.SET k")).toBeNull();
  expect(sent("TFCALL x")).toBe("opaque unknown command TFCALL");
  expect(sent("")).toBe("opaque unknown command ");
});

test("a limit on memory may evict, whatever it is", () => {
  expect(sent("CONFIG SET maxmemory 100mb")).toBe("functional CONFIG SET maxmemory 100mb");
  expect(sent("CONFIG SET MAXMEMORY-policy AllKeys-LRU")).toBe(
    "functional CONFIG SET maxmemory-policy AllKeys-LRU",
  );
  expect(sent("CONFIG SET maxmemory 0")).toBeNull();
  expect(sent("CONFIG SET maxmemory-policy noeviction")).toBeNull();
  expect(sent("CONFIG SET maxmemory 1")).toBe("flush CONFIG SET maxmemory 1");
});

test("a password that is called like an option is none", () => {
  expect(sent("MIGRATE h 1 k 0 1 AUTH COPY")).toBe("keys MIGRATE k");
  expect(sent("MIGRATE h 1 k 0 1 AUTH2 u COPY REPLACE")).toBe("keys MIGRATE k");
  expect(sent("MIGRATE h 1 k 0 1 AUTH2 u p COPY")).toBeNull();
  expect(sent("MIGRATE h 1 k 0 1 COPY REPLACE")).toBe("keys MIGRATE k");
  const rest = ["h", "1", "", "0", "1", "AUTH", "KEYS", "KEYS", "a", "COPY"];
  expect(judgeCommandSent({ name: "MIGRATE", rest, isCut: false })?.names).toEqual(["a", "COPY"]);
});

test("what DEBUG does beyond showing is not known", () => {
  expect(sent("DEBUG MALLCTL arena.0.reset 1")).toBe("opaque DEBUG");
  expect(sent("DEBUG object k")).toBeNull();
  expect(sent("DEBUG RELOAD")).toBeNull();
});

test("an index of the search goes with what it indexes", () => {
  expect(sent("FT.DROPINDEX i")).toBeNull();
  expect(sent("FT.DROPINDEX i dd")).toBe("flush FT.DROPINDEX i");
  expect(sent("FT.DROP i")).toBe("flush FT.DROP i");
  expect(sent("FT.DROP i KEEPDOCS")).toBeNull();
});

test("rules that only take may take the last; a rotation gives as well", () => {
  expect(sent("ACL SETUSER u <old")).toBe("functional ACL SETUSER u");
  expect(sent("ACL SETUSER u -get -set")).toBe("functional ACL SETUSER u");
  expect(sent("ACL SETUSER u >new <old")).toBeNull();
  expect(sent("ACL SETUSER u on >p ~t:* +@all -@admin")).toBeNull();
});

test("a command of which words are missing is doubted, where nothing is seen in the rest", () => {
  expect(sent("ACL SETUSER u", true)).toBe("opaque ACL … of very many words");
  expect(sent("ACL DELUSER u", true)).toBe("acl-user ACL DELUSER u");
});

test("the wire knows every destruction that a source has", () => {
  for (const text of [
    "FLUSHALL",
    "SWAPDB 0 1",
    "ACL DELUSER %s",
    "CONFIG SET dir /",
    "REPLICAOF h 1",
    "EVAL x 0",
    "DEBUG SEGFAULT",
  ]) {
    const words = text.split(" ");
    expect(sent(text)?.split(" ")[0]).toBe(judgeRedis(words)?.kind);
  }
  // A name that looks like a placeholder is a name here.
  expect(sent("ACL DELUSER %s")).toBe("acl-user ACL DELUSER %s");
});

test("whoever judges a command is asked: what may be watched is all that is ever found", () => {
  const rest = [
    ["FLUSHALL"],
    ["SET", "dir", "/"],
    ["DELUSER", "u"],
    ["RESET"],
    ["h", "1"],
    ["k", "0", "v", "REPLACE"],
    ["NOSAVE"],
    ["LOAD", "x"],
    Array.from({ length: 200 }, () => "k"),
  ];
  for (const name of redisCommands)
    for (const words of rest)
      if (judgeCommandSent({ name, rest: words, isCut: false }) !== null)
        expect(words.length + 1).toBeGreaterThanOrEqual(judgedCommands.get(name) ?? Infinity);
});
