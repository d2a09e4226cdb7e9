import { describe, expect, test } from "bun:test";
import { InterruptedError } from "../../src/errors.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { Session } from "../../src/postgres/connect.ts";
import { copyOut, readCopy } from "../../src/postgres/copy-text.ts";
import type { CopySink } from "../../src/postgres/copy-text.ts";
import { resolveSettings } from "../../src/postgres/settings.ts";
import { startTcpCluster, tcpPassword } from "../support/tcp-cluster.ts";

const tcp = await startTcpCluster();
const options = { applicationName: "read-copy" };

async function isAlive(session: Session): Promise<boolean> {
  const [row] = await session.sql`select 1 as one`;
  return row?.["one"] === 1;
}

const series = (rows: number): string =>
  `copy (select g, repeat('x', 90) from generate_series(1, ${rows}) g) to stdout`;

async function openBy(way: string): Promise<Session> {
  if (way === "socket") return await connect(tcp.cluster.settings, options);
  const url = `postgres://scram_user@localhost:${tcp.port}/postgres?sslmode=require`;
  return await connect(
    await resolveSettings(url, { HOME: "/nonexistent", PGPASSWORD: tcpPassword }),
    options,
  );
}

describe.each(["socket", "TLS"])("readCopy over %s", (way) => {
  interface Received {
    readonly bytes: Buffer;
    /** How many bytes had been shown at the end of each chunk. */
    readonly sizes: readonly number[];
  }

  async function received(session: Session, statement: string, signal?: AbortSignal): Promise<Received> {
    const all: Uint8Array[] = [];
    const sizes: number[] = [];
    let size = 0;
    const sink: CopySink = {
      onData(chunk, from, to) {
        all.push(chunk.slice(from, to));
        size += to - from;
      },
      onReceived: () => void sizes.push(size),
    };
    await readCopy(session, statement, sink, signal, "reading");
    return { bytes: Buffer.concat(all), sizes };
  }

  test("nothing, rows, binary rows, twenty statements in turn", async () => {
    await using session = await openBy(way);
    expect((await received(session, "copy (select 1 where false) to stdout")).bytes).toEqual(Buffer.alloc(0));
    const { bytes } = await received(session, "copy (values ('a', 1), (null, 2)) to stdout");
    expect(bytes.toString()).toBe("a\t1\n\\N\t2\n");
    expect((await received(session, "copy (values (1)) to stdout (format binary)")).bytes.length).toBe(31);
    for (let time = 0; time < 20; time += 1) {
      const { sizes } = await received(session, series(20_000));
      expect(sizes.at(-1)).toBe(1_928_894);
      expect(sizes.length).toBeGreaterThan(1);
    }
    expect(await isAlive(session)).toBe(true);
  });

  test("the same bytes as copyOut, with a row of many megabytes", async () => {
    await using session = await openBy(way);
    const statement =
      "copy (select g, repeat('y', g) from generate_series(1, 20000000, 9999999) g) to stdout";
    const { bytes } = await received(session, statement);
    const chunks: Uint8Array[] = [];
    for await (const chunk of copyOut(session, statement)) chunks.push(chunk);
    expect(bytes.length).toBeGreaterThan(10_000_000);
    expect(bytes.equals(Buffer.concat(chunks))).toBe(true);
  });

  test("what the sink throws cancels the statement and is thrown, once", async () => {
    await using session = await openBy(way);
    for (const thrower of ["onData", "onReceived"] as const) {
      const refusal = new RangeError(`${thrower} had enough`);
      let calls = 0;
      const sink: CopySink = { onData: () => undefined, onReceived: () => undefined };
      sink[thrower] = () => {
        calls += 1;
        throw refusal;
      };
      const reading = readCopy(session, "copy (select generate_series(1, 1000000000)) to stdout", sink);
      expect(await reading.catch((error: unknown) => error)).toBe(refusal);
      expect(calls).toBe(1);
      expect(await isAlive(session)).toBe(true);
    }
  });

  test("an error at once, and one in the middle", async () => {
    await using session = await openBy(way);
    for (const statement of [
      "copy nowhere to stdout",
      "copy (select 1 / (5000 - g) from generate_series(1, 9000) g) to stdout",
    ]) {
      const failure = await received(session, statement).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "server-error" });
      expect(String(failure)).toContain("reading");
    }
    expect((await received(session, "select 1")).bytes).toEqual(Buffer.alloc(0));
    expect(await isAlive(session)).toBe(true);
  });

  test("the signal ends it: before, while it waits, while it reads", async () => {
    await using session = await openBy(way);
    const interrupted = async (statement: string, stop: AbortController): Promise<unknown> =>
      await received(session, statement, stop.signal).catch((error: unknown) => error);
    const aborted = new AbortController();
    aborted.abort();
    expect(await interrupted(series(1), aborted)).toBeInstanceOf(InterruptedError);

    const stop = new AbortController();
    const waiting = interrupted("copy (select pg_sleep(61)) to stdout", stop);
    await using watcher = await connect(tcp.cluster.settings, options);
    const count = async (): Promise<number> =>
      (
        await watcher.sql`select from pg_stat_activity where query like 'copy (select pg_sleep(61%' and state = 'active'`
      ).length;
    while ((await count()) === 0) await Bun.sleep(1);
    stop.abort();
    expect(await waiting).toBeInstanceOf(InterruptedError);
    expect(await count()).toBe(0);

    const inside = new AbortController();
    const sink: CopySink = { onData: () => inside.abort(), onReceived: () => undefined };
    const statement = "copy (select generate_series(1, 1000000000)) to stdout";
    expect(
      await readCopy(session, statement, sink, inside.signal).catch((error: unknown) => error),
    ).toBeInstanceOf(InterruptedError);
    expect(await isAlive(session)).toBe(true);
  });

  test("a lost connection", async () => {
    await using session = await openBy(way);
    const [row] = await session.sql`select pg_backend_pid() as pid`;
    await using watcher = await connect(tcp.cluster.settings, options);
    let isAsked = false;
    const sink: CopySink = {
      onData: () => undefined,
      onReceived() {
        if (!isAsked) void watcher.sql`select pg_terminate_backend(${row?.["pid"]})`.execute();
        isAsked = true;
      },
    };
    const reading = readCopy(session, "copy (select generate_series(1, 1000000000)) to stdout", sink);
    expect(await reading.catch((error: unknown) => error)).toMatchObject({ code: "connection-lost" });
  });
});
