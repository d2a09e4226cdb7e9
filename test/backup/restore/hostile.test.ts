import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openArchive } from "../../../src/backup/archive/open.ts";
import { restoreArchive } from "../../../src/backup/restore.ts";
import type { RestoredDatabase } from "../../../src/backup/restore.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { runTool } from "../../../src/postgres/tool.ts";
import { freshDatabase, startTestCluster, testTools } from "../../support/cluster.ts";

setDefaultTimeout(60_000);
const cluster = await startTestCluster();
const tools = await testTools();
const folder = await mkdtemp(join(tmpdir(), "custody-hostile-"));
// The server runs as another user, and must be able to leave its mark if anything runs.
await chmod(folder, 0o777);
afterAll(() => rm(folder, { recursive: true, force: true }));
let count = 0;

interface Attack {
  readonly restored: RestoredDatabase;
  /** Whether the program of the attack ran. */
  readonly ran: boolean;
}

function mark(): string {
  count += 1;
  return join(folder, `ran-${count}`);
}

/** Restores a plain script that looks like pg_dump's, with the attack in the middle. */
async function restorePlain(attack: string, marker: string): Promise<Attack> {
  const path = join(folder, `plain-${count}.sql`);
  await writeFile(
    path,
    `--\n-- PostgreSQL database dump\n--\n\nSET client_encoding = 'UTF8';\nCREATE TABLE public.before (a int);\n${attack}\nCREATE TABLE public.after (a int);\n\n--\n-- PostgreSQL database dump complete\n--\n`,
  );
  return await restore(path, marker);
}

async function restore(path: string, marker: string): Promise<Attack> {
  const restored = await restoreArchive({
    archive: await openArchive(path),
    installation: tools,
    settings: cluster.settings,
    database: `hostile_${count}`,
    env: process.env,
  });
  return { restored, ran: existsSync(marker) };
}

/** Dumps what a superuser prepared in a database; restoring it is the attack. */
async function restoreDumpOf(setup: string, marker: string, format: "custom" | "plain"): Promise<Attack> {
  await using source = await freshDatabase(cluster);
  await using session = await connect(source.settings, { applicationName: "attacker" });
  await session.sql.unsafe(setup);
  const path = join(folder, `dump-${count}`);
  const end = await runTool({
    installation: tools,
    tool: "pg_dump",
    args: [`--format=${format}`, `--file=${path}`],
    settings: source.settings,
    env: process.env,
  });
  expect(end.stderr.filter((line) => line.includes("error"))).toEqual([]);
  await rm(marker, { force: true });
  if (setup.includes("create subscription")) await session.sql.unsafe("drop subscription s");
  return await restore(path, marker);
}

async function isSuperuserAnywhere(): Promise<readonly string[]> {
  await using session = await connect(cluster.settings, { applicationName: "check" });
  const rows = await session.sql<
    { name: string }[]
  >`select rolname as name from pg_roles where rolsuper and rolname <> current_user`;
  return rows.map(({ name }) => name);
}

