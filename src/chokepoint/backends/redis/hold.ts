import { randomUUID } from "node:crypto";
import { OpsError } from "../../../errors.ts";
import type { Resource } from "../../resource.ts";
import type { Address } from "../../addresses/redis.ts";
import { lockKey, requirePlainId } from "./key-names.ts";
import { openLink } from "./link.ts";
import type { Link } from "./link.ts";
import { partsOf } from "./marks.ts";
import { textOf } from "./replies.ts";

/** What a drop acts through: connections that bear its name, and the locks of the resource's parts. */
export interface Hold extends AsyncDisposable {
  /** In custody's own database, always: marks and users. */
  readonly control: Link;
  /** In whatever database is worked on. */
  readonly work: Link;
  readonly lost: AbortSignal;
}

/** How long a lock lives that nobody renews. */
const lockMs = 30_000;
const renewMs = 8000;
/** A renewal that has no answer by then is none: the lock still has time to live when `lost` fires. */
const renewDeadlineMs = 10_000;

/**
 * Ends the connections of whoever else bears `custody:<drop_id>` and takes a lock on every part. Redis has no lock that ends with a
 * connection: these are keys that expire, which an instance that slept may outlive. What stops that instance is the end of its
 * connections, which are never opened anew, and the epoch of the ledger. Throws `state-in-use` where another drop has a lock.
 */
export async function holdResource(address: Address, dropId: string, resource: Resource): Promise<Hold> {
  requirePlainId(dropId);
  await using links = new AsyncDisposableStack();
  const name = `custody:${dropId}`;
  const lock = links.use(await openLink(address, name));
  const control = links.use(await openLink(address, name));
  const work = links.use(await openLink(address, name));
  const value = `${dropId} ${randomUUID()}`;
  await endRivals(lock, name, new Set([lock.id, control.id, work.id]));
  const keys = partsOf(resource)
    .map((each) => lockKey(each.part, each.name))
    .sort();
  for (const key of keys) {
    links.defer(() => release(lock, key, value));
    await take(lock, key, value, dropId);
  }
  const lost = new AbortController();
  const end = (): void => {
    lost.abort();
    void control[Symbol.asyncDispose]();
    void work[Symbol.asyncDispose]();
  };
  for (const link of [lock, control, work]) link.closed.addEventListener("abort", end, { once: true });
  links.use(keepRenewing(lock, keys, value, end));
  const held = links.move();
  return { control, work, lost: lost.signal, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Rivals that come again and again are instances that end ours too. */
const rounds = 100;

async function endRivals(link: Link, name: string, own: ReadonlySet<number>): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const rivals = await listRivals(link, name, own);
    if (rivals.length === 0) return;
    // No such client: it is gone by itself.
    await link.askAll(rivals.map((id) => ["CLIENT", "KILL", "ID", String(id)]));
  }
  throw new OpsError(
    "state-in-use",
    `another instance works as ${name} and does not stop`,
    "see which: CLIENT LIST",
  );
}

async function listRivals(link: Link, name: string, own: ReadonlySet<number>): Promise<readonly number[]> {
  const lines = textOf(await link.ask(["CLIENT", "LIST"]), "CLIENT LIST").split("\n");
  return lines
    .filter((line) => / name=(\S*)/.exec(line)?.[1] === name)
    .map((line) => Number(/^id=(\d+)/.exec(line)?.[1]))
    .filter((id) => !own.has(id));
}

/** A lock of the same drop was a rival's, whose connections are ended. */
async function take(link: Link, key: string, value: string, dropId: string): Promise<void> {
  if ((await link.ask(["SET", key, value, "NX", "PX", String(lockMs)])) === "OK") return;
  const isOurs = await swap(link, key, (holder) => holder.startsWith(`${dropId} `), [
    ["SET", key, value, "PX", String(lockMs)],
  ]);
  if (isOurs) return;
  // It may have gone in this moment.
  if ((await link.ask(["SET", key, value, "NX", "PX", String(lockMs)])) === "OK") return;
  throw new OpsError(
    "state-in-use",
    `another drop holds ${key.slice("custody_lock:".length)} on the target`,
    `wait for it; a lock whose owner died is free after ${lockMs / 1000} s`,
  );
}

/** Runs the commands only where the lock is as expected, in one transaction with that. */
async function swap(
  link: Link,
  key: string,
  isExpected: (holder: string) => boolean,
  commands: readonly (readonly string[])[],
): Promise<boolean> {
  await link.ask(["WATCH", key], { deadlineMs: renewDeadlineMs });
  const holder = await link.ask(["GET", key], { deadlineMs: renewDeadlineMs });
  if (holder === null || !isExpected(textOf(holder, "GET"))) {
    await link.ask(["UNWATCH"], { deadlineMs: renewDeadlineMs });
    return false;
  }
  return (await link.transact(commands)) !== null;
}

async function release(link: Link, key: string, value: string): Promise<void> {
  if (link.closed.aborted) return;
  // A lock that cannot be given back goes by itself.
  await swap(link, key, (holder) => holder === value, [["UNLINK", key]]).catch(() => undefined);
}

function keepRenewing(link: Link, keys: readonly string[], value: string, lose: () => void): AsyncDisposable {
  let isOver = false;
  let running: Promise<void> = Promise.resolve();
  const renew = async (): Promise<void> => {
    for (const key of keys) {
      if (isOver) return;
      const isHeld = await swap(link, key, (holder) => holder === value, [["PEXPIRE", key, String(lockMs)]]);
      if (!isHeld) lose();
    }
  };
  const timer = setInterval(() => {
    running = running.then(renew).catch(lose);
  }, renewMs);
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      clearInterval(timer);
      await running;
    },
  };
}
