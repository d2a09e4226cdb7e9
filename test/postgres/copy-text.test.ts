import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { InterruptedError } from "../../src/errors.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { Session } from "../../src/postgres/connect.ts";
import { createCopyDecoder } from "../../src/postgres/copy-decoder.ts";
import { copyOut } from "../../src/postgres/copy-text.ts";
import { resolveSettings } from "../../src/postgres/settings.ts";
import { startTcpCluster, tcpPassword } from "../support/tcp-cluster.ts";

function message(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

describe("createCopyDecoder", () => {
  const rows = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });

  test("gives the data, wherever the stream is cut", () => {
    fc.assert(
      fc.property(rows, fc.array(fc.nat(60), { minLength: 1, maxLength: 40 }), (data, cuts) => {
        const stream = Buffer.concat([
          message("H", Buffer.from([0, 0, 0])),
          ...data.flatMap((row) => [message("d", row), message("S", Buffer.from("k\0v\0"))]),
          message("c", Buffer.alloc(0)),
          message("C", Buffer.from(`COPY ${data.length}\0`)),
          message("Z", Buffer.from("I")),
        ]);
        const out: Uint8Array[] = [];
        const decoder = createCopyDecoder((chunk, from, to) => out.push(chunk.slice(from, to)));
        for (let at = 0, cut = 0; at < stream.length; cut += 1) {
          const size = 1 + (cuts[cut % cuts.length] ?? 0);
          decoder.push(stream.subarray(at, at + size));
          at += size;
          expect(decoder.isReady()).toBe(at >= stream.length);
        }
        expect(Buffer.concat(out).equals(Buffer.concat(data))).toBe(true);
        expect(decoder.failure()).toBeUndefined();
        expect(decoder.rows()).toBe(data.length);
      }),
    );
  });

  test("keeps the first report of a failure, byte by byte", () => {
    const decoder = createCopyDecoder(() => undefined);
    const report = Buffer.from("SFEHLER\0VERROR\0C42501\0Mno\0\0");
    const stream = Buffer.concat([message("E", report), message("Z", Buffer.from("E"))]);
    for (const byte of stream) decoder.push(Buffer.from([byte]));
    expect(decoder.isReady()).toBe(true);
    expect(decoder.failure()).toMatchObject({ severity: "ERROR", code: "42501", message: "no" });
  });
});

const tcp = await startTcpCluster();
const options = { applicationName: "copy" };

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function isAlive(session: Session): Promise<boolean> {
  const [row] = await session.sql`select 1 as one`;
  return row?.["one"] === 1;
}

const series = (rows: number): string =>
  `copy (select g, repeat('x', 90) from generate_series(1, ${rows}) g) to stdout`;