describe("a hostile plain script", () => {
  test.each([
    ["\\!", (file: string) => `\\! touch ${file}`],
    ["\\copy … program", (file: string) => `\\copy public.before from program 'touch ${file}'`],
    ["\\o |command", (file: string) => `\\o |touch ${file}\nSELECT 1;\n\\o`],
    ["\\g |command", (file: string) => `SELECT 1 \\g |touch ${file}`],
    ["\\unrestrict, then \\!", (file: string) => `\\unrestrict abc\n\\! touch ${file}`],
    [
      "\\! after a COPY statement on its line",
      (file: string) => `COPY public.before (a) FROM stdin; \\! touch ${file}\n1\n\\.\n`,
    ],
    [
      "\\! after the end of a COPY block",
      (file: string) => `COPY public.before (a) FROM stdin;\n1\n\\.\n\\! touch ${file}\n`,
    ],
    [
      "\\! in the rows of a COPY that fails",
      (file: string) => `COPY public.absent (a) FROM stdin;\n\\! touch ${file}\n\\.\n`,
    ],
  ])("%s runs nothing", async (_, attack) => {
    const marker = mark();
    const { restored, ran } = await restorePlain(attack(marker), marker);
    expect(ran).toBe(false);
    expect(restored.errors.length).toBeGreaterThan(0);
  });

  test("\\! behind a string that escapes differently runs nothing", async () => {
    const marker = mark();
    const script = `SET standard_conforming_strings = off;\nSELECT 'a\\';\n\\! touch ${marker}\n--';\n`;
    expect((await restorePlain(script, marker)).ran).toBe(false);
  });

  test("psql commands are reported as such, and what stands after them is restored", async () => {
    const marker = mark();
    const { restored } = await restorePlain(`\\! touch ${marker}`, marker);
    expect(restored.errors.map((error) => error.class)).toEqual(["meta-command"]);
    await using session = await connect(restored.settings, { applicationName: "check" });
    const rows =
      await session.sql`select relname from pg_class where relname in ('before', 'after') order by 1`;
    expect(rows.map((row) => row["relname"])).toEqual(["after", "before"]);
  });

  test.each([
    ["COPY … TO PROGRAM", (file: string) => `COPY public.before TO PROGRAM 'touch ${file}';`],
    [
      "a DO block",
      (file: string) => `DO $$ begin execute 'copy public.before to program ''touch ${file}'''; end $$;`,
    ],
    [
      "RESET ROLE first",
      (file: string) =>
        `RESET ROLE; RESET SESSION AUTHORIZATION; COPY public.before TO PROGRAM 'touch ${file}';`,
    ],
    [
      "a predefined role",
      (file: string) =>
        `GRANT pg_execute_server_program TO current_user; SET ROLE pg_execute_server_program; COPY public.before TO PROGRAM 'touch ${file}';`,
    ],
    [
      "a function in C",
      (file: string) =>
        `CREATE FUNCTION public.system(cstring) RETURNS int LANGUAGE c STRICT AS 'libc.so.6', 'system'; SELECT public.system('touch ${file}');`,
    ],
    ["lo_export", (file: string) => `SELECT lo_export(lo_from_bytea(0, 'x'), '${file}');`],
    ["ALTER SYSTEM", (file: string) => `ALTER SYSTEM SET archive_command = 'touch ${file}';`],
    [
      "a superuser's name",
      (file: string) =>
        `DO $$ begin execute format('set session authorization %I', (select rolname from pg_roles where rolsuper limit 1)); copy public.before to program 'touch ${file}'; end $$;`,
    ],
    [
      "an untrusted language",
      (file: string) =>
        `CREATE FUNCTION public.p() RETURNS void LANGUAGE plpython3u AS $$ open('${file}', 'w') $$; SELECT public.p();`,
    ],
    [
      "preloaded libraries",
      (file: string) =>
        `DO $$ begin execute format('alter database %I set session_preload_libraries = %L', current_database(), '${file}'); end $$;`,
    ],
  ])("%s runs nothing", async (_, attack) => {
    const marker = mark();
    const { restored, ran } = await restorePlain(attack(marker), marker);
    expect(ran).toBe(false);
    expect(restored.errors.length).toBeGreaterThan(0);
    expect(await isSuperuserAnywhere()).toEqual([]);
  });

  test("an untrusted language that the server lacks is told before anything is run", async () => {
    const marker = mark();
    const attack = `CREATE EXTENSION nosuchlangu; CREATE FUNCTION public.p() RETURNS void LANGUAGE nosuchlangu AS $$ open('${marker}', 'w') $$;`;
    await expect(restorePlain(attack, marker)).rejects.toMatchObject({ code: "extension-missing" });
  });

  test("roles cannot be made powerful", async () => {
    const marker = mark();
    const { restored } = await restorePlain(
      "CREATE ROLE evil SUPERUSER;\nDO $$ begin execute format('alter role %I superuser', current_user); end $$;\nALTER ROLE CURRENT_USER CREATEROLE;",
      marker,
    );
    expect(restored.errors.map(({ sqlstate }) => sqlstate)).toEqual(["42501", "42501", "42501"]);
    expect(await isSuperuserAnywhere()).toEqual([]);
  });

  test("a search_path set for the database does not change what custody's own statements mean", async () => {
    const marker = mark();
    const evil = `CREATE SCHEMA evil;
CREATE FUNCTION evil.same(name, name) RETURNS boolean LANGUAGE plpgsql AS $$ begin if (select rolsuper from pg_catalog.pg_roles where rolname operator(pg_catalog.=) current_user) then copy (select 1) to program 'cat > ${marker}'; end if; return true; end $$;
CREATE OPERATOR evil.= (leftarg = name, rightarg = name, function = evil.same);
CREATE EVENT TRIGGER x ON ddl_command_end EXECUTE FUNCTION evil.none();
DO $$ begin execute format('alter database %I set search_path = evil, pg_catalog', current_database()); end $$;`;
    const { ran } = await restorePlain(evil, marker);
    expect(ran).toBe(false);
  });
});

