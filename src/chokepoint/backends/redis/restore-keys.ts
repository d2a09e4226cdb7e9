import type { ProofFacts, Progress } from "../../backend.ts";
import { throwIfInterrupted } from "../../../run/interrupt.ts";
import { dumpKeys, expiryOf, readServerTime } from "./dump-keys.ts";
import { codeOf, explainRedisError } from "./explain-error.ts";
import type { Link } from "./link.ts";
import { byDatabase } from "./prove-tombstone.ts";
import { createKeySum } from "./record.ts";
import type { WholeTombstone } from "./tombstone-files.ts";
import { digestValue } from "./values/digest-value.ts";

/**
 * Restores every key of a tombstone that has not expired under another prefix or its own; nothing is overwritten. A key that is there
 * already with the same value was restored by an attempt that was cut off. Returns how many others are in the way.
 */
export async function restoreKeys(
  link: Link,
  tombstone: WholeTombstone,
  options: {
    readonly from: string;
    readonly to: string;
    readonly progress: Progress;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const [length, to] = [Buffer.byteLength(options.from), Buffer.from(options.to)];
  let inTheWay = 0;
  let done = 0;
  let database = -1;
  for await (const batch of tombstone.records()) {
    for (const records of byDatabase(batch)) {
      throwIfInterrupted(options.signal);
      if (records[0] !== undefined && records[0].database !== database) {
        database = records[0].database;
        await link.select(database);
      }
      const keys = records.map(({ key }) => Buffer.concat([to, key.subarray(length)]));
      const replies = await link.askAll(
        records.map((each, index) => [
          "RESTORE",
          keys[index] ?? each.key,
          String(each.expiresAt ?? 0),
          each.dumped,
          "ABSTTL",
        ]),
      );
      const busy: number[] = [];
      for (const [index, reply] of replies.entries()) {
        const code = codeOf(reply);
        if (code === "BUSYKEY") busy.push(index);
        else if (code !== null) throw explainRedisError(reply, "restoring a key");
      }
      const there = await link.askAll(busy.map((index) => ["DUMP", keys[index] ?? ""]));
      for (const [place, index] of busy.entries()) {
        const found = there[place];
        const wanted = digestValue(records[index]?.dumped ?? Buffer.alloc(0));
        if (!Buffer.isBuffer(found) || !Buffer.from(digestValue(found)).equals(wanted)) inTheWay += 1;
      }
      done += records.length;
      options.progress(done, tombstone.complete.keys);
    }
  }
  return inTheWay;
}

/** What expires within this is not compared: it may go while it is. */
const expiringMs = 10 * 60 * 1000;

export interface Places {
  readonly places: readonly string[];
  readonly restated: string;
  readonly signal: AbortSignal;
}

/** Compares keys of the server with the fingerprint of a tombstone that nobody here can read. One that expired meanwhile differs. */
export async function compareSum(link: Link, fingerprint: string, options: Places): Promise<ProofFacts> {
  const began = performance.now();
  const expiry = await expiryOf(link);
  const sum = createKeySum(expiry);
  for (const prefix of options.places)
    for await (const records of dumpKeys(link, { ...options, expiry, prefix, vanished: () => undefined }))
      for (const each of records) sum.add(each);
  const isEqual = sum.text() === fingerprint;
  return {
    isEqual,
    differences: isEqual
      ? []
      : [
          "its fingerprint is another: keys have expired, or were written behind the fence; decrypt the tombstone to see",
        ],
    seconds: (performance.now() - began) / 1000,
  };
}

/** Compares keys of the server, below one or two prefixes, with those of a tombstone that have not expired. */
export async function compareKeys(
  link: Link,
  tombstone: WholeTombstone,
  options: Places,
): Promise<ProofFacts> {
  const began = performance.now();
  const { expiry } = tombstone.complete;
  const horizon = (await readServerTime(link)) + expiringMs;
  const stays = (expiresAt: number | null): boolean => expiresAt === null || expiresAt > horizon;
  const [wanted, found] = [createKeySum(expiry), createKeySum(expiry)];
  for await (const records of tombstone.records())
    for (const each of records) if (stays(each.expiresAt)) wanted.add(each);
  const read = { restated: options.restated, expiry: await expiryOf(link), signal: options.signal };
  for (const prefix of options.places)
    for await (const records of dumpKeys(link, { ...read, prefix, vanished: () => undefined }))
      for (const each of records) if (stays(each.expiresAt)) found.add(each);
  const isEqual = wanted.text() === found.text();
  return {
    isEqual,
    differences: isEqual
      ? []
      : wanted.count === found.count
        ? [`among ${wanted.count} keys some have another name, value or expiry`]
        : [`${wanted.count} keys were kept, ${found.count} are there`],
    seconds: (performance.now() - began) / 1000,
  };
}
