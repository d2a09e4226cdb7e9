import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { openArchive } from "../../src/backup/archive/open.ts";
import { readArchiveContents } from "../../src/backup/archive/contents.ts";
import { dumpDatabase } from "../../src/backup/dump.ts";
import { restoreArchive, withoutStandIns } from "../../src/backup/restore.ts";
import type { RestoredDatabase, RestoreOptions } from "../../src/backup/restore.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { runTool } from "../../src/postgres/tool.ts";
import { freshDatabase, majors, startTestCluster, testTools } from "../support/cluster.ts";
import { archiveFolder, fill, kinds, makeArchive, smallSchema } from "./archive/make-archives.ts";

setDefaultTimeout(60_000);
// Where dumps come from: another server than those that they are restored into.
const origin = await startTestCluster(15);
const cluster = await startTestCluster(15);
const tools = await testTools();
const folder = await archiveFolder();
afterAll(() => folder[Symbol.asyncDispose]());
const source = await freshDatabase(origin, { name: "source" });
await fill(
  source.settings,
  `${smallSchema}
   create role archive_grantor; grant select on app.orders to archive_reader with grant option;
   set session authorization archive_reader; grant select on app.orders to archive_grantor; reset session authorization;
   revoke all on app.part from public; alter large object 12345 owner to archive_app; grant select on large object 12345 to archive_reader;
   create extension pg_trgm schema app; comment on extension pg_trgm is 'ours'; create index trgm on app.orders using gin (note app.gin_trgm_ops);
   comment on database source is 'the source'; alter database source set work_mem = '7MB'; alter database source set log_min_duration_statement = 5;
   alter role archive_app in database source set search_path = app; grant connect on database source to archive_reader; alter database source connection limit 17;
   create table app.owned_elsewhere (a int); alter table app.owned_elsewhere owner to archive_reader; revoke all on app.owned_elsewhere from archive_reader;`,
);
const from = { tools, settings: source.settings, folder };
let count = 0;

function restore(path: string, more: Partial<RestoreOptions> = {}): Promise<RestoredDatabase> {
  return openArchive(path).then((archive) => {
    count += 1;
    return restoreArchive({ archive, installation: tools, settings: cluster.settings, database: `restored_${count}`, env: process.env, ...more });
  });
}

/** What pg_dump says about a database, without what differs by nature. */
async function described(settings: ConnectionSettings, names: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await runTool({ installation: tools, tool: "pg_dump", args: ["--create"], settings, env: process.env });
  const lines = stdout.split("\n").filter((line) => !/^\\(un)?restrict/.test(line));
  return Object.entries(names).reduce((text, [name, common]) => text.replaceAll(name, common), lines.join("\n"));
}

const expected = await described(source.settings, { [origin.settings.user]: "<superuser>" });

describe.each(kinds)("%s", (kind) => {
  test("restores to the same database, with owners, grants and properties", async () => {
    const seen: number[] = [];
    const restored = await restore(await makeArchive(kind, from, ["--create"]), { jobs: 2, onProgress: (bytes) => void seen.push(bytes) });
    expect(restored.errors).toEqual([]);
    expect(restored.notes).toEqual([]);
    expect(seen.length).toBeGreaterThan(0);
    const actual = await described({ ...cluster.settings, database: restored.database }, {
      [restored.database]: "source",
      [origin.settings.user]: "<superuser>",
      [restored.standIns.get(origin.settings.user) ?? "-"]: "<superuser>",
    });
    expect(actual).toBe(expected);
    await restored.drop();
  });
});

test("the schema alone, of every format", async () => {
  for (const kind of ["custom", "plain", "directory", "tar"] as const) {
    const restored = await restore(await makeArchive(kind, from), { schemaOnly: true });
    expect(restored.errors).toEqual([]);
    await using session = await connect(restored.settings, { applicationName: "test" });
    const [row] = await session.sql`select (select count(*) from app.orders) as rows, (select relispopulated from pg_class where relname = 'mv') as populated,
      (select last_value from public.counter) as counter, (select count(*) from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname = 'trgm') as indexes`;
    expect(row).toMatchObject({ rows: "0", populated: true, counter: "1", indexes: "1" });
  }
});