describe.each(["socket", "TLS"])("copyOut over %s", (way) => {
  async function open(): Promise<Session> {
    if (way === "socket") return await connect(tcp.cluster.settings, options);
    const url = `postgres://scram_user@localhost:${tcp.port}/postgres?sslmode=require`;
    return await connect(
      await resolveSettings(url, { HOME: "/nonexistent", PGPASSWORD: tcpPassword }),
      options,
    );
  }

  test("reads text and binary, nothing and much, again and again in one session", async () => {
    await using session = await open();
    expect(await bytesOf(copyOut(session, "copy (select 1 where false) to stdout"))).toEqual(Buffer.alloc(0));
    expect((await bytesOf(copyOut(session, "copy (values ('a', 1), (null, 2)) to stdout"))).toString()).toBe(
      "a\t1\n\\N\t2\n",
    );
    const binary = await bytesOf(copyOut(session, "copy (values (1)) to stdout (format binary)"));
    expect(binary.subarray(0, 6).toString("latin1")).toBe("PGCOPY");
    for (let time = 0; time < 20; time += 1) {
      expect((await bytesOf(copyOut(session, series(20_000)))).length).toBe(1_928_894);
    }
    expect(await isAlive(session)).toBe(true);
  });

  test("a row of many megabytes", async () => {
    await using session = await open();
    const bytes = await bytesOf(copyOut(session, "copy (select repeat('y', 30000000)) to stdout"));
    expect(bytes.length).toBe(30_000_001);
    expect(bytes.every((byte, index) => byte === (index === 30_000_000 ? 10 : 121))).toBe(true);
  });

  test("leaving early cancels the statement; the session goes on", async () => {
    await using session = await open();
    for await (const chunk of copyOut(session, "copy (select generate_series(1, 1000000000)) to stdout")) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(await isAlive(session)).toBe(true);
  });

  test("an error at once, and one in the middle", async () => {
    await using session = await open();
    const codeOf = async (statement: string): Promise<unknown> =>
      await bytesOf(copyOut(session, statement, undefined, "reading")).catch((error: unknown) => error);
    expect(await codeOf("copy nowhere to stdout")).toMatchObject({ code: "server-error" });
    expect(
      await codeOf("copy (select 1 / (5000 - g) from generate_series(1, 9000) g) to stdout"),
    ).toMatchObject({
      code: "server-error",
    });
    expect(await codeOf("select 1")).toEqual(Buffer.alloc(0));
    expect(await isAlive(session)).toBe(true);
  });

  test("the signal ends it", async () => {
    await using session = await open();
    const stop = new AbortController();
    const reading = bytesOf(copyOut(session, "copy (select pg_sleep(60)) to stdout", stop.signal)).catch(
      (error: unknown) => error,
    );
    await using watcher = await connect(tcp.cluster.settings, options);
    const count = async (): Promise<number> =>
      (
        await watcher.sql`select from pg_stat_activity where query like 'copy (select pg_sleep%' and state = 'active'`
      ).length;
    while ((await count()) === 0) await Bun.sleep(1);
    stop.abort();
    expect(await reading).toBeInstanceOf(InterruptedError);
    expect(await count()).toBe(0);
    expect(await isAlive(session)).toBe(true);
  });

  test("a lost connection", async () => {
    await using session = await open();
    const [row] = await session.sql`select pg_backend_pid() as pid`;
    const reading = bytesOf(copyOut(session, "copy (select pg_sleep(60)) to stdout")).catch(
      (error: unknown) => error,
    );
    await using watcher = await connect(tcp.cluster.settings, options);
    const active = async (): Promise<number> =>
      (
        await watcher.sql`select from pg_stat_activity where pid = ${row?.["pid"]} and query like 'copy%' and state = 'active'`
      ).length;
    while ((await active()) === 0) await Bun.sleep(1);
    await watcher.sql`select pg_terminate_backend(${row?.["pid"]})`;
    expect(await reading).toMatchObject({ code: "connection-lost" });
  });

  test("a slow reader makes the server wait", async () => {
    await using session = await open();
    const [row] = await session.sql`select pg_backend_pid() as pid`;
    await using watcher = await connect(tcp.cluster.settings, options);
    const isWaiting = async (): Promise<boolean> =>
      (
        await watcher.sql`select from pg_stat_activity where pid = ${row?.["pid"]} and wait_event = 'ClientWrite'`
      ).length > 0;
    let bytes = 0;
    for await (const chunk of copyOut(session, series(1_000_000))) {
      if (bytes === 0) while (!(await isWaiting())) await Bun.sleep(1);
      bytes += chunk.length;
    }
    expect(bytes).toBe(97_888_896);
  });

  test("inside a transaction, in its snapshot", async () => {
    await using session = await open();
    await session.sql.unsafe("begin isolation level repeatable read read only");
    const [row] = await session.sql`select txid_current_snapshot()::text as snapshot`;
    const text = await bytesOf(copyOut(session, "copy (select txid_current_snapshot()::text) to stdout"));
    expect(text.toString().trim()).toBe(row?.["snapshot"]);
    await session.sql.unsafe("commit");
  });
});
