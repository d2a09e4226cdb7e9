import { throwIfInterrupted } from "../../../run/interrupt.ts";
import type { Link } from "./link.ts";
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
 * Every key with this prefix that is there from beginning to end, database by database; the link's database is the batch's while it is
 * worked on. SCAN, never KEYS: the server serves others between two answers.
 */
export async function* scanKeys(
  link: Link,
  prefix: string,
  options: { readonly signal?: AbortSignal; readonly looked?: (keys: number) => void } = {},
): AsyncGenerator<KeyBatch, void, undefined> {
  for (const { database } of await listDatabases(link)) {
    await link.select(database);
    let cursor = "0";
    let keys: Buffer[] = [];
    do {
      if (options.signal !== undefined) throwIfInterrupted(options.signal);
      const [next, found] = listOf(
        await link.ask(["SCAN", cursor, "MATCH", `${escapeGlob(prefix)}*`, "COUNT", String(looked)]),
        "SCAN",
      );
      options.looked?.(looked);
      cursor = textOf(next, "SCAN");
      for (const key of listOf(found, "SCAN")) keys.push(bytesOf(key, "SCAN"));
      if (keys.length >= batched || (cursor === "0" && keys.length > 0)) {
        yield { database, keys };
        keys = [];
        await link.select(database);
      }
    } while (cursor !== "0");
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