describe.each(majors.filter((major) => major !== 15))("into PostgreSQL %i", async (major) => {
  const newer = await startTestCluster(major);

  test.each(["custom", "plain"] as const)("%s", async (kind) => {
    const path = await makeArchive(kind, from, ["--create"]);
    const restored = await restore(path, { settings: newer.settings });
    expect(restored.errors).toEqual([]);
    await using session = await connect(restored.settings, { applicationName: "test" });
    const [row] = await session.sql`select (select count(*) from app.orders) as rows, (select pg_get_userbyid(relowner) from pg_class where relname = 'orders') as owner`;
    expect(row).toMatchObject({ rows: "504", owner: "archive_app" });
  });
});

describe("before anything is restored", () => {
  test("every missing extension is named, with the package that has it", async () => {
    await using database = await freshDatabase(origin);
    await fill(database.settings, "create extension hstore; create extension citext; create table t (a hstore, b citext)");
    const path = await makeArchive("plain", { ...from, settings: database.settings });
    const text = (await readFile(path, "utf8")).replaceAll("hstore", "vector").replaceAll("citext", "ours");
    await writeFile(path, text);
    const before = await inventory();
    const restoring = restore(path);
    await expect(restoring).rejects.toMatchObject({ code: "extension-missing", message: expect.stringContaining("ours, vector") });
    await expect(restoring).rejects.toMatchObject({ hint: expect.stringContaining("postgresql-15-pgvector") });
    expect(await inventory()).toEqual(before);
  });

  test("a tool older than the archive is named", async () => {
    const before = await inventory();
    const archive = { ...(await openArchive(await makeArchive("custom", from))), archiveVersion: "1.16" };
    await expect(restoreArchive({ archive, installation: tools, settings: cluster.settings, database: "older", env: process.env })).rejects.toMatchObject({ code: "tool-missing" });
    expect(await inventory()).toEqual(before);
  });
});

async function inventory(): Promise<readonly string[]> {
  await using session = await connect(cluster.settings, { applicationName: "test" });
  const rows = await session.sql<{ name: string }[]>`select datname as name from pg_database union all select rolname from pg_roles order by 1`;
  return rows.map(({ name }) => name);
}

