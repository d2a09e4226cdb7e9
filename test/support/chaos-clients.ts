import { setTimeout as delay } from "node:timers/promises";
import { parse, query } from "../../src/wire/postgres/write-client.ts";
import type { Told } from "./chaos-judge.ts";
import { rawClient, typesSince } from "./raw-postgres.ts";
import type { RawClient } from "./raw-postgres.ts";

/** What is there to be destroyed, each once. */
export interface Supplies {
  readonly roles: string[];
  readonly databases: string[];
  readonly schemas: string[];
}

export interface Clients {
  /** No new turns; resolves when every turn has ended. */
  end(): Promise<void>;
  /** How turns ended: `answered`, `refused` (an error), `closed`, `unreached`; by what they were. */
  readonly ends: readonly string[];
  /** Turns that came to no end. */
  readonly hung: readonly string[];
  /** Of what was to be destroyed, where the answer came. */
  readonly told: readonly Told[];
}

/** What takes longer hangs: a cable is never out for so long, and TCP asks again within seconds. */
export const longestTurnMs = 60_000;

export type Random = () => number;

/** Mulberry32: numbers from 0 to 1, the same ones from the same seed. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5, type, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const sync = message("S", Buffer.alloc(0));
/** Of a statement, without Sync. */
export const bindAndExecute = (name: string): Buffer =>
  Buffer.concat([
    message("B", Buffer.from(`\0${name}\0\0\0\0\0\0\0`, "latin1")),
    message("E", Buffer.from("\0\0\0\0\0", "latin1")),
  ]);

/** Sends what asks for so many ReadyForQuery, and waits for them. */
async function ask(client: RawClient, count: number, ...bytes: readonly Uint8Array[]): Promise<void> {
  const before = client.answers.filter(({ type }) => type === "Z").length;
  client.send(Buffer.concat(bytes));
  await client.ready(before + count);
}

/** Acts, and answers what it was told of what it was to destroy. */
type Turn = (client: RawClient, tag: string) => Promise<readonly Told[]>;

const simple =
  (...texts: readonly string[]): Turn =>
  async (client) => {
    for (const text of texts) await ask(client, 1, query(text));
    return [];
  };

/** Makes something, and then destroys it in one transaction or none: any error is that of all. */
const destroying =
  (kind: string, make: (name: string) => readonly string[], destroy: (name: string) => readonly string[]) =>
  async (client: RawClient, name: string): Promise<readonly Told[]> => {
    for (const text of make(name)) await ask(client, 1, query(text));
    const from = client.answers.length;
    const texts = destroy(name);
    for (const text of texts) await ask(client, 1, query(text));
    const errors = client.answers.slice(from).filter(({ type }) => type === "E");
    if (errors.some(({ body }) => body.includes("whether it was done is not known"))) return [];
    const isDone = errors.length === 0 && texts.at(-1) !== "rollback";
    return [{ kind, name, end: isDone ? "done" : "not done" }];
  };

const table = (name: string): readonly string[] => [`create table ${name} (id int)`];

function turnsOf(supplies: Supplies): Readonly<Record<string, Turn>> {
  const next =
    (kind: string, names: string[]): Turn =>
    async (client) => {
      const name = names.shift();
      if (name === undefined) return await simple("select 1")(client, "");
      return await destroying(
        kind,
        () => [],
        () => [`drop ${kind} ${name}`],
      )(client, name);
    };
  return {
    select: simple("select count(*), 'DROP TABLE nothing' from generate_series(1, 2000)"),
    transaction: simple("begin", "insert into load values (1)", "savepoint a", "select 1", "commit"),
    copy: async (client) => {
      const rows = message("d", Buffer.from("7\n".repeat(500)));
      await ask(client, 1, query("copy load from stdin"), rows, rows, message("c", Buffer.alloc(0)));
      return [];
    },
    prepared: async (client) => {
      await ask(client, 1, parse("", "select 1"), bindAndExecute(""), bindAndExecute(""), sync);
      return [];
    },
    audited: destroying("table", table, (name) => [`drop table ${name}`]),
    truncated: destroying("truncate", table, (name) => [`truncate ${name}`]),
    "truncation rolled back": destroying("truncate", table, (name) => [
      "begin",
      `truncate ${name}`,
      "rollback",
    ]),
    "rolled back": destroying("table", table, (name) => ["begin", `drop table ${name}`, "rollback"]),
    committed: destroying("table", table, (name) => ["begin", `drop table ${name}`, "select 1", "commit"]),
    pipelined: async (client, name) => {
      await ask(client, 1, query(`create table ${name} (id int)`));
      const from = client.answers.length;
      const drop = [parse("", `drop table ${name}`), bindAndExecute(""), sync];
      await ask(client, 2, parse("", "select 2"), bindAndExecute(""), sync, ...drop);
      return [{ kind: "table", name, end: typesSince(client, from).includes("E") ? "not done" : "done" }];
    },
    held: next("role", supplies.roles),
    fenced: next("database", supplies.databases),
    denied: next("schema", supplies.schemas),
  };
}

