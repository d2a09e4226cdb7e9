import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { run } from "../support/cluster.ts";
import { runProgram } from "../support/run-program.ts";
import { psql, startWirePostgres, waysIn } from "../support/wire-postgres.ts";

const { env, home, tcp } = await startWirePostgres();

beforeAll(async () => {
  const { code, stderr } = await psql(
    env(null),
    `create type mood as enum ('sad', 'ok');
create sequence ids;
create table people (id integer primary key default nextval('ids'), name text not null, mood mood, note jsonb);
insert into people (name, mood, note) select 'p' || n, 'ok', jsonb_build_object('n', n, 'sql', 'drop table people') from generate_series(1, 20000) n;
create index on people (name);
create table orders (id integer primary key, person integer references people);
insert into orders select n, n from generate_series(1, 20000) n;
create view happy as select * from people where mood = 'ok';
create materialized view names as select name from people;
create function wipe() returns trigger language plpgsql as $$ begin execute 'drop table orders'; return null; end $$;
create trigger never after truncate on people for each statement execute function wipe();
comment on table people is 'DROP DATABASE shop';
select lo_from_bytea(5000, repeat('large', 100000)::bytea);`,
    ["-v", "ON_ERROR_STOP=1"],
  );
  expect([code, stderr]).toEqual([0, ""]);
});

async function tool(command: readonly string[], given: Readonly<Record<string, string>>): Promise<string> {
  const { code, stdout, stderr } = await runProgram(command, { env: given });
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}

/** Without the lines that are random by design. */
const steady = (dump: string): string => dump.replaceAll(/^\\(?:un)?restrict .*$/gm, "");
const plainDump = async (given: Readonly<Record<string, string>>): Promise<string> =>
  steady(await tool(["pg_dump", "--format=plain"], given));

test("of a superuser: databases, roles and all that is in them", async () => {
  const superuser = { PGUSER: "custodian" };
  const all = async (given: Readonly<Record<string, string>>): Promise<string> =>
    steady(await tool(["pg_dumpall"], given));
  expect(await all(env("plain", superuser))).toBe(await all(env(null, superuser)));
});

describe.each(waysIn)("pg_dump and pg_restore, $encryption", ({ listener, more }) => {
  const through = env(listener, more);
  afterEach(async () => {
    rmSync(join(home, "dump"), { recursive: true, force: true });
    await run(tcp.cluster, "drop database if exists again with (force)");
  });

  test("a plain dump is the server's own", async () => {
    const direct = await plainDump(env(null));
    expect(direct.length).toBeGreaterThan(1_000_000);
    expect(await plainDump(through)).toBe(direct);
    expect(steady(await tool(["pg_dump", "--inserts", "--rows-per-insert=500"], through))).toBe(
      steady(await tool(["pg_dump", "--inserts", "--rows-per-insert=500"], env(null))),
    );
  });

  test.each([
    ["custom", ["--format=custom"], []],
    ["directory, by two at a time", ["--format=directory", "--jobs=2"], ["--jobs=2"]],
  ] as const)(
    "restored through it, too: %s",
    async (_, dumping, restoring) => {
      const dump = join(home, "dump");
      await tool(["pg_dump", ...dumping, `--file=${dump}`], through);
      await run(tcp.cluster, "create database again template template0 owner owner");
      await tool(["pg_restore", "--exit-on-error", "--dbname=again", ...restoring, dump], through);
      const again = { PGDATABASE: "again" };
      expect(await plainDump(env(null, again))).toBe(await plainDump(env(null)));
      // Into what is there: everything is dropped first.
      await tool(
        ["pg_restore", "--exit-on-error", "--clean", "--if-exists", "--dbname=again", dump],
        env(listener, { ...more }),
      );
      expect(await plainDump(env(null, again))).toBe(await plainDump(env(null)));
      if (dumping[0] === "--format=directory") expect(readdirSync(dump).length).toBeGreaterThan(3);
      else expect(readFileSync(dump).subarray(0, 5).toString()).toBe("PGDMP");
    },
    60_000,
  );

  test("a script of pg_dump's, by psql", async () => {
    await run(tcp.cluster, "create database again template template0 owner owner");
    const script = await tool(["pg_dump"], through);
    const { code, stderr } = await psql({ ...through, PGDATABASE: "again" }, script, [
      "-v",
      "ON_ERROR_STOP=1",
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(await plainDump(env(null, { PGDATABASE: "again" }))).toBe(await plainDump(env(null)));
  });
});
