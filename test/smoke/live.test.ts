import { beforeAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { installChain } from "../../src/audit/install-chain.ts";
import { OpsError } from "../../src/errors.ts";
import { connect } from "../../src/postgres/connect.ts";
import { startScratchCluster } from "../../src/postgres/scratch-cluster.ts";
import { run, startTestCluster, testInstallation, testTools } from "../support/cluster.ts";
import { prove, urlOf } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { createShop } from "../support/shop.ts";
import { runTool } from "../../src/postgres/tool.ts";
import { insertEvents } from "../../src/smoke/workload/insert-events.ts";

const cluster = await startTestCluster(15);
const shop = { ...cluster.settings, database: "shop" };

beforeAll(() => createShop(cluster));

test("a source under load is proved, and no tuple is written by custody", async () => {
  const { binDir } = await testTools();
  const env = {
    PGHOST: shop.hosts[0]?.host,
    PGPORT: String(shop.hosts[0]?.port),
    PGUSER: shop.user,
    PGDATABASE: "shop",
  };
  const pgbench = (args: readonly string[]) =>
    spawn(join(binDir, "pgbench"), [...args], { env: { ...process.env, ...env }, stdio: "ignore" });
  const ended = (child: ReturnType<typeof pgbench>) =>
    new Promise<number | null>((resolve) => child.on("close", resolve));
  expect(await ended(pgbench(["-i", "-q", "-s", "1"]))).toBe(0);
  const load = pgbench(["-c", "2", "-T", "60", "-n"]);
  const loadEnded = ended(load);
  await using session = await connect(shop, { applicationName: "test" });
  const history = async (): Promise<number> =>
    Number((await session.sql`select count(*) as n from pgbench_history`)[0]?.["n"]);
  while ((await history()) < 100) await new Promise((resolve) => setImmediate(resolve));
  const before = await history();
  const { verdict, state } = await prove({ dbUrl: urlOf(shop) });
  expect(state.differences).toEqual([]);
  expect(verdict).toBe("proved");
  expect(await history()).toBeGreaterThan(before);
  load.kill("SIGINT");
  await loadEnded;

  // Quiet again: whatever is counted from here on is custody's.
  const written = async (): Promise<unknown> => {
    await session.sql`select pg_stat_clear_snapshot()`;
    return (
      await session.sql`select tup_inserted, tup_updated, tup_deleted, temp_files from pg_stat_database where datname = 'shop'`
    )[0];
  };
  await settled(written);
  const counted = await written();
  expect((await prove({ dbUrl: urlOf(shop) })).verdict).toBe("proved");
  await settled(written);
  expect(await written()).toEqual(counted);
}, 180_000);

/** Statistics arrive late: waits until two readings, more than the collector's interval apart, are equal. */
async function settled(read: () => Promise<unknown>): Promise<void> {
  let last = "";
  for (let equal = 0; equal < 3;) {
    const now = JSON.stringify(await read());
    equal = now === last ? equal + 1 : 0;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 600));
  }
}

describe("a source without a chain", () => {
  test("has null in the chain's fields, its checks are not applicable, and it is proved", async () => {
    const plain = { ...cluster.settings, database: "plain" };
    const setup =
      "CREATE TABLE item (id int PRIMARY KEY, note text); INSERT INTO item VALUES (1, 'a'), (2, 'b')";
    for (const [settings, sql] of [
      [cluster.settings, "CREATE DATABASE plain"],
      [plain, setup],
    ] as const) {
      await runTool({ installation: await testTools(), tool: "psql", args: ["-c", sql], settings });
    }
    const { verdict, state } = await prove({ dbUrl: urlOf(plain) });
    expect(verdict).toBe("proved");
    const none = {
      row_count: null,
      chain_head_hash: null,
      first_break_id: null,
      first_break_pos: null,
      verifier_walked: null,
    };
    expect([state.pre, state.post]).toEqual([
      { phase: "pre", ...none },
      { phase: "post", ...none },
    ]);
    const checks = state.assertions.filter(({ name }) =>
      ["chain", "chain-before", "chain-head", "row-count"].includes(name),
    );
    expect(checks.map(({ ok, actual }) => [ok, actual])).toEqual(checks.map(() => [null, "not applicable"]));
  });
});

describe("across major versions", () => {
  test.each([16, 17, 18] as const)("a dump of 15 restored into %d: no false alarm", async (major) => {
    const target = await testInstallation(major);
    await using scratch = await startScratchCluster({ installation: target, env: process.env });
    const { verdict, state } = await prove({ dbUrl: urlOf(shop), scratchUrl: urlOf(scratch.settings) });
    expect(state.differences).toEqual([]);
    expect(verdict).toBe("proved");
    await using session = await connect(scratch.settings, { applicationName: "test" });
    const left = await session.sql`select datname::text as name from pg_database where datname like 'custody%'
      union all select rolname from pg_roles where (rolname like 'custody_smoke%' or rolname like 'custody_restore%' or rolname like 'shop%')`;
    expect(left.map(({ name }) => String(name))).toEqual([]);
  });
});

