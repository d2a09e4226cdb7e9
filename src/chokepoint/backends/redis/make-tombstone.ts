import type { Progress, TombstoneContents } from "../../backend.ts";
import type { FencePlan } from "../../drop.ts";
import { dumpKeys, expiryOf } from "./dump-keys.ts";
import type { Hold } from "./hold.ts";
import { infoOf } from "./identify.ts";
import { readPlan } from "./marks.ts";
import { createKeySum } from "./record.ts";
import { openTombstoneWriter } from "./tombstone-files.ts";

/** Of what is behind the fence, under the names that it had before. */
export async function makeTombstone(
  { work }: Hold,
  recorded: FencePlan,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<TombstoneContents> {
  const plan = readPlan(recorded);
  const expiry = await expiryOf(work);
  const sum = createKeySum(expiry);
  const perDatabase = new Map<number, number>();
  let vanished = 0;
  let expiring = 0;
  await using writer = await openTombstoneWriter(folder);
  const options = { prefix: plan.fencePrefix, restated: plan.prefix ?? "", expiry, signal };
  for await (const records of dumpKeys(work, { ...options, vanished: (count) => (vanished += count) })) {
    for (const record of records) {
      sum.add(record);
      if (record.expiresAt !== null) expiring += 1;
      perDatabase.set(record.database, (perDatabase.get(record.database) ?? 0) + 1);
    }
    await writer.write(records);
    progress(sum.count);
  }
  const complete = await writer.finish(plan.line, {
    keys: sum.count,
    fingerprint: sum.text(),
    expiry,
    databases: Math.max(0, ...perDatabase.keys()) + 1,
    server_version: await infoOf(work, "server", "redis_version"),
  });
  return {
    bytes: complete.bytes,
    fingerprint: complete.fingerprint,
    contents: {
      keys: complete.keys,
      keys_that_expire: expiring,
      expired_meanwhile: vanished,
      users: plan.line === null ? 0 : 1,
      databases: Object.fromEntries([...perDatabase].map(([database, keys]) => [`db${database}`, keys])),
    },
  };
}
