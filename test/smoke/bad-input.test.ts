import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OpsError } from "../../src/errors.ts";
import { runTool } from "../../src/postgres/tool.ts";
import type { SmokeFlags } from "../../src/smoke/input.ts";
import { run, startTestCluster, testTools } from "../support/cluster.ts";
import { manifestFor } from "../support/dumped.ts";
import { prove, urlOf } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";

/** What cannot be proved is told in two lines, with the value that was wrong; a damaged backup is a verdict. */
const cluster = await startTestCluster(15);
const newer = await startTestCluster(17);
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const shop = { ...cluster.settings, database: "shop" };
const archives = {
  custom: join(folder.path, "shop.dump"),
  stored: join(folder.path, "stored.dump"),
  plain: join(folder.path, "shop.sql"),
};

beforeAll(async () => {
  await run(cluster, "CREATE DATABASE shop");
  const { exitCode } = await runTool({
    installation: await testTools(),
    tool: "psql",
    args: ["-q", "-v", "ON_ERROR_STOP=1", "-c", setup],
    settings: shop,
  });
  expect(exitCode).toBe(0);
  for (const [path, args] of [
    [archives.custom, ["-Fc", "-Z6"]],
    [archives.stored, ["-Fc", "-Z0"]],
    [archives.plain, ["-Fp"]],
  ] as const) {
    const dumped = await runTool({
      installation: await testTools(),
      tool: "pg_dump",
      args: [...args, "-f", path],
      settings: shop,
    });
    expect(dumped.stderr).toEqual([]);
  }
}, 120_000);

const setup = `
  CREATE TABLE item (id int PRIMARY KEY, note text);
  INSERT INTO item SELECT n, 'note number ' || n FROM generate_series(1, 5000) n;
  CREATE ROLE nosy LOGIN; GRANT SELECT ON item TO nosy;
  CREATE TABLE secret (id int); CREATE TABLE secret_too (id int);`;

