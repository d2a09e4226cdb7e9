import { createHash } from "node:crypto";
import { describe, expect, test } from "bun:test";
import { InterruptedError } from "../../src/errors.ts";
import { createContentDigest } from "../../src/backup/content-digest.ts";
import { inColumnOrderOf, listTables } from "../../src/backup/list-tables.ts";
import { pinSettings } from "../../src/backup/pinned-settings.ts";
import { readContents, serverEncoding } from "../../src/backup/read-contents.ts";
import type { ContentProgress } from "../../src/backup/read-contents.ts";
import { readLargeObjects, requireReadableLargeObjects } from "../../src/backup/read-large-objects.ts";
import { readSequences } from "../../src/backup/read-sequences.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { Session } from "../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { freshDatabase, run, startTestCluster } from "../support/cluster.ts";
import { startMergingProxy } from "../support/merging-proxy.ts";

const cluster = await startTestCluster(15);

async function open(settings: ConnectionSettings): Promise<Session> {
  const session = await connect(settings, { applicationName: "test" });
  await pinSettings(session);
  return session;
}

/** Makes what a test needs, in the schema public. */
async function make(session: Session, statements: string): Promise<void> {
  await session.sql.unsafe(`SET search_path = public; ${statements}; SET search_path = ''`);
}

async function readAll(session: Session): Promise<Record<string, readonly [rows: number, digest: string]>> {
  const { tables } = await listTables(session);
  const contents = await readContents([session], tables);
  return Object.fromEntries(contents.map(({ table, rows, digest }) => [table, [rows, digest]]));
}

function digestOf(...lines: readonly string[]): string {
  const digest = createContentDigest();
  digest.push(Buffer.from(lines.map((line) => `${line}\n`).join("")));
  return digest.finish().digest;
}