describe("errors are all collected, and classified", () => {
  async function errorsOf(setup: string, kind: "custom" | "plain" = "custom", edit?: (text: string) => string): Promise<RestoredDatabase["errors"]> {
    await using database = await freshDatabase(origin);
    await fill(database.settings, setup);
    const path = await makeArchive(kind, { ...from, settings: database.settings });
    if (edit !== undefined) await writeFile(path, edit(await readFile(path, "utf8")));
    return (await restore(path)).errors;
  }

  const unqualified = `create schema s; create table s.rates (a int, r int); insert into s.rates values (1, 2);
    create function s.rate(int) returns int immutable language plpgsql as 'begin return (select r from rates where a = $1); end';
    set search_path = s; create table s.orders (a int, check (rate(a) is not null)); insert into s.orders values (1);
    create index by_rate on s.orders (rate(a)); create materialized view s.m as select rate(a) from s.orders;
    create table s.plain (a int); insert into s.plain values (1); create index by_rate_too on s.plain (rate(a)); create materialized view s.n as select rate(a) from s.plain;`;

  test.each(["custom", "plain"] as const)("an unqualified name is blamed on the search_path (%s)", async (kind) => {
    const errors = await errorsOf(unqualified, kind);
    expect(errors.filter(({ class: kind }) => kind === "search-path").map(({ sqlstate }) => sqlstate)).toContain("42P01");
    expect(errors.find(({ class: kind }) => kind === "search-path")?.explanation).toContain("search_path");
    expect(errors.length).toBeGreaterThanOrEqual(3);
  });

  test("what needs a superuser", async () => {
    const errors = await errorsOf(
      `create function public.eq(int, int) returns boolean immutable language sql as 'select $1 operator(pg_catalog.=) $2';
       create operator public.=== (leftarg = int, rightarg = int, function = public.eq);
       create operator class public.ops for type int using hash as operator 1 public.===;
       create function public.leaky() returns int leakproof language sql as 'select 1';`,
    );
    expect(errors.map(({ class: kind, object }) => [kind, object.replace(/ \(entry.*|OWNER.*/, "")])).toEqual([
      ["permission", "FUNCTION public.leaky()"],
      ["permission", "OPERATOR FAMILY public.ops"],
      ["permission", "OPERATOR CLASS public.ops"],
      ["dependent", "ALTER FUNCTION public.leaky() "],
      ["dependent", "ALTER OPERATOR FAMILY public.ops USING hash "],
      ["dependent", "ALTER OPERATOR CLASS public.ops USING hash "],
    ]);
  });

  test("duplicates, settings that this version does not know, missing roles and languages, what depends on a failure", async () => {
    const errors = await errorsOf("create table public.a (x int); create table public.b (y int); insert into public.a values (1);", "plain", (text) =>
      text.replace(
        "SET row_security = off;",
        `SET row_security = off;
SET transaction_timeout = 0;
CREATE TABLE public.a (x int);
GRANT SELECT ON public.a TO pg_no_such_role;
CREATE FUNCTION public.f() RETURNS int LANGUAGE plnone AS 'x';
SELECT nonsense();
BEGIN;
SELECT 1/0;
SELECT 2;
ROLLBACK;`,
      ),
    );
    expect(errors.map(({ class: kind, sqlstate, isBenign }) => [kind, sqlstate, isBenign])).toEqual([
      ["unsupported-setting", "42704", true],
      ["missing-language", "42704", false],
      ["other", "42883", false],
      ["other", "22012", false],
      ["dependent", "25P02", false],
      ["duplicate", "42P07", false],
      ["missing-role", "42704", false],
    ]);
  });

  test("rows that a COPY refuses are an error of their table, and the rest goes on", async () => {
    const errors = await errorsOf("create table public.a (x int); create table public.b (y int); insert into public.a values (1); insert into public.b values (2)", "plain", (text) =>
      text.replace("\n1\n\\.", "\nnone\n\\."),
    );
    expect(errors).toMatchObject([{ object: expect.stringContaining("TABLE DATA public.a"), sqlstate: "22P02" }]);
    await using session = await connect({ ...cluster.settings, database: `restored_${count}` }, { applicationName: "test" });
    expect(await session.sql`select y from public.b`).toMatchObject([{ y: 2 }]);
  });

  test("a COPY that fails after its last row", async () => {
    const errors = await errorsOf("create table public.a (x int, y int); insert into public.a values (1, 2)", "plain", (text) => text.replace("\n1\t2\n\\.", "\n1\t2\n3\n\\."));
    expect(errors).toMatchObject([{ sqlstate: "22P04" }]);
  });

  test("damaged data are an error of their table", async () => {
    const path = await makeArchive("custom", from);
    const bytes = await readFile(path);
    bytes[bytes.length - 3000] = (bytes[bytes.length - 3000] ?? 0) ^ 255;
    await writeFile(path, bytes);
    expect((await restore(path)).errors.length).toBeGreaterThan(0);
  });
});

describe("a server that others use", () => {
  test("a superuser that owns objects there gets a stand-in, which can be taken out of what is compared", async () => {
    await using database = await freshDatabase(cluster);
    const superuser = cluster.settings.user;
    await fill(database.settings, "create schema s; create table s.t (a int); revoke all on s.t from current_user; grant select on s.t to current_user; create policy p on s.t to current_user;");
    for (const kind of ["custom", "plain"] as const) {
      const restored = await restore(await makeArchive(kind, { ...from, settings: database.settings }));
      expect(restored.errors).toEqual([]);
      const [standIn] = restored.standIns.values();
      expect(restored.standIns.size).toBe(1);
      await using session = await connect(restored.settings, { applicationName: "test" });
      const [row] = await session.sql`select pg_get_userbyid(relowner) as owner, relacl::text as acl from pg_class where oid = 's.t'::regclass`;
      expect(row).toMatchObject({ owner: standIn, acl: `{${standIn}=r/${standIn}}` });
      expect(withoutStandIns({ ...row }, restored.standIns)).toEqual({ owner: superuser, acl: `{${superuser}=r/${superuser}}` });
      await session[Symbol.asyncDispose]();
      await restored.drop();
    }
  });

  test("gives everything back", async () => {
    const before = await inventory();
    const restored = await restore(await makeArchive("custom", from), {});
    expect(await inventory()).not.toEqual(before);
    await restored.drop();
    expect(await inventory()).toEqual(before);
  });

  test("interrupted, gives everything back", async () => {
    const before = await inventory();
    const path = await makeArchive("plain", from);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("SET row_security = off;", "SET row_security = off;\nSELECT pg_sleep(600);"));
    const stop = new AbortController();
    const restoring = restore(path, { signal: stop.signal });
    await sleeps();
    stop.abort();
    await expect(restoring).rejects.toThrow("interrupted");
    expect(await inventory()).toEqual(before);
  });

  /** Until the restore stands in its long statement. */
  async function sleeps(): Promise<void> {
    await using session = await connect(cluster.settings, { applicationName: "watch" });
    for (;;) {
      const rows = await session.sql`select 1 from pg_stat_activity where wait_event = 'PgSleep'`;
      if (rows.length > 0) return;
    }
  }
});

