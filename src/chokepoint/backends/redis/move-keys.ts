import { codeOf, explainRedisError } from "./explain-error.ts";
import type { Link } from "./link.ts";
import { hasKeys, scanKeys } from "./scan-keys.ts";

/**
 * Renames every key from one prefix to another, in every database; TTL and value stay, and each rename is as cheap for a large value as
 * for a small one (RENAMENX). A scan sees every key that is there all the time, so one is enough. Returns how many stay, because
 * somebody has a key of the new name: nothing is overwritten.
 */
export async function moveKeys(
  link: Link,
  from: string,
  to: string,
  progress: (done: number) => void,
): Promise<number> {
  const [oldPrefix, newPrefix] = [Buffer.from(from), Buffer.from(to)];
  let [moved, inTheWay] = [0, 0];
  for await (const { keys } of scanKeys(link, from)) {
    const replies = await link.askAll(
      keys.map((key) => ["RENAMENX", key, Buffer.concat([newPrefix, key.subarray(oldPrefix.length)])]),
    );
    for (const reply of replies) {
      if (reply === 1) moved += 1;
      else if (reply === 0) inTheWay += 1;
      // ERR: no such key, for it expired or came twice in the scan.
      else if (codeOf(reply) !== "ERR") throw explainRedisError(reply, "renaming keys");
    }
    progress(moved);
  }
  return inTheWay;
}

/** Unlinks every key with the prefix, in every database. */
export async function removeKeys(link: Link, prefix: string): Promise<void> {
  do
    for await (const { keys } of scanKeys(link, prefix))
      for (const reply of await link.askAll(keys.map((key) => ["UNLINK", key])))
        if (codeOf(reply) !== null) throw explainRedisError(reply, "removing keys of custody's own");
  while (await hasKeys(link, prefix));
}
