import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readArchiveContents } from "../../src/backup/archive/contents.ts";
import { openArchive } from "../../src/backup/archive/open.ts";
import { dumpDatabase } from "../../src/backup/dump.ts";
import type { DumpOptions } from "../../src/backup/dump.ts";
import { connect } from "../../src/postgres/connect.ts";
import { freshDatabase, startTestCluster, testTools } from "../support/cluster.ts";
import { canMount, mountSmallDisk } from "../support/small-disk.ts";
import { archiveFolder, fill, smallSchema } from "./archive/make-archives.ts";

setDefaultTimeout(60_000);
const cluster = await startTestCluster();
const tools = await testTools();
const folder = await archiveFolder();
const source = await freshDatabase(cluster, { name: "source" });
await fill(source.settings, smallSchema);
afterAll(() => folder[Symbol.asyncDispose]());
let count = 0;

function options(more: Partial<DumpOptions> = {}): DumpOptions {
  count += 1;
  return {
    installation: tools,
    settings: source.settings,
    serverMajor: 15,
    format: "custom",
    path: folder.file(`dump-${count}`),
    env: process.env,
    ...more,
  };
}

async function leftBehind(): Promise<readonly string[]> {
  return (await readdir(folder.path)).filter((name) => name.startsWith(`dump-${count}`));
}

/** Until pg_dump stands before a lock. */
async function waitsForLock(): Promise<void> {
  await using session = await connect(cluster.settings, { applicationName: "watch" });
  for (;;) {
    const rows =
      await session.sql`select 1 from pg_stat_activity where application_name like '%pg_dump%' and wait_event_type = 'Lock'`;
    if (rows.length > 0) return;
  }
}

describe.each(["custom", "directory", "plain", "tar"] as const)("format %s", (format) => {
  test("the digest taken in flight is that of what lies there", async () => {
    const seen: number[] = [];
    const dump = await dumpDatabase(
      options({ format, jobs: 2, onProgress: (bytes) => void seen.push(bytes) }),
    );
    const archive = await openArchive(dump.path);
    expect(archive).toMatchObject({ format, sha256: dump.sha256, bytes: dump.bytes });
    if (format !== "directory") expect(seen.at(-1)).toBe(dump.bytes);
    expect(Math.abs(Date.now() - (archive.createdAt?.getTime() ?? 0))).toBeLessThan(60_000);
  });

  test("holds the rows of the snapshot, whatever happens after it", async () => {
    await using keeper = await connect(source.settings, { applicationName: "keeper" });
    await keeper.sql.unsafe("begin isolation level repeatable read, read only");
    const [row] = await keeper.sql.unsafe<{ snapshot: string }[]>("select pg_export_snapshot() as snapshot");
    await fill(
      source.settings,
      "create table if not exists app.more (a int); insert into app.orders (note) values ('later')",
    );
    const dump = await dumpDatabase(options({ format, snapshot: row?.snapshot ?? "", jobs: 2 }));
    const [counted] = await keeper.sql.unsafe<{ rows: string }[]>("select count(*) as rows from app.orders");
    const { tables } = await readArchiveContents(await openArchive(dump.path), {
      installation: tools,
      env: process.env,
    });
    expect(tables.find(({ table }) => table === "app.orders")?.rows).toBe(Number(counted?.rows));
  });

  test("interrupted, leaves nothing behind", async () => {
    await using holder = await connect(source.settings, { applicationName: "holder" });
    await holder.sql.unsafe("begin; lock table app.part in access exclusive mode");
    const stop = new AbortController();
    const dumping = dumpDatabase(options({ format, signal: stop.signal }));
    await waitsForLock();
    stop.abort();
    await expect(dumping).rejects.toThrow("interrupted");
    expect(await leftBehind()).toEqual([]);
  });

  test("a table that stays locked is a timeout that names it, and leaves nothing behind", async () => {
    await using holder = await connect(source.settings, { applicationName: "holder" });
    await holder.sql.unsafe("begin; lock table app.part in access exclusive mode");
    const dumping = dumpDatabase(options({ format, lockTimeoutMs: 200 }));
    await expect(dumping).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringContaining("app.part"),
    });
    expect(await leftBehind()).toEqual([]);
  });
});

describe("what cannot be dumped", () => {
  test("a server newer than the tool is refused before anything starts", async () => {
    await expect(dumpDatabase(options({ serverMajor: 18 }))).rejects.toMatchObject({
      code: "server-too-new",
    });
    expect(await leftBehind()).toEqual([]);
  });

  test("what is there already stays as it is", async () => {
    const taken = options();
    await writeFile(taken.path, "mine");
    await expect(dumpDatabase(taken)).rejects.toMatchObject({ code: "file-unwritable" });
    expect(existsSync(taken.path)).toBe(true);
  });

  test("a failing pg_dump is a server error in its own words", async () => {
    const failing = options({ snapshot: "00000000-00000000-1" });
    await expect(dumpDatabase(failing)).rejects.toMatchObject({
      code: "server-error",
      message: expect.stringContaining("snapshot"),
    });
    expect(await leftBehind()).toEqual([]);
  });

  test.skipIf(!canMount).each(["custom", "directory", "plain"] as const)(
    "no space, format %s",
    async (format) => {
      const place = folder.file(`small-${format}`);
      using _disk = mountSmallDisk(place, "64k");
      const dumping = dumpDatabase(options({ format, compress: 0, path: join(place, "dump") }));
      await expect(dumping).rejects.toMatchObject({ code: "no-space" });
      expect(await readdir(place)).toEqual([]);
    },
  );
});
