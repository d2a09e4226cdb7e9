import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { OpsError } from "../../../src/errors.ts";
import { readArchiveContents } from "../../../src/backup/archive/contents.ts";
import { readToc } from "../../../src/backup/archive/toc.ts";
import { openArchive } from "../../../src/backup/archive/open.ts";
import { freshDatabase, startTestCluster, testTools } from "../../support/cluster.ts";
import { archiveFolder, fill, kinds, makeArchive, smallSchema } from "./make-archives.ts";
import type { Kind } from "./make-archives.ts";

setDefaultTimeout(60_000);
const cluster = await startTestCluster();
const tools = await testTools();
const folder = await archiveFolder();
const source = await freshDatabase(cluster, { name: "source" });
await fill(source.settings, smallSchema);
afterAll(() => folder[Symbol.asyncDispose]());
const from = { tools, settings: source.settings, folder };
const archives = new Map<Kind, string>();
for (const kind of kinds) archives.set(kind, await makeArchive(kind, from));

async function failureOf(path: string): Promise<OpsError> {
  const error: unknown = await openArchive(path).then(
    () => new Error("it was opened"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof OpsError)) throw error;
  return error;
}

/** Whether anything says that the archive is not what it was. */
async function isNoticed(path: string, expected: string): Promise<boolean> {
  try {
    const archive = await openArchive(path);
    const { failures, ...contents } = await readArchiveContents(archive, {
      installation: tools,
      env: process.env,
    });
    return failures.length > 0 || JSON.stringify(contents) !== expected;
  } catch (error) {
    if (error instanceof OpsError && error.code === "unreadable-archive") return true;
    throw error;
  }
}

