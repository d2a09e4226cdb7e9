import { codeOf, explainRedisError } from "./explain-error.ts";
import { infoOf } from "./identify.ts";
import type { Link, Reply } from "./link.ts";
import type { KeyRecord } from "./record.ts";
import { listOf, numberOf, textOf } from "./replies.ts";
import { scanKeys } from "./scan-keys.ts";
import { createSeenKeys } from "./seen-keys.ts";

/** What is asked for at once, as the server reckons its size; a single key may be larger. */
const dumpedAtOnceBytes = 16 * 1024 * 1024;

export interface DumpOptions {
  /** What the keys begin with on the server, and what they began with before. */
  readonly prefix: string;
  readonly restated: string;
  readonly expiry: "exact" | "told";
  readonly signal: AbortSignal;
  /** Keys that expired between being found and being read. */
  readonly vanished: (count: number) => void;
}

/** PEXPIRETIME came with Redis 7.0; before, an expiry is reckoned from the server's clock, a few milliseconds off. */
export async function expiryOf(link: Link): Promise<"exact" | "told"> {
  const major = Number((await infoOf(link, "server", "redis_version")).split(".")[0]);
  return major >= 7 ? "exact" : "told";
}

/** Every key with the prefix, once, in batches. Memory is bounded by the batch, and 32 to 64 bytes for each key that was seen. */
export async function* dumpKeys(
  link: Link,
  options: DumpOptions,
): AsyncGenerator<readonly KeyRecord[], void, undefined> {
  const seen = createSeenKeys();
  const [length, restated] = [Buffer.byteLength(options.prefix), Buffer.from(options.restated)];
  for await (const { database, keys } of scanKeys(link, options.prefix, options)) {
    const fresh = keys.filter((key) => seen.add(database, key));
    const facts = await readFacts(link, fresh, options.expiry);
    for (const group of groupBySize(facts)) {
      const replies = await link.askAll(group.map(({ key }) => ["DUMP", key]));
      const records: KeyRecord[] = [];
      for (const [index, { key, expiresAt }] of group.entries()) {
        const dumped = replies[index] ?? null;
        if (dumped === null) continue;
        if (!Buffer.isBuffer(dumped)) throw explainRedisError(dumped, "reading a key (DUMP)");
        records.push({ database, key: Buffer.concat([restated, key.subarray(length)]), expiresAt, dumped });
      }
      if (records.length < group.length) options.vanished(group.length - records.length);
      yield records;
    }
  }
}

interface KeyFacts {
  readonly key: Buffer;
  readonly bytes: number;
  readonly expiresAt: number | null;
}

async function readFacts(
  link: Link,
  keys: readonly Buffer[],
  expiry: "exact" | "told",
): Promise<readonly KeyFacts[]> {
  const command = expiry === "exact" ? "PEXPIRETIME" : "PTTL";
  const replies = await link.askAll([
    ...keys.flatMap((key) => [
      ["MEMORY", "USAGE", key],
      [command, key],
    ]),
    ["TIME"],
  ]);
  const now = expiry === "told" ? millisecondsOf(replies.at(-1)) : 0;
  return keys.map((key, index) => {
    const [bytes = null, expires = null] = [replies[index * 2], replies[index * 2 + 1]];
    for (const reply of [bytes, expires])
      if (codeOf(reply) !== null) throw explainRedisError(reply, "reading a key");
    const at = numberOf(expires, command);
    // Negative: it never expires, or is gone by now.
    return { key, bytes: typeof bytes === "number" ? bytes : 0, expiresAt: at < 0 ? null : now + at };
  });
}

function* groupBySize(facts: readonly KeyFacts[]): Generator<readonly KeyFacts[]> {
  let group: KeyFacts[] = [];
  let bytes = 0;
  for (const each of facts) {
    if (group.length > 0 && bytes + each.bytes > dumpedAtOnceBytes) {
      yield group;
      [group, bytes] = [[], 0];
    }
    group.push(each);
    bytes += each.bytes;
  }
  if (group.length > 0) yield group;
}

/** The server's clock, which expiries go by. */
export async function readServerTime(link: Link): Promise<number> {
  return millisecondsOf(await link.ask(["TIME"]));
}

function millisecondsOf(reply: Reply | undefined): number {
  const [seconds, micros] = listOf(reply, "TIME").map((each) => Number(textOf(each, "TIME")));
  return (seconds ?? 0) * 1000 + Math.floor((micros ?? 0) / 1000);
}