describe.each(["custom", "plain"] as const)("a hostile archive of format %s", (format) => {
  const program = (file: string): string => `
    create function public.run() returns int language plpgsql as $$
    begin copy (select 1) to program 'cat > ${file}'; return 1; exception when insufficient_privilege then raise; end $$;`;

  test("a function behind a materialised view", async () => {
    const marker = mark();
    const { restored, ran } = await restoreDumpOf(
      `${program(marker)} create materialized view public.m as select public.run();`,
      marker,
      format,
    );
    expect(ran).toBe(false);
    expect(restored.errors).toMatchObject([{ class: "permission", sqlstate: "42501" }]);
  });

  test("a function behind a CHECK, an index and a default", async () => {
    const marker = mark();
    const setup = `${program(marker)}
      create function public.quiet() returns int immutable language sql as 'select 1';
      create table public.t (a int check (public.quiet() = a), b int default public.quiet());
      create index on public.t ((a + public.quiet()));
      insert into public.t values (1);
      create or replace function public.quiet() returns int immutable language sql as 'select public.run()';`;
    const { restored, ran } = await restoreDumpOf(setup, marker, format);
    expect(ran).toBe(false);
    expect(restored.errors.length).toBeGreaterThan(0);
  });

  test("an event trigger does not see a superuser change the schema", async () => {
    const marker = mark();
    const setup = `
      create function public.on_ddl() returns event_trigger language plpgsql as $$
      begin if (select rolsuper from pg_roles where rolname = current_user) then copy (select 1) to program 'cat > ${marker}'; end if; end $$;
      create event trigger spy on ddl_command_end execute function public.on_ddl();
      comment on event trigger spy is 'watching';
      create extension pg_trgm; comment on extension pg_trgm is 'x'; grant usage on schema public to public;`;
    const { restored, ran } = await restoreDumpOf(setup, marker, format);
    expect(ran).toBe(false);
    expect(restored.errors).toEqual([]);
    await using session = await connect(restored.settings, { applicationName: "check" });
    const rows = await session.sql`select evtname from pg_event_trigger`;
    expect(rows.map((row) => row["evtname"])).toEqual(["spy"]);
    await session.sql.unsafe("create table public.new (a int)");
    expect(existsSync(marker)).toBe(false);
  });

  test("an owner that is a predefined role gives the restore no power", async () => {
    const marker = mark();
    const setup = `${program(marker)}
      grant create on schema public to pg_execute_server_program;
      alter function public.run() owner to pg_execute_server_program;
      alter function public.run() security definer;
      create materialized view public.m as select public.run();`;
    const { restored, ran } = await restoreDumpOf(setup, marker, format);
    expect(ran).toBe(false);
    expect(restored.errors.length).toBeGreaterThan(0);
  });

  test("subscriptions, publications and user mappings stay behind", async () => {
    const marker = mark();
    const setup = `create extension postgres_fdw; create table public.t (a int primary key);
      create publication p for table public.t;
      create subscription s connection 'host=127.0.0.1 port=1' publication p with (connect = false, slot_name = none);
      create server far foreign data wrapper postgres_fdw options (host '127.0.0.1', port '1');
      create user mapping for current_user server far options (user 'x', password 'secret');
      create foreign table public.ft (a int) server far;`;
    const { restored } = await restoreDumpOf(setup, marker, format);
    expect(restored.errors).toEqual([]);
    expect(restored.leftOut.map(({ desc }) => desc).toSorted()).toEqual([
      "PUBLICATION",
      "PUBLICATION TABLE",
      "SUBSCRIPTION",
      "USER MAPPING",
    ]);
    await using session = await connect(restored.settings, { applicationName: "check" });
    const [row] =
      await session.sql`select (select count(*) from pg_publication) + (select count(*) from pg_user_mappings) as n, (select count(*) from pg_foreign_table) as foreign`;
    expect(row).toMatchObject({ n: "0", foreign: "1" });
    expect(JSON.stringify(restored)).not.toContain("secret");
  });
});
