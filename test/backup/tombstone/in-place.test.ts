import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { InterruptedError } from "../../../src/errors.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { freshDatabase, run, startTestCluster } from "../../support/cluster.ts";
import { loadRichSchema } from "../../support/rich-database.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { poll } from "../../support/server-process.ts";
import { compareAt, dropName, make, restoreAs, told } from "../../support/tombstones.ts";

/** A restore on the server that people use: it takes only what is its own, and gives back only that. */
const cluster = await startTestCluster(15, {
  parameters: { shared_preload_libraries: "pg_stat_statements" },
});
const base = temporaryFolder();
afterAll(() => base[Symbol.dispose]());
const small = join(base.path, "small");
const large = join(base.path, "large");

beforeAll(async () => {
  await run(cluster, "create role seller; create role clerk");
  await using source = await freshDatabase(cluster);
  await run(
    { settings: source.settings },
    `create table item (id int primary key, note text); insert into item select n, 'n' || n from generate_series(1, 100) n;
     alter table item owner to seller; grant select on item to clerk; create schema kept; grant usage on schema kept to clerk;
     create table kept.own as select 1 as one; grant select on kept.own to clerk with grant option;
     alter default privileges in schema kept grant select on tables to clerk`,
  );
  await make(source.settings, small);
  await run(
    { settings: source.settings },
    "create table noise as select n, sha512(n::text::bytea) as bytes from generate_series(1, 300000) n",
  );
  await make(source.settings, large);
}, 60_000);

/** What a restore can make. */
async function inventory(): Promise<readonly string[]> {
  await using session = await connect(cluster.settings, { applicationName: "test" });
  const rows = await session.sql<{ what: string }[]>`
    select 'role ' || rolname as what from pg_roles union all select 'database ' || oid || datname from pg_database order by 1`;
  return rows.map(({ what }) => what);
}

async function exists(database: string): Promise<boolean> {
  return (await inventory()).some((what) => what.startsWith("database ") && what.endsWith(database));
}

test("what powerful roles owned is theirs again, with every grant", async () => {
  const before = await inventory();
  const restored = await restoreAs(cluster.settings, small, "back");
  expect(told(restored)).toEqual([]);
  expect((await compareAt(cluster.settings, small, "back")).verdict).toBe("proved");
  await using session = await connect({ ...cluster.settings, database: "back" }, { applicationName: "test" });
  const [row] = await session.sql`
    select pg_get_userbyid(c.relowner) as owner, c.relacl::text as acl, pg_get_userbyid(d.defaclrole) as default_of
      from pg_class c, pg_default_acl d where c.oid = 'kept.own'::regclass`;
  const me = cluster.settings.user;
  expect(row).toEqual({ owner: me, acl: `{${me}=arwdDxt/${me},clerk=r*/${me}}`, default_of: me } as never);
  await session[Symbol.asyncDispose]();
  await run(cluster, "drop database back");
  expect(await inventory()).toEqual(before);
});

test("one of everything, as a superuser: what ties it to others too", async () => {
  await loadRichSchema(cluster);
  const rich = join(base.path, "rich");
  await make(cluster.settings, rich);
  const restored = await restoreAs(cluster.settings, rich, "rich_back", { asSuperuser: true });
  expect(told(restored)).toEqual([]);
  expect(restored.verdict).toBe("proved");
  const ties = `select 'publication ' || pubname || puballtables as tie from pg_publication
    union all select 'subscription ' || subname || subenabled from pg_subscription s join pg_database d on d.oid = s.subdbid and d.datname = current_database()
    union all select 'mapping ' || usename || srvname || (select string_agg(o, ',' order by o) from unnest(umoptions) o) from pg_user_mappings order by 1`;
  await using source = await connect(cluster.settings, { applicationName: "test" });
  const wanted = [...(await source.sql.unsafe(ties))];
  expect(wanted.length).toBeGreaterThanOrEqual(4);
  await using back = await connect(
    { ...cluster.settings, database: "rich_back" },
    { applicationName: "test" },
  );
  expect([...(await back.sql.unsafe(ties))]).toEqual(wanted);
});

