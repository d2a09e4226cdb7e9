import { expect, setDefaultTimeout, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import type { RestoredDatabase } from "../../../src/backup/restore.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { freshDatabase } from "../../support/cluster.ts";
import { fill, makeArchive } from "../archive/make-archives.ts";
import { startRestoreBench } from "./restore-bench.ts";

setDefaultTimeout(60_000);

/** What somebody wrote into a plain dump, where pg_dump has no header for it: run, or told; never passed over. */
const { from, origin, restore } = await startRestoreBench();

async function restoreEdited(edit: (text: string) => string, setup = ""): Promise<RestoredDatabase> {
  await using database = await freshDatabase(origin);
  await fill(
    database.settings,
    `create table t (id int); insert into t values (1); grant select on t to public;
     create extension citext; create publication p for table t; ${setup}`,
  );
  const path = await makeArchive("plain", { ...from, settings: database.settings }, ["--create"]);
  await writeFile(path, edit(await readFile(path, "utf8")));
  return await restore(path);
}

const atLine20 = (statement: string) => (text: string) =>
  text.split("\n").toSpliced(19, 0, statement).join("\n");
const atTheEnd = (statement: string) => (text: string) => `${text}\n${statement}\n`;
const belowTheExtension = (statement: string) => (text: string) =>
  text.replace(/^CREATE EXTENSION .*$/m, `$&\n${statement}`);
const places = [atLine20, belowTheExtension, atTheEnd];

test("an extension without a header is made by the superuser as the others are", async () => {
  for (const place of [atLine20, atTheEnd]) {
    const restored = await restoreEdited(
      place("CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public CASCADE;"),
    );
    expect(restored.errors).toEqual([]);
    await using session = await connect(restored.settings, { applicationName: "test" });
    const rows = await session.sql`select extname::text as name from pg_extension order by 1`;
    expect(rows.map(({ name }) => String(name))).toEqual(["citext", "hstore", "plpgsql"]);
  }
});

test("one that the server does not have is missing as any other", async () => {
  for (const place of [atLine20, atTheEnd])
    await expect(
      restoreEdited(place("CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;")),
    ).rejects.toMatchObject({ code: "extension-missing", message: expect.stringContaining(" postgis,") });
});

test("any other statement is run wherever it stands", async () => {
  for (const place of places) {
    const restored = await restoreEdited(place("CREATE TABLE public.stray (id int);"));
    expect(restored.errors).toEqual([]);
    await using session = await connect(restored.settings, { applicationName: "test" });
    expect(await session.sql`select 1 from pg_class where relname = 'stray'`).toHaveLength(1);
    const failed = await restoreEdited(place("SELECT nothing_of_that_name();"));
    expect(failed.errors).toEqual([expect.objectContaining({ sqlstate: "42883" })]);
  }
});

test.each([
  "ALTER EXTENSION plpgsql SET SCHEMA public;",
  "CREATE PUBLICATION q FOR ALL TABLES;",
  "CREATE SUBSCRIPTION s CONNECTION 'host=nowhere' PUBLICATION p;",
  "ALTER DATABASE postgres SET work_mem = '1GB';",
  "CREATE USER MAPPING FOR public SERVER s;",
])("what is never run is told: %s", async (statement) => {
  for (const place of [atLine20, atTheEnd]) {
    const { errors } = await restoreEdited(place(statement));
    expect(errors).toEqual([
      expect.objectContaining({
        object: statement.slice(0, -1),
        isBenign: false,
        message: expect.stringContaining("not run"),
      }),
    ]);
  }
});
