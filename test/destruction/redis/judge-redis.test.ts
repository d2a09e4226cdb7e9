import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hole } from "../../../src/destruction/destruction.ts";
import { judgeRedis } from "../../../src/destruction/redis/judge-redis.ts";

/** Words apart by spaces; `§` stands for a hole. */
function judged(command: string): string | null {
  const found = judgeRedis(command.replaceAll("§", hole).split(" "));
  return found && [found.kind, found.what, ...found.names].join(" ");
}

describe("what destroys", () => {
  test.each([
    ["FLUSHALL", "flush FLUSHALL"],
    ["flushall async", "flush FLUSHALL"],
    ["FlushDb SYNC", "flush FLUSHDB"],
    ["SWAPDB 0 1", "flush SWAPDB 0 1"],
    ["ACL DELUSER usr_1 usr_2", "acl-user ACL DELUSER usr_1 usr_2"],
    ["acl deluser §", "acl-user ACL DELUSER …"],
    ["ACL DELUSER usr_§", "acl-user ACL DELUSER usr_…"],
    ["ACL LOAD", "acl-user ACL LOAD"],
    ["ACL SETUSER usr_1 reset", "acl-user ACL SETUSER usr_1"],
    ["ACL SETUSER usr_1 off", "acl-user ACL SETUSER usr_1"],
    ["ACL SETUSER usr_1 on >new resetkeys", "acl-user ACL SETUSER usr_1"],
    ["ACL SETUSER usr_1 resetpass", "acl-user ACL SETUSER usr_1"],
    ["ACL SETUSER usr_1 -@all", "acl-user ACL SETUSER usr_1"],
    ["ACL SETUSER usr_1 nocommands", "acl-user ACL SETUSER usr_1"],
    ["CONFIG SET maxmemory 1", "flush CONFIG SET maxmemory 1"],
    ["config set maxmemory-policy allkeys-random maxmemory 100kb", "flush CONFIG SET maxmemory 100kb"],
    ["REPLICAOF evil.example 6379", "flush REPLICAOF evil.example:6379"],
    ["SLAVEOF § §", "flush SLAVEOF …:…"],
    ["DEBUG FLUSHALL", "flush DEBUG FLUSHALL"],
    ["FUNCTION FLUSH", "flush FUNCTION FLUSH"],
    ["CLUSTER RESET HARD", "flush CLUSTER RESET"],
    ["DEBUG RELOAD NOSAVE", "flush DEBUG RELOAD NOSAVE"],
    ["debug segfault", "flush DEBUG SEGFAULT"],
    ["SHUTDOWN NOSAVE", "flush SHUTDOWN NOSAVE"],
    ["SHUTDOWN", "functional SHUTDOWN"],
    ["SCRIPT DEBUG SYNC", "opaque SCRIPT DEBUG"],
    ["DEBUG REPLICATE ALL FLUSHALL", "flush DEBUG REPLICATE"],
    ["shutdown save now", "functional SHUTDOWN"],
    ["FAILOVER", "functional FAILOVER"],
    ["CLUSTER FLUSHSLOTS", "functional CLUSTER FLUSHSLOTS"],
    ["cluster delslots 1 2", "functional CLUSTER DELSLOTS"],
    ["FUNCTION RESTORE payload FLUSH", "flush FUNCTION RESTORE FLUSH"],
    ["MODULE LOAD /tmp/evil.so", "opaque MODULE LOAD"],
    ["MODULE UNLOAD shop", "opaque MODULE UNLOAD"],
    ["RESTORE k 0 v REPLACE", "keys RESTORE … REPLACE k"],
    ["restore-asking k 0 v absttl replace", "keys RESTORE-ASKING … REPLACE k"],
    ["MIGRATE h 6379 k 0 10", "keys MIGRATE k"],
    ["MIGRATE h 6379 k 0 10 AUTH KEYS", "keys MIGRATE k"],
    [`DEL ${Array.from({ length: 100 }, () => "k").join(" ")}`, `keys DEL ${"k ".repeat(10)}…`],
    ["CONFIG SET dir /var/lib", "disarming CONFIG SET dir"],
    ["CONFIG SET DbFileName x.rdb", "disarming CONFIG SET dbfilename"],
    ["CONFIG SET requirepass secret", "disarming CONFIG SET requirepass"],
    ["CONFIG SET protected-mode no", "disarming CONFIG SET protected-mode"],
    ["CONFIG SET appendonly no", "disarming CONFIG SET appendonly"],
    ["CONFIG SET dir / maxmemory 1", "flush CONFIG SET maxmemory 1"],
    ["EVAL § 0", "opaque EVAL"],
    ["EVALSHA abc 0", "opaque EVALSHA"],
    ["FCALL wipe 0", "opaque FCALL"],
    ["EVAL redis.call('FLUSHALL') 0", "flush EVAL … FLUSHALL"],
    ['EVAL redis.pcall("acl","deluser",ARGV[1]) 0', "acl-user EVAL … ACL DELUSER"],
    ["EVAL for_k_in_redis.call('keys',ARGV[1])redis.call('del',k) 0", "opaque EVAL"],
    ["EVAL local=redis.call('keys',ARGV[1]);redis.call('del',k) 0", "keys EVAL … DEL"],
  ])("%s", (command, expected) => {
    expect(judged(command)).toBe(expected);
  });

  test("a command that redis-py takes as one word with its first argument", () => {
    expect(judgeRedis(["ACL DELUSER", "usr_1"])).toEqual({
      kind: "acl-user",
      what: "ACL DELUSER",
      names: ["usr_1"],
      at: 0,
      certainty: "certain",
    });
  });

  test("a command of which only the verb is known is likely", () => {
    expect(judgeRedis([`FLUSH${hole}`])?.certainty).toBe("likely");
  });
});