describe("the contents of tables", () => {
  test("are the same through something that cuts the server's messages anew", async () => {
    await using database = await freshDatabase(cluster);
    await using direct = await open(database.settings);
    await make(
      direct,
      "CREATE TABLE t AS SELECT n, repeat('x', n % 700) AS x FROM generate_series(1, 5001) n",
    );
    await using proxy = await startMergingProxy(database.settings);
    await using merged = await open(proxy.settings);
    const contents = await readAll(direct);
    expect(contents["public.t"]?.[0]).toBe(5001);
    expect(await readAll(merged)).toEqual(contents);
  });

  test("are what pg_dump would copy: stored columns, each table by itself, no rows of others", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await open(database.settings);
    await make(
      session,
      `CREATE TABLE parent (id integer, note text); CREATE TABLE child (extra integer) INHERITS (parent);
      INSERT INTO parent VALUES (1, E'tab\\there'), (2, NULL); INSERT INTO child VALUES (3, '', 9);
      CREATE TABLE part (id integer) PARTITION BY RANGE (id); CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (9);
      INSERT INTO part VALUES (5);
      CREATE TABLE generated (a integer, b integer GENERATED ALWAYS AS (a * 2) STORED); INSERT INTO generated VALUES (4);
      CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
      CREATE TABLE dropped (a integer, b integer); ALTER TABLE dropped DROP COLUMN a; INSERT INTO dropped VALUES (8);
      CREATE UNLOGGED TABLE unlogged AS SELECT 7 AS x; CREATE TABLE empty (x integer);
      CREATE TEMPORARY TABLE temporary (x integer); CREATE SCHEMA "A.b"; CREATE TABLE "A.b"."select" (x integer);
      CREATE VIEW v AS SELECT 1; CREATE MATERIALIZED VIEW m AS SELECT 1;`,
    );
    expect(await readAll(session)).toEqual({
      '"A.b".select': [0, digestOf()],
      "public.child": [1, digestOf("3\t\t9")],
      "public.dropped": [1, digestOf("8")],
      "public.empty": [0, digestOf()],
      "public.generated": [1, digestOf("4")],
      "public.nothing": [2, digestOf("", "")],
      "public.parent": [2, digestOf("2\t\\N", "1\ttab\\there")],
      "public.part_1": [1, digestOf("5")],
      "public.unlogged": [1, digestOf("7")],
    });
  });

  test("do not depend on the settings of the role", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await open(database.settings);
    await make(
      session,
      `CREATE TABLE t AS SELECT '2024-01-02 03:04:05.000006+00'::timestamptz AS at, 0.1::float8 + 0.2::float8 AS f,
      '\\x00'::bytea AS b, '1 day 02:03'::interval AS i, '12.34'::money AS m`,
    );
    const before = await readAll(session);
    await run(cluster, `ALTER DATABASE "${database.name}" SET TimeZone = 'Asia/Tokyo'`);
    await run(cluster, `ALTER DATABASE "${database.name}" SET DateStyle = 'German'`);
    await run(cluster, `ALTER DATABASE "${database.name}" SET extra_float_digits = -3`);
    await run(cluster, `ALTER DATABASE "${database.name}" SET bytea_output = 'escape'`);
    await run(cluster, `ALTER DATABASE "${database.name}" SET IntervalStyle = 'iso_8601'`);
    await using other = await open(database.settings);
    expect(await readAll(other)).toEqual(before);
  });

  test("are the same by several sessions of one snapshot, in the order of the tables, and show progress", async () => {
    await using database = await freshDatabase(cluster);
    await using first = await open(database.settings);
    await using second = await open(database.settings);
    for (let i = 0; i < 8; i++) {
      await make(
        first,
        `CREATE TABLE t${i} AS SELECT g, repeat('x', 100) AS x FROM generate_series(1, ${i * 500}) g`,
      );
    }
    const { tables } = await listTables(first);
    const alone = await readContents([first], tables);
    const seen: ContentProgress[] = [];
    const together = await readContents([first, second], tables, {
      onProgress: (progress) => seen.push(progress),
    });
    expect(together).toEqual(alone);
    expect(together.map(({ table }) => table)).toEqual(tables.map(({ table }) => table));
    expect(seen.at(-1)).toMatchObject({ tables: 8, totalTables: 8, rows: 14_000 });
    expect(seen.at(-1)?.diskBytes).toBe(seen.at(-1)?.totalDiskBytes);
    expect(seen.at(-1)?.bytes).toBe(alone.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  test("are read in the order of columns that they were read in before", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await open(database.settings);
    await make(session, "CREATE TABLE t (a integer, b integer); INSERT INTO t VALUES (1, 2)");
    const { tables } = await listTables(session);
    const [content] = await readContents(
      [session],
      inColumnOrderOf(tables, [{ table: "public.t", columns: ["b", "a"] }]),
    );
    expect(content).toMatchObject({ columns: ["b", "a"], digest: digestOf("2\t1") });
    expect(inColumnOrderOf(tables, [{ table: "public.t", columns: ["b", "c"] }])).toEqual(tables);
  });

  test("of extensions are those that it names as configuration, and of these the rows that are not its own", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await open(database.settings);
    await make(
      session,
      `CREATE EXTENSION citext; CREATE TABLE config (id integer); CREATE TABLE internal (id integer);
      INSERT INTO config VALUES (1), (2), (3); ALTER EXTENSION citext ADD TABLE config; ALTER EXTENSION citext ADD TABLE internal;
      UPDATE pg_extension SET extconfig = ARRAY['config'::regclass::oid], extcondition = ARRAY['WHERE id > 1'] WHERE extname = 'citext'`,
    );
    expect(await readAll(session)).toEqual({ "public.config": [2, digestOf("2", "3")] });
  });

  test("are in the encoding of the database, and the session is left in UTF-8", async () => {
    const name = "latin";
    await run(
      cluster,
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    await using session = await open({ ...cluster.settings, database: name });
    await make(session, "CREATE TABLE public.t AS SELECT 'grün' AS x");
    const digest = createContentDigest();
    digest.push(Buffer.from("grün\n", "latin1"));
    expect(await serverEncoding(session)).toBe("LATIN1");
    expect(await readAll(session)).toEqual({ "public.t": [1, digest.finish().digest] });
    const { tables } = await listTables(session);
    const [asUtf8] = await readContents([session], tables, { encoding: "UTF8" });
    expect(asUtf8?.digest).toBe(digestOf("grün"));
    expect((await session.sql.unsafe<{ x: string }[]>("SELECT x FROM public.t"))[0]?.x).toBe("grün");
  });
});