/** So many clients at once at random turns, each of them on one connection as long as that stands; some go away in the middle of a turn. */
export function startClients(
  place: { readonly host: string; readonly port: number },
  count: number,
  name: string,
  random: Random,
  supplies: Supplies,
): Clients {
  const [ends, hung]: [string[], string[]] = [[], []];
  const told: Told[] = [];
  const turns = Object.entries(turnsOf(supplies));
  let isOver = false;
  const lane = async (nth: number): Promise<void> => {
    for (let turn = 0; !isOver;) {
      const session = { user: "app", database: "shop", application_name: "chaos" };
      const client = await inTime(rawClient(place, session), `${name}: connecting`, hung);
      if (client === null) {
        ends.push("connect unreached");
        await delay(100);
        continue;
      }
      await using _open = client;
      const longest = 1 + Math.floor(random() * 12);
      for (let each = 0; each < longest && !isOver; each++) {
        const [what, act] = turns[Math.floor(random() * turns.length)]!;
        const from = client.answers.length;
        const acting = act(client, `t_${name}_${nth}_${++turn}`);
        acting.catch(() => undefined);
        // Who goes away in the middle waits for nothing.
        if (random() < 0.04) {
          await delay(random() * 20);
          client.socket.destroy();
        }
        const end = await inTime(acting, `${name}: ${what}`, hung);
        const isRefused = typesSince(client, from).includes("E");
        ends.push(`${what} ${end === null ? "closed" : isRefused ? "refused" : "answered"}`);
        if (end === null) break;
        told.push(...end);
      }
    }
  };
  const lanes = Promise.all(Array.from({ length: count }, (_, nth) => lane(nth)));
  lanes.catch(() => undefined);
  return {
    ends,
    hung,
    told,
    async end() {
      isOver = true;
      await lanes;
    },
  };
}

/** Connections that do nothing, until they are asked how they are: each `answered`, `closed` or `hung`. */
export async function idleClients(
  place: { readonly host: string; readonly port: number },
  count: number,
): Promise<AsyncDisposable & { ends(): Promise<readonly string[]> }> {
  await using stack = new AsyncDisposableStack();
  const session = { user: "app", database: "shop", application_name: "chaos" };
  const open = Array.from({ length: count }, async () => stack.use(await rawClient(place, session)));
  const clients = await Promise.all(open);
  const kept = stack.move();
  return {
    ends: () =>
      Promise.all(
        clients.map(async (client) => {
          const hung: string[] = [];
          const asking = ask(client, 1, query("select 1")).then(() => "answered");
          const end = await inTime(asking, "hung", hung);
          return end ?? hung[0] ?? "closed";
        }),
      ),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What it comes to; null where it failed, which is an end, too. What comes to no end is noted. */
async function inTime<T>(doing: Promise<T>, what: string, hung: string[]): Promise<T | null> {
  const over = new AbortController();
  const late = delay(longestTurnMs, "late" as const, { signal: over.signal }).catch(() => null);
  const result = await Promise.race([doing.catch(() => null), late]);
  over.abort();
  if (result !== "late") return result;
  hung.push(what);
  return null;
}