test("MIGRATE names the keys that go, and stays silent about those of a copy", () => {
  const migrate = (...rest: readonly string[]) => judgeRedis(["MIGRATE", "h", "1", "", "0", "9", ...rest]);
  expect(migrate("KEYS", "a", "COPY")?.names).toEqual(["a", "COPY"]);
  expect(migrate("COPY", "KEYS", "a")).toBeNull();
  expect(judgeRedis(["CONFIG", "SET", "save", ""])?.kind).toBe("disarming");
});

describe("what does not", () => {
  test.each([
    "GET FLUSHALL",
    "SET note FLUSHALL",
    "ACL LIST",
    "ACL SETUSER usr_1 on >secret ~shop:* +@all",
    "ACL SETUSER usr_1 reset on >secret ~shop:* +@all",
    "ACL SETUSER usr_1 reset on #abc %R~shop:* +get",
    "ACL SETUSER usr_1 resetpass >new",
    "ACL SETUSER usr_1 -@all +get",
    "ACL SETUSER usr_1 reset on nopass allcommands allkeys",
    "ACL SETUSER usr_1 -@all allcommands resetkeys ~shop:*",
    "ACL SETUSER usr_1 reset §",
    "ACL GETUSER usr_1",
    "CONFIG SET maxmemory 100mb",
    "CONFIG SET maxmemory 0",
    "CONFIG SET maxmemory §",
    "CONFIG SET maxmemory-policy allkeys-lru",
    "CONFIG GET maxmemory",
    "REPLICAOF NO ONE",
    "replicaof no one",
    "SCRIPT FLUSH",
    "SHUTDOWN ABORT",
    "SCRIPT DEBUG NO",
    "FAILOVER ABORT",
    "DEBUG OBJECT k",
    "DEBUG RELOAD",
    "CLUSTER SLOTS",
    "MODULE LIST",
    "FUNCTION RESTORE payload REPLACE",
    "RESTORE k 0 v",
    "MIGRATE h 6379 k 0 10 COPY",
    "CONFIG SET appendonly yes",
    "CONFIG SET protected-mode yes",
    "CONFIG SET save 900",
    "EVAL_RO script 0",
    `UNLINK ${Array.from({ length: 99 }, () => "k").join(" ")}`,
    "DEL key",
    "FLUSHALLX",
    "§",
    "",
  ])("%s", (command) => {
    expect(judged(command)).toBeNull();
  });
});

test("no words make it throw", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom("ACL", "SETUSER", "CONFIG", "EVAL", hole))),
      (words) => {
        judgeRedis(words);
      },
    ),
  );
});

test("a comment in a script of Lua's is nothing, and a hostile one takes no time", () => {
  expect(judged("EVAL --redis.call('FLUSHALL') 0")).toBe("opaque EVAL");
  const from = performance.now();
  judgeRedis(["EVAL", "--[[\n".repeat(50_000) + "redis . call (".repeat(50_000)]);
  expect(performance.now() - from).toBeLessThan(1000);
});
