import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { readArchiveContents, readArchiveTable } from "../../../src/backup/archive/contents.ts";
import { openArchive } from "../../../src/backup/archive/open.ts";
import type { ColumnTypes } from "../../../src/backup/archive/normalise-fields.ts";
import { createContentDigest } from "../../../src/backup/content-digest.ts";
import type { TableContent } from "../../../src/backup/fingerprint.ts";
import { pinnedSettings } from "../../../src/backup/pinned-settings.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { copyOut } from "../../../src/postgres/copy-text.ts";
import type { ConnectionSettings } from "../../../src/postgres/settings.ts";
import { freshDatabase, startTestCluster, testTools } from "../../support/cluster.ts";
import { archiveFolder, fill, kinds, makeArchive, smallSchema } from "./make-archives.ts";

setDefaultTimeout(60_000);
const cluster = await startTestCluster();
const tools = await testTools();
const folder = await archiveFolder();
const source = await freshDatabase(cluster, { name: "source" });
await fill(source.settings, smallSchema);
afterAll(() => folder[Symbol.asyncDispose]());
const from = { tools, settings: source.settings, folder };
const options = { installation: tools, env: process.env };

/** What the server itself says about a table. */
async function tableOf(
  settings: ConnectionSettings,
  table: string,
  columns: readonly string[],
  list: string,
): Promise<TableContent> {
  await using session = await connect(settings, { applicationName: "test", parameters: pinnedSettings });
  const digest = createContentDigest();
  for await (const chunk of copyOut(session, `copy ${table} ${list} to stdout`)) digest.push(chunk);
  return { table, columns, ...digest.finish() };
}

const orderColumns = ["id", "note", "m", "at", "tags", "raw", "n"];

describe.each(kinds)("%s", (kind) => {
  test("gives the digests that the source gives", async () => {
    const archive = await openArchive(await makeArchive(kind, from));
    const seen: number[] = [];
    const contents = await readArchiveContents(archive, {
      ...options,
      onProgress: (bytes) => void seen.push(bytes),
    });
    const byTable = new Map(contents.tables.map((table) => [table.table, table]));
    expect(byTable.get("app.orders")).toEqual(await tableOf(source.settings, "app.orders", orderColumns, ""));
    expect(byTable.get("app.part1")).toEqual(await tableOf(source.settings, "app.part1", ["id", "at"], ""));
    expect([...byTable.keys()].toSorted()).toEqual([
      "app.orders",
      "app.part1",
      'public."Weird ""name""; x"',
      "public.empty",
    ]);
    expect(byTable.get("public.empty")).toMatchObject({ columns: [], rows: 0 });
    expect(contents.sequences).toEqual([
      { sequence: "app.orders_id_seq", lastValue: "504", isCalled: true },
      { sequence: "public.counter", lastValue: "42", isCalled: false },
    ]);
    const hash = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
    expect(contents.largeObjects).toEqual([
      { oid: 12345, bytes: 5, digest: hash(Buffer.from("00ff5c78de", "hex")) },
      { oid: 12346, bytes: 60_000, digest: hash(Buffer.from("abc".repeat(20_000))) },
      { oid: 12347, bytes: 0, digest: hash(Buffer.alloc(0)) },
    ]);
    expect(contents).toMatchObject({ undigested: [], failures: [], encoding: "UTF8" });
    expect(seen.at(-1)).toBeGreaterThan(100_000);
  });

  test("gives the rows of one table", async () => {
    const archive = await openArchive(await makeArchive(kind, from));
    const digest = createContentDigest();
    for await (const rows of readArchiveTable(archive, { schema: "app", name: "orders" }, options))
      digest.push(rows);
    expect<TableContent>({ table: "app.orders", columns: orderColumns, ...digest.finish() }).toEqual(
      await tableOf(source.settings, "app.orders", orderColumns, ""),
    );
  });
});