async function errorOf(flags: SmokeFlags): Promise<OpsError> {
  try {
    const { verdict, failed } = await prove(flags);
    throw new Error(`no error: ${verdict} ${failed.join(" ")}`);
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
}

describe("the source", () => {
  test("an unreachable server", async () => {
    const error = await errorOf({ dbUrl: "postgres://app:hunter2@127.0.0.1:1/shop" });
    expect(error).toMatchObject({ code: "unreachable", exitCode: 3 });
    expect(error.message).toContain("127.0.0.1:1");
    expect(`${error.message} ${error.hint}`).not.toContain("hunter2");
  });

  test("a database that is not there", async () => {
    expect((await errorOf({ dbUrl: urlOf({ ...shop, database: "nowhere" }) })).message).toContain("nowhere");
  });

  test("a role that may not read some tables: all of them are named", async () => {
    const error = await errorOf({ dbUrl: urlOf({ ...shop, user: "nosy" }) });
    expect(error).toMatchObject({ code: "permission-denied", exitCode: 3 });
    expect(error.message).toContain("public.secret, public.secret_too");
    expect(error.message).not.toContain("public.item");
  });

  test("a server that is newer than the tools", async () => {
    const error = await errorOf({ dbUrl: urlOf(newer.settings) });
    expect(error).toMatchObject({ code: "server-too-new", exitCode: 3 });
    expect(error.message).toContain("17");
  });

  test("a scratch server that is the source's", async () => {
    const flags = { dbUrl: urlOf(shop), scratchUrl: urlOf(cluster.settings) };
    expect(await errorOf(flags)).toMatchObject({ code: "scratch-is-source", exitCode: 2 });
    expect((await prove({ ...flags, allowSameServer: true })).verdict).toBe("proved");
  });
});

describe("the archive", () => {
  test("one that is whole is proved, in every format that was made", async () => {
    for (const dump of Object.values(archives)) expect((await prove({ dump })).verdict).toBe("proved");
  });

  test("one that is cut off", async () => {
    const cut = join(folder.path, "cut.dump");
    writeFileSync(cut, readFileSync(archives.custom).subarray(0, 20_000));
    expect(await errorOf({ dump: cut })).toMatchObject({ code: "unreadable-archive", exitCode: 3 });
  });

  test("a flipped bit in compressed data", async () => {
    const { verdict, state } = await prove({ dump: flip(archives.custom, "flipped.dump") });
    expect(verdict).toBe("disproved");
    expect(state.damage?.message).toContain("flipped.dump is damaged");
    expect(state.differences.some(({ stage }) => stage === "storage")).toBe(true);
  });

  test("a flipped bit in stored data restores without a word, and the manifest tells", async () => {
    const manifest = join(folder.path, "shop.manifest");
    expect((await prove({ dbUrl: urlOf(shop), writeManifest: manifest })).verdict).toBe("proved");
    expect(
      (await prove({ dump: archives.stored, expect: manifestFor(manifest, archives.stored) })).verdict,
    ).toBe("proved");
    const flipped = flip(archives.stored, "flipped-stored.dump");
    const { verdict, state } = await prove({ dump: flipped, expect: manifestFor(manifest, archives.stored) });
    expect(verdict).toBe("disproved");
    expect(state.differences.find(({ kind }) => kind === "content")).toMatchObject({
      object: "table public.item",
      stage: "storage",
    });
  });

  test("a file of another kind", async () => {
    const zip = join(folder.path, "backup.zip");
    writeFileSync(zip, Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(2000)]));
    expect(await errorOf({ dump: zip })).toMatchObject({ code: "unreadable-archive", exitCode: 3 });
    expect(await errorOf({ dump: join(folder.path, "nothing.dump") })).toMatchObject({
      code: "file-unreadable",
      exitCode: 3,
    });
  });

  test("an extension that is not here is named before anything is restored", async () => {
    const needy = join(folder.path, "needy.sql");
    const create = "CREATE EXTENSION IF NOT EXISTS teleport WITH SCHEMA public;";
    const header = "--\n-- Name: teleport; Type: EXTENSION; Schema: -; Owner: -\n--\n\n";
    writeFileSync(
      needy,
      readFileSync(archives.plain, "utf8").replace(
        "SET default_tablespace = '';",
        `${header}${create}\n\n\nSET default_tablespace = '';`,
      ),
    );
    const error = await errorOf({ dump: needy });
    expect(error).toMatchObject({ code: "extension-missing", exitCode: 3 });
    expect(error.message).toContain("teleport");
  });

  test("a manifest that shares no table with it; another database name alone is none of it", async () => {
    const manifest = join(folder.path, "other.manifest");
    await run(cluster, "CREATE DATABASE other");
    const other = { ...cluster.settings, database: "other" };
    await runTool({
      installation: await testTools(),
      tool: "psql",
      args: ["-c", "CREATE TABLE elsewhere (id int)"],
      settings: other,
    });
    await prove({ dbUrl: urlOf(other), writeManifest: manifest });
    expect(await errorOf({ restoredUrl: urlOf(shop), expect: manifest })).toMatchObject({
      code: "manifest-mismatch",
      exitCode: 2,
    });
    expect(await errorOf({ dump: archives.custom, expect: manifest })).toMatchObject({
      code: "manifest-mismatch",
      exitCode: 2,
    });
  });

  test("no room for it is known before anything is written", async () => {
    const small = join(folder.path, "small");
    mkdirSync(small);
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small]).status).toBe(0);
    const before = process.env["TMPDIR"];
    process.env["TMPDIR"] = small;
    try {
      const error = await errorOf({ dump: archives.custom });
      expect(error).toMatchObject({ code: "no-space", exitCode: 3 });
      expect(error.message).toContain(small);
    } finally {
      if (before === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = before;
      spawnSync("umount", [small]);
    }
  });
});

/** A copy with one bit of a row's text flipped: the middle of the file is in its data. */
function flip(path: string, name: string): string {
  const copy = join(folder.path, name);
  copyFileSync(path, copy);
  const bytes = readFileSync(copy);
  const text = bytes.indexOf("note number 2500");
  const at = text === -1 ? Math.floor(bytes.length * 0.6) : text;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(copy, bytes);
  return copy;
}
