import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../src/postgres/connect.ts";
import { runTool } from "../../src/postgres/tool.ts";
import { run, startTestCluster, testTools } from "../support/cluster.ts";
import { prove, urlOf } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";

/** A server that others use is left as it was found, however the proof ends. */
const origin = await startTestCluster(15);
const scratch = await startTestCluster(15);
const scratchUrl = urlOf(scratch.settings);
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const dump = join(folder.path, "ch.dump");
const script = join(folder.path, "ch.sql");

const setup = `
  CREATE ROLE ch_app; CREATE ROLE ch_reader; CREATE ROLE ch_powerful SUPERUSER;
  CREATE SCHEMA app AUTHORIZATION ch_app; CREATE TABLE app.item (id int PRIMARY KEY, note text);
  ALTER TABLE app.item OWNER TO ch_app; GRANT SELECT ON app.item TO ch_reader;
  CREATE TABLE app.power (id int); ALTER TABLE app.power OWNER TO ch_powerful;
  ALTER DEFAULT PRIVILEGES FOR ROLE ch_app IN SCHEMA app GRANT SELECT ON TABLES TO ch_reader;
  ALTER ROLE ch_app IN DATABASE ch SET search_path = app; GRANT CONNECT ON DATABASE ch TO ch_reader;
  INSERT INTO app.item SELECT n, 'note ' || n FROM generate_series(1, 100) n;`;

beforeAll(async () => {
  await run(origin, "CREATE DATABASE ch");
  const settings = { ...origin.settings, database: "ch" };
  await run({ settings }, setup);
  // One role is there already, and so powerful that it gets a stand-in.
  await run(scratch, "CREATE ROLE ch_powerful SUPERUSER");
  for (const [format, path] of [
    ["-Fc", dump],
    ["-Fp", script],
  ] as const) {
    const args = ["--create", format, "-f", path];
    await runTool({ installation: await testTools(), tool: "pg_dump", args, settings });
  }
});

/** Names of all databases and roles of the scratch server. */
async function inventory(): Promise<readonly string[]> {
  await using session = await connect(scratch.settings, { applicationName: "test" });
  const rows = await session.sql<{ name: string }[]>`
    select datname::text as name from pg_database union all select rolname::text from pg_roles order by 1`;
  return rows.map(({ name }) => name);
}

describe("what custody made on the server is gone", () => {
  test.each([
    ["a custom archive", dump],
    ["a script", script],
  ])("after the proof of %s", async (_, path) => {
    const before = await inventory();
    const { verdict, warnings } = await prove({ dump: path, scratchUrl });
    expect({ verdict, warnings }).toEqual({ verdict: "proved", warnings: [] });
    expect(await inventory()).toEqual(before);
  });

  test("after a failed proof", async () => {
    const before = await inventory();
    const broken = join(folder.path, "broken.sql");
    writeFileSync(broken, `SELECT nothing_of_that_name();\n${readFileSync(script, "utf8")}`);
    const { verdict, warnings } = await prove({ dump: broken, scratchUrl });
    expect({ verdict, warnings }).toEqual({ verdict: "disproved", warnings: [] });
    expect(await inventory()).toEqual(before);
  });

  test("after an error", async () => {
    const before = await inventory();
    const proving = prove({ dump, scratchUrl }, (ports) => ({
      ...ports,
      openScratch: async (request) => ({
        ...(await ports.openScratch(request)),
        openReader: () => Promise.reject(new Error("the reader fails")),
      }),
    }));
    await expect(proving).rejects.toThrow("the reader fails");
    expect(await inventory()).toEqual(before);
  });
});

test("a role that somebody else came to need is told with the statement that drops it", async () => {
  const before = await inventory();
  const { verdict, warnings } = await prove({ dump, scratchUrl }, (ports) => ({
    ...ports,
    openScratch: async (request) => {
      const server = await ports.openScratch(request);
      return {
        ...server,
        openReader: async (database) => {
          await run(scratch, "CREATE TABLE IF NOT EXISTS public.theirs (id int)");
          await run(scratch, "ALTER TABLE public.theirs OWNER TO ch_app");
          return await server.openReader(database);
        },
      };
    },
  }));
  expect(verdict).toBe("proved");
  expect(warnings).toEqual([
    expect.stringMatching(
      / still holds role "ch_app", .* depend on it\); to remove it: drop role if exists "ch_app"$/,
    ),
  ]);
  await run(scratch, "DROP TABLE public.theirs");
  await run(scratch, "DROP ROLE ch_app");
  expect(await inventory()).toEqual(before);
});

test("the database that is kept keeps its roles, and nothing else stays", async () => {
  const before = await inventory();
  const { verdict, warnings } = await prove({ dump, scratchUrl, keep: true });
  expect({ verdict, warnings }).toEqual({ verdict: "proved", warnings: [] });
  const added = (await inventory()).filter((name) => !before.includes(name));
  const kinds = added.map((name) => name.replace(/[0-9a-f]{12}$/, "#"));
  expect(kinds).toEqual([
    "ch_app",
    "ch_reader",
    "custody_restore_#",
    "custody_smoke_#",
    "custody_stand_in_#",
    "custody_stand_in_#",
  ]);
  for (const name of added.toSorted((left) => (left.startsWith("custody_smoke_") ? -1 : 1)))
    await run(scratch, `DROP ${name.startsWith("custody_smoke_") ? "DATABASE" : "ROLE"} ${name}`);
  expect(await inventory()).toEqual(before);
});

describe("a role that may not make what a proof needs is refused before anything is made", () => {
  test.each([
    ["nothing", "", "CREATEDB and CREATEROLE", {}],
    ["no_roles", "CREATEDB", "CREATEROLE", {}],
    ["no_databases", "CREATEROLE", "CREATEDB", {}],
    ["no_superuser", "CREATEDB CREATEROLE", "SUPERUSER", { asSuperuser: true }],
  ])("%s", async (role, attributes, missing, flags) => {
    await run(scratch, `CREATE ROLE ${role} LOGIN ${attributes}`);
    const before = await inventory();
    const url = urlOf({ ...scratch.settings, user: role });
    for (const source of [{ dump }, {}]) {
      await expect(prove({ ...source, ...flags, scratchUrl: url })).rejects.toMatchObject({
        code: "permission-denied",
        exitCode: 3,
        message: expect.stringContaining(` lacks ${missing}: `),
        hint: `ALTER ROLE "${role}" ${missing.replace(" and", "")}, or name another role in --scratch-url`,
      });
    }
    expect(await inventory()).toEqual(before);
  });
});