describe("details", () => {
  test("a LATIN1 database, in every format", async () => {
    await using session = await connect(origin.settings, { applicationName: "test" });
    await session.sql.unsafe("create database latin encoding 'LATIN1' locale 'C' template template0");
    const settings = { ...origin.settings, database: "latin" };
    await fill(settings, "create table public.\"tablé\" (a text); insert into public.\"tablé\" values ('é'), ('ü'); comment on table public.\"tablé\" is 'ñ'");
    for (const format of ["custom", "plain"] as const) {
      const dump = await dumpDatabase({ installation: tools, settings, serverMajor: 15, format, path: folder.file(`latin-${format}`), env: process.env });
      const archive = await openArchive(dump.path);
      const restored = await restore(dump.path);
      expect(restored.errors).toEqual([]);
      await using check = await connect(restored.settings, { applicationName: "test" });
      const [row] = await check.sql`select current_setting('server_encoding') as encoding, (select string_agg(a, '' order by a) from public."tablé") as text, obj_description('public."tablé"'::regclass) as comment`;
      expect(row).toMatchObject({ encoding: "LATIN1", text: "éü", comment: "ñ" });
      expect((await readArchiveContents(archive, { installation: tools, env: process.env })).tables).toMatchObject([{ rows: 2, bytes: 4 }]);
    }
  });

  test("a locale that this server lacks is replaced, and said so", async () => {
    const path = await makeArchive("plain", from, ["--create"]);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace(/LOCALE = '[^']*'/, "LOCALE = 'tlh_KL.UTF-8'"));
    const restored = await restore(path);
    expect(restored.errors).toEqual([]);
    expect(restored.notes.join()).toContain("tlh_KL.UTF-8");
  });

  test("an archive that brings its own schema public", async () => {
    await using database = await freshDatabase(origin);
    await fill(database.settings, "create table public.t (a int); comment on schema public is 'own'; revoke usage on schema public from public");
    for (const kind of ["custom", "plain"] as const) {
      const restored = await restore(await makeArchive(kind, { ...from, settings: database.settings }, ["--schema=public"]));
      expect(restored.errors).toEqual([]);
    }
  });

  test("a script that speaks through SET SESSION AUTHORIZATION says that owners are lost", async () => {
    const restored = await restore(await makeArchive("plain", from, ["--use-set-session-authorization"]));
    expect(restored.errors).toMatchObject([{ class: "permission", message: expect.stringContaining("--use-set-session-authorization") }]);
  });

  test("INSERT statements", async () => {
    const restored = await restore(await makeArchive("plain", from, ["--inserts"]));
    expect(restored.errors).toEqual([]);
    await using session = await connect(restored.settings, { applicationName: "test" });
    expect(await session.sql`select count(*) from app.orders`).toMatchObject([{ count: "504" }]);
  });
});