test("a definition that the server prints differently once it has read its own print is no difference, also in somebody else's restore", async () => {
  using folder = temporaryFolder();
  const installation = await testTools();
  const words = { ...cluster.settings, database: "words" };
  const again = { ...cluster.settings, database: "words_again" };
  const setup = `CREATE TABLE ticket (id int PRIMARY KEY, state varchar(10) CHECK (state IN ('open', 'closed')));
    CREATE VIEW open_ticket AS SELECT id FROM ticket WHERE state IN ('open', 'reopened');`;
  await run(cluster, "CREATE DATABASE words");
  await run(cluster, "CREATE DATABASE words_again TEMPLATE template0");
  await run({ settings: words }, setup);
  const [manifest, archive] = [join(folder.path, "words.manifest"), join(folder.path, "words.dump")];
  expect((await prove({ dbUrl: urlOf(words), writeManifest: manifest })).verdict).toBe("proved");
  await runTool({ installation, tool: "pg_dump", args: ["-Fc", "-f", archive], settings: words });
  await runTool({ installation, tool: "pg_restore", args: ["-d", "words_again", archive], settings: again });
  const { verdict, state } = await prove({ restoredUrl: urlOf(again), expect: manifest });
  expect(state.differences).toEqual([]);
  expect(verdict).toBe("proved");

  await run(
    { settings: again },
    "CREATE OR REPLACE VIEW open_ticket AS SELECT id FROM ticket WHERE state IN ('open', 'closed')",
  );
  const changed = await prove({ restoredUrl: urlOf(again), expect: manifest });
  expect(changed.failed).toEqual(["views"]);
});

test("what only a superuser can restore is told, and --as-superuser proves it", async () => {
  await run(cluster, "CREATE DATABASE low");
  await run(cluster, "CREATE ROLE monitor");
  const low = { ...cluster.settings, database: "low" };
  await run(
    { settings: low },
    `CREATE TABLE item (id int PRIMARY KEY);
     CREATE FUNCTION sure(int) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true';
     GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_waldir() TO monitor;`,
  );
  const plain = await prove({ dbUrl: urlOf(low) });
  expect(plain.verdict).toBe("disproved");
  expect(plain.state.restoreErrors.map((error) => error.class)).toContain("permission");
  const trusted = await prove({ dbUrl: urlOf(low), asSuperuser: true });
  expect(trusted.state.differences).toEqual([]);
  expect(trusted.verdict).toBe("proved");
});

test("a scratch server that takes the workload from a role without superuser gets everything back", async () => {
  await run(cluster, "CREATE ROLE limited LOGIN CREATEDB CREATEROLE");
  const limited = { ...cluster.settings, user: "limited" };
  const { verdict, state } = await prove({ scratchUrl: urlOf({ ...limited, database: "postgres" }) });
  expect(state.differences).toEqual([]);
  expect(verdict).toBe("proved");
  await using session = await connect(cluster.settings, { applicationName: "test" });
  const left = await session.sql`select datname::text as name from pg_database where datname like 'custody%'
    union all select rolname from pg_roles where rolname like 'custody_smoke%' or rolname like 'custody_restore%'`;
  expect(left.map(({ name }) => String(name))).toEqual([]);
});

test("a source that goes away in the middle is no bug", async () => {
  const own = await startScratchCluster({ installation: await testInstallation(15), env: process.env });
  await createShop(own, 20_000);
  const gone = prove({ dbUrl: urlOf({ ...own.settings, database: "shop" }) }, (ports) => ({
    ...ports,
    openSource: async (dbUrl) => {
      const reader = await ports.openSource(dbUrl);
      return { ...reader, readCatalog: async () => [await own.stop(), await reader.readCatalog()][1] ?? [] };
    },
  }));
  const error: unknown = await gone.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OpsError);
  expect(error).toMatchObject({ code: "connection-lost", exitCode: 3 });
});

test("of several chains the one that is meant is named", async () => {
  await run(cluster, "create database chains");
  const settings = { ...cluster.settings, database: "chains" };
  {
    await using session = await connect(settings, { applicationName: "test" });
    await session.sql.unsafe("create schema other");
    for (const schema of ["public", "other"]) await installChain(session, { schema });
    await insertEvents(session, "other", 3, {});
  }
  const failure = async (schema?: string): Promise<unknown> =>
    await prove({ dbUrl: urlOf(settings), schema }).catch((error: unknown) => error);
  expect(await failure()).toMatchObject({
    message: expect.stringContaining("several schemas: other, public"),
  });
  expect(await failure("nowhere")).toMatchObject({ code: "no-chain" });
  const { verdict, state } = await prove({ dbUrl: urlOf(settings), schema: "other" });
  expect(verdict).toBe("proved");
  expect(state.post.row_count).toBe(3);
});

test("without a chain the recovery point is the archive's", async () => {
  await run(cluster, "create database plain_shop");
  const settings = { ...cluster.settings, database: "plain_shop" };
  await run({ settings }, "create table t (id int primary key, x text); insert into t values (1, 'a')");
  const { verdict, state } = await prove({ dbUrl: urlOf(settings) });
  expect(verdict).toBe("proved");
  expect(state.rpo?.from).toBe("archive");
  expect(state.rpo?.seconds).toBeLessThan(600);
});
