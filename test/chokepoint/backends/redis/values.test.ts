import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { digestValue } from "../../../../src/chokepoint/backends/redis/values/digest-value.ts";
import { startRedis } from "../../../support/redis-server.ts";
import type { RedisClient, TestRedis } from "../../../support/redis-server.ts";

let redis: TestRedis;
let client: RedisClient;
beforeAll(async () => {
  redis = await startRedis();
  client = await redis.connect();
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

const hex = (dumped: Buffer): string => Buffer.from(digestValue(dumped)).toString("hex");

async function dump(...commands: readonly (readonly (string | Buffer)[])[]): Promise<Buffer> {
  await client.ask("DEL", "k");
  for (const [name = "", ...args] of commands) await client.ask(name, "k", ...args);
  return (await client.ask("DUMP", "k")) as Buffer;
}

async function withSettings<T>(
  settings: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  for (const [name, value] of Object.entries(settings)) await client.ask("CONFIG", "SET", name, value);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(settings)) {
      const usual = name === "rdbcompression" ? "yes" : name.endsWith("size") ? "-2" : "128";
      await client.ask("CONFIG", "SET", name, usual);
    }
  }
}

/** Settings under which the server writes the same value in another encoding. */
const packed = {};
const tables = {
  "hash-max-listpack-entries": "0",
  "zset-max-listpack-entries": "0",
  "set-max-intset-entries": "0",
  "list-max-listpack-size": "1",
  rdbcompression: "no",
};

const words = [
  "a",
  "",
  "12",
  "-7",
  "70000",
  "-9000000",
  "5000000000",
  "x".repeat(100),
  "y".repeat(5000),
  "\u0000ÿ",
];
const values: Readonly<Record<string, readonly (readonly (string | Buffer)[])[]>> = {
  string: [["SET", "z".repeat(2000)]],
  list: [["RPUSH", ...words]],
  set: [["SADD", ...words]],
  "set of numbers": [["SADD", "1", "-40000", "3000000000"]],
  hash: [["HSET", ...words.flatMap((word, index) => [word, `v${index}`])]],
  zset: [["ZADD", "1.25", "a", "-inf", "b", "inf", "c", "3", "d", "-0", "e", "1e300", "f"]],
};

describe("one value in two encodings", () => {
  test.each(Object.entries(values))("%s: other bytes, one digest", async (_, commands) => {
    const one = await withSettings(packed, () => dump(...commands));
    const other = await withSettings(tables, () => dump(...commands));
    expect(one.equals(other)).toBe(false);
    expect(hex(one)).toBe(hex(other));
  });

  test.each(Object.entries(values))("%s: another value, another digest", async (_, commands) => {
    const one = await dump(...commands);
    const [[name = "", ...args] = []] = commands;
    const last = args.slice(0, -1).concat(["other"]);
    expect(hex(await dump([name, ...last]))).not.toBe(hex(one));
  });

  test("the order of a list, and what belongs to which field, are parts of the value", async () => {
    expect(hex(await dump(["RPUSH", "a", "b"]))).not.toBe(hex(await dump(["RPUSH", "b", "a"])));
    expect(hex(await dump(["HSET", "a", "1", "b", "2"]))).not.toBe(
      hex(await dump(["HSET", "a", "2", "b", "1"])),
    );
    expect(hex(await dump(["SADD", "a", "b"]))).toBe(hex(await dump(["SADD", "b", "a"])));
    expect(hex(await dump(["SADD", "ab", "c"]))).not.toBe(hex(await dump(["SADD", "a", "bc"])));
  });

  test("a large set has its digest on a server with another seed", async () => {
    await using other = await startRedis();
    await using second = await other.connect();
    const members = Array.from({ length: 3000 }, (_, index) => `member ${index}`);
    const one = await dump(["SADD", ...members]);
    await second.ask("RESTORE", "k", "0", one);
    const there = (await second.ask("DUMP", "k")) as Buffer;
    expect(there.equals(one)).toBe(false);
    expect(hex(there)).toBe(hex(one));
  });

  test("what servers before 7.0 wrote: ziplists restore to the same value", async () => {
    const entries = Buffer.concat([
      Buffer.from([0, 1]),
      Buffer.from("a"),
      Buffer.from([3, 0xf2]), // 1, in the entry itself
      Buffer.from([2, 0xfe, 100]),
      Buffer.from([3, 0xc0, 0x10, 0x27]), // 10000
      Buffer.from([4, 0x40, 70]),
      Buffer.from("b".repeat(70)),
      Buffer.from([73, 0xf0, 0, 0, 0x80]), // -8388608
      Buffer.from([5, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80]),
    ]);
    const ziplist = Buffer.concat([Buffer.alloc(10), entries, Buffer.from([0xff])]);
    ziplist.writeUInt32LE(ziplist.length, 0);
    ziplist.writeUInt32LE(ziplist.length - 1 - 10, 4);
    ziplist.writeUInt16LE(7, 8);
    // Type 10: a list in one ziplist. RESTORE refuses what is not sound.
    const body = Buffer.concat([
      Buffer.from([10, 0x40 | (ziplist.length >> 8), ziplist.length & 0xff]),
      ziplist,
    ]);
    const dumped = withChecksum(Buffer.concat([body, Buffer.from([9, 0])]));
    await client.ask("DEL", "k");
    await client.ask("RESTORE", "k", "0", dumped);
    const elements = (await client.ask("LRANGE", "k", 0, -1)) as readonly Buffer[];
    expect(elements.map(String)).toEqual([
      "a",
      "1",
      "100",
      "10000",
      "b".repeat(70),
      "-8388608",
      "-9223372036854775808",
    ]);
    expect(hex((await client.ask("DUMP", "k")) as Buffer)).toBe(hex(dumped));
  });
});

test("any members, in any order: one digest for a set, and it is read whatever it holds", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 30, selector: String }),
      async (some) => {
        const members = some.map((each) => Buffer.from(each));
        const one = await dump(["SADD", ...members]);
        const other = await withSettings(tables, () => dump(["SADD", ...members.toReversed()]));
        expect(hex(other)).toBe(hex(one));
      },
    ),
    { numRuns: 30 },
  );
});

test("bytes that are no value are compared as they stand, and end neither in an error nor without end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(digestValue(Buffer.from(bytes))).toHaveLength(32);
    }),
  );
  for (const hostile of [
    "0281ffffffffffffffff",
    "00c38080000000807fffffff00",
    "0b08080000ffffffff",
    "04bfff",
  ])
    expect(digestValue(Buffer.from(`${hostile}00000000000000000000`, "hex"))).toHaveLength(32);
});

/** The CRC-64 of Redis (crc64.c, the polynomial of Jones, reflected). */
function withChecksum(bytes: Buffer): Buffer {
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? 0x95ac9329ac4bc9b5n : 0n);
  }
  const footer = Buffer.alloc(8);
  footer.writeBigUInt64LE(crc);
  return Buffer.concat([bytes, footer]);
}
