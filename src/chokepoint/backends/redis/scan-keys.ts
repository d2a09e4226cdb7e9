import { throwIfInterrupted } from "../../../run/interrupt.ts";
import type { Link, Reply } from "./link.ts";
import { escapeGlob } from "./key-names.ts";
import { bytesOf, listOf, textOf } from "./replies.ts";

export interface KeyBatch {
  readonly database: number;
  /** Whole names. One may come twice in a scan (SCAN's own guarantee). */
  readonly keys: readonly Buffer[];
}

/** How many keys of the database the server looks at for one answer: well below a millisecond, nobody else waits. */
const looked = 1000;
/** Keys are handed on when there are so many, for a pipeline's sake. */
const batched = 1000;

/** The databases that hold keys, ascending (INFO keyspace). */
export async function listDatabases(
  link: Link,
): Promise<readonly { readonly database: number; readonly keys: number }[]> {
  const text = textOf(await link.ask(["INFO", "keyspace"]), "INFO keyspace");
  return [...text.matchAll(/^db(\d+):keys=(\d+)/gm)].map(([, database, keys]) => ({
    database: Number(database),
    keys: Number(keys),
  }));
}

/**
 * Every key with this prefix that is there from beginning to end, database by database; the link's database is the batch's, and must stay it until the next. SCAN, never KEYS: the server serves others between two answers.
 */
export async function* scanKeys(
  link: Link,
  prefix: string,
  options: { readonly signal?: AbortSignal; readonly looked?: (keys: number) => void } = {},
): AsyncGenerator<KeyBatch, void, undefined> {
  const match = `${escapeGlob(prefix)}*`;
  const ask = (cursor: string): Promise<Reply> => {
    const answer = link.ask(["SCAN", cursor, "MATCH", match, "COUNT", String(looked)]);
    // Whoever stops early never reads what was asked for in advance.
    answer.catch(() => undefined);
    return answer;
  };
  for (const { database } of await listDatabases(link)) {
    await link.select(database);
    let keys: Buffer[] = [];
    let pending: Promise<Reply> | null = ask("0");
    while (pending !== null) {
      if (options.signal !== undefined) throwIfInterrupted(options.signal);
      const [next, found] = listOf(await pending, "SCAN");
      const cursor = textOf(next, "SCAN");
      // Asked for before the keys are worked on: the server need not wait for us, nor we for it.
      pending = cursor === "0" ? null : ask(cursor);
      options.looked?.(looked);
      for (const key of listOf(found, "SCAN")) keys.push(bytesOf(key, "SCAN"));
      if (keys.length >= batched || (pending === null && keys.length > 0)) {
        yield { database, keys };
        keys = [];
      }
    }
  }
}

/** Whether any key has the prefix. Looks at every key of the server where none has. */
export async function hasKeys(link: Link, prefix: string): Promise<boolean> {
  for await (const { keys } of scanKeys(link, prefix)) if (keys.length > 0) return true;
  return false;
}

/** Distinct or not: about how many keys have the prefix. */
export async function countKeys(link: Link, prefix: string, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for await (const { keys } of scanKeys(link, prefix, signal === undefined ? {} : { signal }))
    count += keys.length;
  return count;
}
