import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { openArchive } from "../../src/backup/archive/open.ts";
import { restoreArchive } from "../../src/backup/restore.ts";
import { connect } from "../../src/postgres/connect.ts";
import type { ConnectionSettings } from "../../src/postgres/settings.ts";
import { runTool } from "../../src/postgres/tool.ts";
import { freshDatabase, majors, startTestCluster } from "../support/cluster.ts";
import { fill, kinds, makeArchive } from "./archive/make-archives.ts";
import { startRestoreBench } from "./restore/restore-bench.ts";

setDefaultTimeout(60_000);

const { cluster, from, inventory, origin, restore, source, tools } = await startRestoreBench();

/** What pg_dump says about a database, without what differs by nature. */
async function described(
  settings: ConnectionSettings,
  names: Readonly<Record<string, string>>,
): Promise<string> {
  const { stdout } = await runTool({
    installation: tools,
    tool: "pg_dump",
    args: ["--create"],
    settings,
    env: process.env,
  });
  const lines = stdout.split("\n").filter((line) => !/^\\(un)?restrict/.test(line));
  return Object.entries(names).reduce(
    (text, [name, common]) => text.replaceAll(name, common),
    lines.join("\n"),
  );
}

const expected = await described(source.settings, { [origin.settings.user]: "<superuser>" });

describe.each(kinds)("%s", (kind) => {
  test("restores to the same database, with owners, grants and properties", async () => {
    const seen: number[] = [];
    const restored = await restore(await makeArchive(kind, from, ["--create"]), {
      jobs: 2,
      onProgress: (bytes) => void seen.push(bytes),
    });
    expect(restored.errors).toEqual([]);
    expect(restored.notes).toEqual([]);
    expect(seen.length).toBeGreaterThan(0);
    const actual = await described(
      { ...cluster.settings, database: restored.database },
      {
        [restored.database]: "source",
        [origin.settings.user]: "<superuser>",
        [restored.standIns.get(origin.settings.user) ?? "-"]: "<superuser>",
      },
    );
    expect(actual).toBe(expected);
    await restored.drop();
  });
});

test("the schema alone, of every format", async () => {
  for (const kind of ["custom", "plain", "directory", "tar"] as const) {
    const restored = await restore(await makeArchive(kind, from), { schemaOnly: true });
    expect(restored.errors).toEqual([]);
    await using session = await connect(restored.settings, { applicationName: "test" });
    const [row] =
      await session.sql`select (select count(*) from app.orders) as rows, (select relispopulated from pg_class where relname = 'mv') as populated,
      (select last_value from public.counter) as counter, (select count(*) from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname = 'trgm') as indexes`;
    expect(row).toMatchObject({ rows: "0", populated: true, counter: "1", indexes: "1" });
  }
});

for (const major of majors.filter((each) => each !== 15)) {
  const newer = await startTestCluster(major);

  test.each(["custom", "plain"] as const)(`%s into PostgreSQL ${major}`, async (kind) => {
    const path = await makeArchive(kind, from, ["--create"]);
    const restored = await restore(path, { settings: newer.settings });
    expect(restored.errors).toEqual([]);
    await using session = await connect(restored.settings, { applicationName: "test" });
    const [row] =
      await session.sql`select (select count(*) from app.orders) as rows, (select pg_get_userbyid(relowner) from pg_class where relname = 'orders') as owner`;
    expect(row).toMatchObject({ rows: "504", owner: "archive_app" });
  });
}

describe("before anything is restored", () => {
  test("every missing extension is named, with the package that has it", async () => {
    await using database = await freshDatabase(origin);
    await fill(
      database.settings,
      "create extension hstore; create extension citext; create table t (a hstore, b citext)",
    );
    const path = await makeArchive("plain", { ...from, settings: database.settings });
    const text = (await readFile(path, "utf8")).replaceAll("hstore", "vector").replaceAll("citext", "ours");
    await writeFile(path, text);
    const before = await inventory();
    const restoring = restore(path);
    await expect(restoring).rejects.toMatchObject({
      code: "extension-missing",
      message: expect.stringContaining("ours, vector"),
    });
    await expect(restoring).rejects.toMatchObject({
      hint: expect.stringContaining("postgresql-15-pgvector"),
    });
    expect(await inventory()).toEqual(before);
  });

  test("a tool older than the archive is named", async () => {
    const before = await inventory();
    const archive = { ...(await openArchive(await makeArchive("custom", from))), archiveVersion: "1.16" };
    await expect(
      restoreArchive({
        archive,
        installation: tools,
        settings: cluster.settings,
        database: "older",
        env: process.env,
      }),
    ).rejects.toMatchObject({ code: "tool-missing" });
    expect(await inventory()).toEqual(before);
  });
});