describe("tables that may not be read", () => {
  test("are named all at once, before anything is read", async () => {
    await using database = await freshDatabase(cluster);
    await using owner = await open(database.settings);
    await owner.sql.unsafe(`DROP ROLE IF EXISTS contents_reader; CREATE ROLE contents_reader LOGIN;
      CREATE TABLE public.open (x integer); GRANT SELECT ON public.open TO contents_reader;
      CREATE TABLE public.closed (x integer); CREATE TABLE public."also closed" (x integer);
      CREATE TABLE public.by_column (x integer, y integer GENERATED ALWAYS AS (1) STORED); GRANT SELECT (x) ON public.by_column TO contents_reader;
      CREATE TABLE public.filtered (x integer); GRANT SELECT ON public.filtered TO contents_reader;
      ALTER TABLE public.filtered ENABLE ROW LEVEL SECURITY;
      CREATE SCHEMA hidden; CREATE TABLE hidden.t (x integer); GRANT SELECT ON hidden.t TO contents_reader;
      SELECT lo_create(77), lo_create(78); GRANT SELECT ON LARGE OBJECT 78 TO contents_reader;
      CREATE SEQUENCE public.s; CREATE SEQUENCE public.readable; GRANT SELECT ON SEQUENCE public.readable TO contents_reader`);
    await using reader = await open({ ...database.settings, user: "contents_reader" });
    const refused = await listTables(reader).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "permission-denied",
      message:
        'the role contents_reader may not read hidden.t, public."also closed", public.closed, and is kept from rows by row level security in public.filtered',
    });
    expect(readSequences(reader)).rejects.toMatchObject({
      code: "permission-denied",
      message: "the role contents_reader may not read the sequences public.s",
    });
    expect(requireReadableLargeObjects(reader)).rejects.toMatchObject({
      code: "permission-denied",
      message: "the role contents_reader may not read the large objects 77",
    });
  });
});

describe("reading", () => {
  test("ends when it is interrupted, and the sessions live on", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await open(database.settings);
    await make(session, "CREATE TABLE public.t AS SELECT repeat('x', 1000) FROM generate_series(1, 50000)");
    const { tables } = await listTables(session);
    const abort = new AbortController();
    const reading = readContents([session], tables, {
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    expect(await reading.catch((error: unknown) => error)).toBeInstanceOf(InterruptedError);
    expect(await session.sql.unsafe("SELECT 1 AS one")).toMatchObject([{ one: 1 }]);
  });

  test("fails as a whole when one table fails", async () => {
    await using database = await freshDatabase(cluster);
    await using first = await open(database.settings);
    await using second = await open(database.settings);
    await make(
      first,
      "CREATE TABLE public.a (x integer); CREATE TABLE public.b (x integer); CREATE TABLE public.c (x integer)",
    );
    const { tables } = await listTables(first);
    await first.sql.unsafe("DROP TABLE public.b");
    expect(await readContents([first, second], tables).catch((error: unknown) => error)).toMatchObject({
      name: "OpsError",
    });
    expect(() => readContents([], tables)).toThrow(RangeError);
  });
});

test("sequences are read whatever their names and states", async () => {
  await using database = await freshDatabase(cluster);
  await using session = await open(database.settings);
  await session.sql
    .unsafe(`CREATE SEQUENCE public.unused START 7; CREATE SEQUENCE public."A b"; SELECT nextval('public."A b"');
    CREATE SEQUENCE public.low INCREMENT -1 MINVALUE -9223372036854775808; SELECT setval('public.low', -9223372036854775808);
    CREATE TABLE public.t (id integer GENERATED ALWAYS AS IDENTITY); INSERT INTO public.t DEFAULT VALUES`);
  expect(await readSequences(session)).toEqual([
    { sequence: 'public."A b"', lastValue: "1", isCalled: true },
    { sequence: "public.low", lastValue: "-9223372036854775808", isCalled: true },
    { sequence: "public.t_id_seq", lastValue: "1", isCalled: true },
    { sequence: "public.unused", lastValue: "7", isCalled: false },
  ]);
});

test("large objects are read whole, holes as zeros, in batches", async () => {
  await using database = await freshDatabase(cluster);
  await using session = await open(database.settings);
  await session.sql
    .unsafe(`SELECT lo_from_bytea(1, ''), lo_from_bytea(2, 'abc'), lo_create(3), lo_from_bytea(4, decode(repeat('00ff', 262144), 'hex'));
    SELECT lo_put(3, 600000, 'x'); SELECT lo_create(g) FROM generate_series(100, 170) g`);
  const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
  const found = await readLargeObjects(session);
  expect(found.slice(0, 4)).toEqual([
    { oid: 1, bytes: 0, digest: sha256(Buffer.alloc(0)) },
    { oid: 2, bytes: 3, digest: sha256(Buffer.from("abc")) },
    { oid: 3, bytes: 600_001, digest: sha256(Buffer.concat([Buffer.alloc(600_000), Buffer.from("x")])) },
    { oid: 4, bytes: 524_288, digest: sha256(Buffer.from("00ff".repeat(262_144), "hex")) },
  ]);
  expect(found).toHaveLength(75);
});