describe("archives of another kind", () => {
  test("INSERT statements are named, not digested", async () => {
    const archive = await openArchive(await makeArchive("custom", from, ["--column-inserts"]));
    const contents = await readArchiveContents(archive, options);
    expect(contents.tables).toEqual([]);
    expect(contents.undigested.map(({ table }) => table).toSorted()).toEqual([
      "app.orders",
      "app.part1",
      'public."Weird ""name""; x"',
    ]);
    expect(contents.largeObjects).toHaveLength(3);
  });

  test("rows that are loaded through a partition root are those of the partition", async () => {
    const archive = await openArchive(await makeArchive("plain", from, ["--load-via-partition-root"]));
    const { tables } = await readArchiveContents(archive, options);
    expect(tables.find(({ table }) => table === "app.part1")).toEqual(
      await tableOf(source.settings, "app.part1", ["id", "at"], ""),
    );
  });

  test.each(["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Europe/London", "Africa/Monrovia"])(
    "a dump in %s gives the digests of one in UTC",
    async (zone) => {
      await using other = await freshDatabase(cluster);
      await fill(
        other.settings,
        `create table public.times (a timestamptz, b timestamptz[], c tstzrange, d tstzmultirange, e timestamptz(0), f timetz, g text);
       insert into public.times select t, array[t, null, 'infinity', t - interval '3000 years'], tstzrange(t, t + interval '1 hour'), tstzmultirange(tstzrange(t, null)),
         t, t::timetz, t::text || e'\\t2026-01-01 00:00:00+01\\\\' from (select '0030-01-01 10:20:30.25 BC'::timestamptz + i * interval '13 days 7 hours 3 seconds 10 microseconds' as t from generate_series(0, 60000, 7) i) as s;
       insert into public.times values (null, '{}', 'empty', '{}', '-infinity', null, null), ('294276-12-31 23:59:59 UTC', null, null, null, '4713-01-02 BC', null, null);`,
      );
      const types: ColumnTypes = new Map([
        [
          "public.times",
          new Map([
            ["a", "timestamp with time zone"],
            ["b", "timestamp with time zone[]"],
            ["c", "tstzrange"],
            ["d", "tstzmultirange"],
            ["e", "timestamp(0) with time zone"],
            ["f", "time with time zone"],
            ["g", "text"],
          ]),
        ],
      ]);
      const archive = await openArchive(
        await makeArchive("custom", { ...from, settings: other.settings }, [], { PGTZ: zone }),
      );
      const expected = await tableOf(other.settings, "public.times", ["a", "b", "c", "d", "e", "f", "g"], "");
      const { tables } = await readArchiveContents(archive, { ...options, columnTypes: types });
      expect(tables).toEqual([expected]);
      const raw = await readArchiveContents(archive, options);
      expect(raw.tables[0]?.digest).not.toBe(expected.digest);
    },
  );

  test("bytea in its escape form gives the digest of hex", async () => {
    await using other = await freshDatabase(cluster);
    await fill(
      other.settings,
      `create table public.raw (a bytea, b text); insert into public.raw select decode(md5(i::text), 'hex') || '\\x005c09270a0d08'::bytea, 'x' from generate_series(1, 300) i;
       insert into public.raw values ('', ''), (null, null), ('\\x5c5c78', 'y'), ('\\x5c78', 'y'), ('\\x00', 'z')`,
    );
    const archive = await openArchive(
      await makeArchive("plain", { ...from, settings: other.settings }, [], {
        PGTZ: "UTC",
        PGOPTIONS: "-c bytea_output=escape",
      }),
    );
    const columnTypes: ColumnTypes = new Map([["public.raw", new Map([["a", "bytea"]])]]);
    const { tables } = await readArchiveContents(archive, { ...options, columnTypes });
    expect(tables).toEqual([await tableOf(other.settings, "public.raw", ["a", "b"], "")]);
  });

  test("a LATIN1 database keeps its bytes", async () => {
    await using session = await connect(cluster.settings, { applicationName: "test" });
    await session.sql.unsafe("create database latin encoding 'LATIN1' locale 'C' template template0");
    const settings = { ...cluster.settings, database: "latin" };
    await fill(settings, "create table public.t (a text); insert into public.t values ('é')");
    const archive = await openArchive(await makeArchive("custom", { ...from, settings }));
    const contents = await readArchiveContents(archive, options);
    expect(contents.encoding).toBe("LATIN1");
    expect(contents.tables[0]).toMatchObject({ rows: 1, bytes: 2 });
  });

  test("an interrupted reading ends with InterruptedError", async () => {
    const archive = await openArchive(await makeArchive("custom", from));
    const stop = new AbortController();
    const reading = readArchiveContents(archive, {
      ...options,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(reading).rejects.toThrow("interrupted");
  });

  test("a pg_restore that is too old is named before it is started", async () => {
    const archive = { ...(await openArchive(await makeArchive("custom", from))), archiveVersion: "1.16" };
    await expect(readArchiveContents(archive, options)).rejects.toMatchObject({ code: "tool-missing" });
  });
});
