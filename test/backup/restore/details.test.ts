import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { openArchive } from "../../../src/backup/archive/open.ts";
import { readArchiveContents } from "../../../src/backup/archive/contents.ts";
import { dumpDatabase } from "../../../src/backup/dump.ts";
import { withoutStandIns } from "../../../src/backup/restore.ts";
import type { CatalogObject } from "../../../src/backup/fingerprint.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { fill, makeArchive } from "../archive/make-archives.ts";
import { startRestoreBench } from "./restore-bench.ts";

setDefaultTimeout(60_000);

const { cluster, from, inventory, origin, restore, tools } = await startRestoreBench();
const sixteen = await startTestCluster(16);

describe("a server that others use", () => {
  test("a superuser that owns objects there gets a stand-in, which can be taken out of what is compared", async () => {
    await using database = await freshDatabase(cluster);
    const superuser = cluster.settings.user;
    await fill(
      database.settings,
      "create schema s; create table s.t (a int); revoke all on s.t from current_user; grant select on s.t to current_user; create policy p on s.t to current_user;",
    );
    for (const kind of ["custom", "plain"] as const) {
      const restored = await restore(await makeArchive(kind, { ...from, settings: database.settings }));
      expect(restored.errors).toEqual([]);
      const [standIn] = restored.standIns.values();
      expect(restored.standIns.size).toBe(1);
      await using session = await connect(restored.settings, { applicationName: "test" });
      const [row] =
        await session.sql`select pg_get_userbyid(relowner) as owner, relacl::text as acl from pg_class where oid = 's.t'::regclass`;
      expect(row).toMatchObject({ owner: standIn, acl: `{${standIn}=r/${standIn}}` });
      const table: CatalogObject = {
        kind: "table",
        identity: "s.t",
        facts: { owner: String(row?.["owner"]), grants: String(row?.["acl"]) },
      };
      expect(withoutStandIns([table], restored.standIns)).toEqual([
        { ...table, facts: { owner: superuser, grants: `{${superuser}=r/${superuser}}` } },
      ]);
      await session[Symbol.asyncDispose]();
      await restored.drop();
    }
  });

  test.each([15, 16] as const)(
    "whoever may create roles and databases is enough, on PostgreSQL %i",
    async (major) => {
      const server = major === 15 ? cluster : sixteen;
      const admin = `admin_${major}`;
      await fill(server.settings, `create role ${admin} login createrole createdb`);
      await using database = await freshDatabase(origin);
      await fill(
        database.settings,
        `create extension pg_trgm; create schema s authorization archive_app; create table s.t (a text); alter table s.t owner to archive_app;
         insert into s.t values ('x'); create index on s.t using gin (a gin_trgm_ops); grant select on s.t to archive_reader; create materialized view s.m as select * from s.t`,
      );
      for (const kind of ["custom", "plain"] as const) {
        const path = await makeArchive(kind, { ...from, settings: database.settings });
        const restored = await restore(path, { settings: { ...server.settings, user: admin } });
        expect(restored.errors).toEqual([]);
        await using session = await connect(restored.settings, { applicationName: "test" });
        expect(
          await session.sql`select (select count(*) from s.t) as rows, pg_get_userbyid(relowner) as owner from pg_class where oid = 's.t'::regclass`,
        ).toMatchObject([{ rows: "1", owner: "archive_app" }]);
        await session[Symbol.asyncDispose]();
        await restored.drop();
      }
      await fill(server.settings, `drop owned by ${admin}; drop role ${admin}`);
    },
  );

  test("gives everything back", async () => {
    const before = await inventory();
    const restored = await restore(await makeArchive("custom", from), {});
    expect(await inventory()).not.toEqual(before);
    await restored.drop();
    expect(await inventory()).toEqual(before);
  });

  test("interrupted while pg_restore works, gives everything back", async () => {
    await using database = await freshDatabase(origin);
    await fill(
      database.settings,
      `create function public.f() returns int language sql as 'select 1'; create materialized view public.m as select public.f();
       create or replace function public.f() returns int language sql as 'select 1 from pg_catalog.pg_sleep(600)'`,
    );
    const before = await inventory();
    const stop = new AbortController();
    const path = await makeArchive("custom", { ...from, settings: database.settings });
    const restoring = restore(path, { signal: stop.signal, jobs: 2 });
    await sleeps();
    stop.abort();
    await expect(restoring).rejects.toThrow("interrupted");
    expect(await inventory()).toEqual(before);
  });

  test("interrupted, gives everything back", async () => {
    const before = await inventory();
    const path = await makeArchive("plain", from);
    const text = await readFile(path, "utf8");
    await writeFile(
      path,
      text.replace("SET row_security = off;", "SET row_security = off;\nSELECT pg_sleep(600);"),
    );
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
    await fill(
      settings,
      "create table public.\"tablé\" (a text); insert into public.\"tablé\" values ('é'), ('ü'); comment on table public.\"tablé\" is 'ñ'",
    );
    for (const format of ["custom", "plain"] as const) {
      const dump = await dumpDatabase({
        installation: tools,
        settings,
        serverMajor: 15,
        format,
        path: from.folder.file(`latin-${format}`),
        env: process.env,
      });
      const archive = await openArchive(dump.path);
      const restored = await restore(dump.path);
      expect(restored.errors).toEqual([]);
      await using check = await connect(restored.settings, { applicationName: "test" });
      const [row] =
        await check.sql`select current_setting('server_encoding') as encoding, (select string_agg(a, '' order by a) from public."tablé") as text, obj_description('public."tablé"'::regclass) as comment`;
      expect(row).toMatchObject({ encoding: "LATIN1", text: "éü", comment: "ñ" });
      expect(
        (await readArchiveContents(archive, { installation: tools, env: process.env })).tables,
      ).toMatchObject([{ rows: 2, bytes: 4 }]);
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
    await fill(
      database.settings,
      "create table public.t (a int); comment on schema public is 'own'; revoke usage on schema public from public",
    );
    for (const kind of ["custom", "plain"] as const) {
      const restored = await restore(
        await makeArchive(kind, { ...from, settings: database.settings }, ["--schema=public"]),
      );
      expect(restored.errors).toEqual([]);
    }
  });

  test("a script that speaks through SET SESSION AUTHORIZATION says that owners are lost", async () => {
    const restored = await restore(await makeArchive("plain", from, ["--use-set-session-authorization"]));
    expect(restored.errors).toMatchObject([
      { class: "permission", message: expect.stringContaining("--use-set-session-authorization") },
    ]);
  });

  test("grants on what an extension made, and rows of its configuration tables", async () => {
    await using database = await freshDatabase(origin);
    await fill(
      database.settings,
      `create schema ext; create extension pg_trgm schema ext; create extension dblink schema ext; create extension pg_stat_statements schema ext;
       grant usage on schema ext to archive_reader; grant execute on function ext.similarity(text, text) to archive_reader; revoke all on function ext.show_trgm(text) from public;
       grant select on ext.pg_stat_statements to archive_reader; grant execute on function ext.dblink_connect_u(text) to archive_reader`,
    );
    const path = await makeArchive("custom", { ...from, settings: database.settings });
    const restored = await restore(path);
    // What everybody has not got already, no archive gets from the superuser.
    expect(
      restored.errors.map(({ class: kind, object }) => [kind, object.includes("dblink_connect_u")]),
    ).toEqual([["permission", true]]);
    await using session = await connect(restored.settings, { applicationName: "test" });
    const [row] =
      await session.sql`select has_function_privilege('archive_reader', 'ext.show_trgm(text)', 'execute') as revoked,
      has_table_privilege('archive_reader', 'ext.pg_stat_statements', 'select') as granted, has_function_privilege('archive_reader', 'ext.dblink_connect_u(text)', 'execute') as dangerous`;
    expect(row).toMatchObject({ revoked: false, granted: true, dangerous: false });
  });

  test("a script of --clean: what it drops was never there, and that is no fault", async () => {
    for (const extra of [["--clean", "--create"], ["--clean"], ["--clean", "--if-exists"]]) {
      expect((await restore(await makeArchive("plain", from, extra))).errors).toEqual([]);
    }
  });

  test("INSERT statements", async () => {
    const restored = await restore(await makeArchive("plain", from, ["--inserts"]));
    expect(restored.errors).toEqual([]);
    await using session = await connect(restored.settings, { applicationName: "test" });
    expect(await session.sql`select count(*) from app.orders`).toMatchObject([{ count: "504" }]);
  });
});