describe.each(kinds)("%s", (kind) => {
  const path = archives.get(kind) ?? "";

  test("says what it is", async () => {
    const archive = await openArchive(path);
    const isPlain = kind.startsWith("plain");
    expect(archive).toMatchObject({
      format: kind.replace(/-.*/, ""),
      gzipped: kind.endsWith("-gz"),
      archiveVersion: isPlain ? null : "1.14",
      databaseName: isPlain ? null : "source",
      serverVersion: cluster.installation.version,
      dumpVersion: tools.version,
      encoding: "UTF8",
    });
    expect(Math.abs(Date.now() - (archive.createdAt?.getTime() ?? 0))).toBeLessThan(120_000);
    const data = archive.entries.filter(({ desc }) => desc === "TABLE DATA");
    expect(data.map(({ tag }) => tag).toSorted()).toEqual(['Weird "name"; x', "empty", "orders", "part1"]);
    expect(data.every(({ hasData }) => hasData)).toBe(true);
    expect(archive.entries.find(({ tag, desc }) => tag === "orders" && desc === "TABLE")).toMatchObject({
      owner: "archive_app",
      namespace: "app",
    });
  });

  test("its size and SHA-256 are those of the file", async () => {
    const archive = await openArchive(path);
    if (kind === "directory") {
      const lines: string[] = [];
      for (const name of (await readdir(path)).toSorted()) {
        lines.push(
          `${createHash("sha256")
            .update(await readFile(join(path, name)))
            .digest("hex")}  ${name}\n`,
        );
      }
      expect(archive.sha256).toBe(createHash("sha256").update(lines.join("")).digest("hex"));
      return;
    }
    const bytes = await readFile(path);
    expect(archive).toMatchObject({
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
  });
});

describe.each(kinds.filter((kind) => kind !== "directory"))("%s, cut off", (kind) => {
  test("is never taken for whole, wherever it is cut", async () => {
    const bytes = await readFile(archives.get(kind) ?? "");
    const path = folder.file(`cut-${kind}`);
    const step = Math.max(1, Math.floor(bytes.length / 150));
    for (let length = 0; length < bytes.length; length += length < 200 ? 13 : step) {
      await writeFile(path, bytes.subarray(0, length));
      // pg_dump pads a tar file's end mark, and ends a script with blank lines: what is lost there is nothing.
      const isNothing =
        length > bytes.length - 1100 &&
        (kind === "tar" || (kind === "plain" && bytes.subarray(length).toString().trim() === ""));
      if (isNothing) continue;
      expect((await failureOf(path)).code).toBe("unreadable-archive");
    }
  });
});

describe.each(["custom", "custom-uncompressed", "tar", "plain", "plain-gz", "tar-gz", "custom-gz"] as const)(
  "%s, damaged",
  (kind) => {
    test("bits that flip in its data never go unnoticed", async () => {
      const bytes = await readFile(archives.get(kind) ?? "");
      const { failures, ...contents } = await readArchiveContents(
        await openArchive(archives.get(kind) ?? ""),
        { installation: tools, env: process.env },
      );
      expect(failures).toEqual([]);
      const expected = JSON.stringify(contents);
      const path = folder.file(`flipped-${kind}`);
      const mark = kind.endsWith("gz") ? 0 : dataStart(bytes, kind);
      let noticed = 0;
      let tried = 0;
      for (
        let at = mark;
        at < mark + dataLength(bytes, kind);
        at += Math.floor(dataLength(bytes, kind) / 25)
      ) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
        await writeFile(path, damaged);
        tried += 1;
        if (await isNoticed(path, expected)) noticed += 1;
      }
      // gzip's own header (time, file name, system) is no part of what it packs.
      expect(tried - noticed).toBeLessThanOrEqual(kind.endsWith("gz") ? 1 : 0);
    });
  },
);

/** Where rows stand. */
function dataStart(bytes: Buffer, kind: string): number {
  return kind === "custom"
    ? readToc(bytes).length
    : bytes.indexOf(kind === "plain" ? "\n1\trow " : "1\trow ") + 1;
}

function dataLength(bytes: Buffer, kind: string): number {
  if (kind.endsWith("gz")) return bytes.length;
  return kind === "custom" ? bytes.length - readToc(bytes).length : 30_000;
}

describe("a directory", () => {
  const copy = async (name: string): Promise<string> => {
    const path = folder.file(name);
    await mkdir(path);
    const original = archives.get("directory") ?? "";
    for (const file of await readdir(original))
      await writeFile(join(path, file), await readFile(join(original, file)));
    return path;
  };

  test("names the files that are missing, and what they hold", async () => {
    const path = await copy("missing");
    const { entries } = await openArchive(path);
    const orders = entries.find(({ desc, tag }) => desc === "TABLE DATA" && tag === "orders");
    await unlink(join(path, `${orders?.fileName ?? ""}.gz`));
    const error = await failureOf(path);
    expect(error.message).toContain("TABLE DATA app.orders");
    expect(error.message).toContain(orders?.fileName ?? "-");
  });

  test("misses a large object", async () => {
    const path = await copy("no-blob");
    await unlink(join(path, "blob_12346.dat.gz"));
    expect((await failureOf(path)).message).toContain("blob_12346.dat");
  });

  test("with a list of large objects that leads out of it is refused", async () => {
    const path = await copy("escape");
    await writeFile(join(path, "blobs.toc"), "12345 ../../../etc/passwd\n");
    expect((await failureOf(path)).code).toBe("unreadable-archive");
  });

  test("cut or damaged data are found when they are read", async () => {
    const path = await copy("damaged");
    const biggest = "blob_12346.dat.gz";
    const bytes = await readFile(join(path, biggest));
    await writeFile(join(path, biggest), bytes.subarray(0, bytes.length / 2));
    const { failures } = await readArchiveContents(await openArchive(path), {
      installation: tools,
      env: process.env,
    });
    expect(failures).toHaveLength(1);
    expect(failures[0]?.object).toBe("large object 12346");
  });

  test("without its table of contents says so", async () => {
    const path = await copy("no-toc");
    await rename(join(path, "toc.dat"), join(path, "other.dat"));
    expect((await failureOf(path)).message).toContain("without toc.dat");
    await rm(path, { recursive: true });
  });
});

describe("what is no archive of pg_dump", () => {
  test.each([
    ["an empty file", Buffer.alloc(0), "empty file"],
    ["a zip", Buffer.from("504b0304140000000800", "hex"), "zip"],
    ["a zstd file", Buffer.from("28b52ffd04001100", "hex"), "zstd"],
    [
      "pg_dumpall",
      Buffer.from("--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE x;\n"),
      "pg_dumpall",
    ],
    ["mysqldump", Buffer.from("-- MySQL dump 10.13  Distrib 8.0.36\n--\n"), "MySQL"],
    [
      "MariaDB's dump",
      Buffer.from("/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\n"),
      "MySQL",
    ],
    ["an error message", Buffer.from("pg_dump: error: connection to server failed\n"), "error output"],
    ["a web page", Buffer.from("<!DOCTYPE html><html>404</html>"), "web page"],
    ["a Redis snapshot", Buffer.from("REDIS0011\xfa"), "Redis"],
    ["plain SQL without a header", Buffer.from("CREATE TABLE a (b int);\n"), "without pg_dump's header"],
    ["a gzip of a zip", gzipSync(Buffer.from("504b0304140000000800", "hex")), "zip"],
    ["a gzip of a gzip", gzipSync(gzipSync("x")), "gzipped twice"],
    ["random bytes", Buffer.from("c0ffee00decafbad".repeat(100), "hex"), "binary file"],
  ])("%s", async (name, bytes, said) => {
    const path = folder.file(name.replaceAll(/\W/g, "-"));
    await writeFile(path, bytes);
    const error = await failureOf(path);
    expect(error.code).toBe("unreadable-archive");
    expect(error.message).toContain(said);
    expect(error.hint).not.toBe("");
  });

  test("a base backup as tar, a data directory, and nothing at all", async () => {
    const header = Buffer.alloc(1024);
    header.write("PG_VERSION", 0);
    header.write("ustar", 257);
    await writeFile(folder.file("base.tar"), header);
    expect((await failureOf(folder.file("base.tar"))).message).toContain("base backup");
    await mkdir(folder.file("data"));
    await writeFile(folder.file("data/PG_VERSION"), "15\n");
    expect((await failureOf(folder.file("data"))).message).toContain("data directory");
    expect((await failureOf(folder.file("absent"))).code).toBe("file-unreadable");
    expect((await failureOf("/dev/null")).code).toBe("unreadable-archive");
  });

  test("a toc.dat by itself names its directory", async () => {
    expect((await failureOf(join(archives.get("directory") ?? "", "toc.dat"))).hint).toContain("directory");
  });
});

test("an interrupted reading ends with InterruptedError", async () => {
  const stop = new AbortController();
  stop.abort();
  expect(openArchive(archives.get("custom") ?? "", { signal: stop.signal })).rejects.toThrow("interrupted");
});