describe("nothing of somebody else's is touched", () => {
  test("a role that is not there is said before anything is made", async () => {
    await run(cluster, "alter role clerk rename to other_clerk");
    const before = await inventory();
    await expect(restoreAs(cluster.settings, small, "back")).rejects.toMatchObject({
      code: "bad-input",
      message: "the server lacks the role clerk, which the database names",
    });
    expect(await inventory()).toEqual(before);
    await run(cluster, "alter role other_clerk rename to clerk");
  });

  test("a database of that name stays, whoever owns it", async () => {
    await using taken = await freshDatabase(cluster, { name: "taken" });
    const before = await inventory();
    await expect(restoreAs(cluster.settings, small, taken.name)).rejects.toMatchObject({
      code: "scratch-failed",
    });
    expect(await inventory()).toEqual(before);
  });

  test("interrupted, it drops its own, though that bears another name and somebody else's bears its", async () => {
    const before = await inventory();
    const stop = new AbortController();
    const restoring = restoreAs(cluster.settings, large, "mine", { signal: stop.signal }).catch(
      (error: unknown) => error,
    );
    await poll(() => exists("mine"));
    await using session = await connect(cluster.settings, { applicationName: "test" });
    // A database is renamed when nobody is in it: so it is tried until it can be, as an impatient operator would.
    await poll(async () => {
      await session.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'mine'`;
      await session.sql`alter database mine rename to mine_renamed`;
      return true;
    });
    await using other = await freshDatabase(cluster, { name: "mine" });
    stop.abort();
    expect(await restoring).toBeInstanceOf(Error);
    const after = await inventory();
    expect(after.filter((what) => !before.includes(what)).map((what) => what.replace(/\d+/, "#"))).toEqual([
      `database #${other.name}`,
    ]);
  });
});

test("every session and tool bears the name of the drop, and none outlives an interruption", async () => {
  const before = await inventory();
  const stop = new AbortController();
  const restoring = restoreAs(cluster.settings, large, "named", { signal: stop.signal }).catch(
    (error: unknown) => error,
  );
  await using session = await connect(cluster.settings, { applicationName: "test" });
  const names = async (): Promise<readonly string[]> => {
    const rows = await session.sql<{ name: string }[]>`
      select application_name as name from pg_stat_activity where datname = 'named' and backend_type = 'client backend'`;
    return rows.map(({ name }) => name);
  };
  // Sessions of ours, and pg_restore's.
  let seen: readonly string[] = [];
  await poll(async () => (seen = await names()).length >= 3);
  expect(new Set(seen)).toEqual(new Set([dropName]));
  stop.abort();
  expect(await restoring).toBeInstanceOf(InterruptedError);
  expect(await names()).toEqual([]);
  expect(await inventory()).toEqual(before);
});

test("what a killed one began, the next attempt finishes", async () => {
  const before = await inventory();
  const module = join(import.meta.dirname, "../../support/tombstones.ts");
  const code = `const { restoreAs } = await import(${JSON.stringify(module)});
    await restoreAs(${JSON.stringify(cluster.settings)}, ${JSON.stringify(large)}, "again");`;
  const child = spawn(process.execPath, ["-e", code], { stdio: "ignore", detached: true });
  await poll(() => exists("again"));
  const ended = once(child, "exit");
  process.kill(-child.pid!, "SIGKILL");
  await ended;
  expect((await inventory()).filter((what) => !before.includes(what)).length).toBeGreaterThan(1);
  await using session = await connect(cluster.settings, { applicationName: "test" });
  // As whoever takes a drop over does.
  await session.sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = ${dropName}`;
  expect((await restoreAs(cluster.settings, large, "again")).verdict).toBe("proved");
  await run(cluster, "drop database again");
  expect(await inventory()).toEqual(before);
}, 30_000);
