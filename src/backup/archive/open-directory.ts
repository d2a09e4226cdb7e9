import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { entryLabel } from "./archive.ts";
import type { Archive } from "./archive.ts";
import { identifyDirectory } from "./identify.ts";
import type { OpenOptions } from "./open.ts";
import { fileUnreadable, gunzipChunks, readChunks } from "./read-chunks.ts";
import { createTocReader, foundIn } from "./toc-reader.ts";
import type { Toc, TocEntry } from "./toc.ts";
import { unreadable } from "./unreadable.ts";

const suffixes = ["", ".gz", ".lz4", ".zst"] as const;

/** An archive of format directory: `toc.dat`, and a file for each table and each large object. */
export async function openDirectory(path: string, options: OpenOptions): Promise<Archive> {
  const names = (
    await readdir(path).catch((error: unknown) => {
      throw fileUnreadable(path, error);
    })
  ).toSorted();
  const tocName = names.includes("toc.dat") ? "toc.dat" : names.find((name) => name === "toc.dat.gz");
  if (tocName === undefined) {
    const { looksLike, hint } = identifyDirectory(names);
    throw unreadable(path, `this is ${looksLike}`, hint);
  }
  const sizes = await sizesOf(path, names);
  const toc = await readTocFile(join(path, tocName), options.signal);
  const modified = (await stat(join(path, tocName))).mtime;
  checkFiles(path, toc, sizes);
  await checkLargeObjects(path, toc, sizes, options.signal);
  const { bytes, sha256 } = await digestFiles(path, sizes, options);
  const found = foundIn(toc, "directory", modified);
  return {
    ...found,
    compression: compressionOf(found.compression, names),
    path,
    gzipped: false,
    isPinned: false,
    bytes,
    sha256,
  };
}

async function sizesOf(path: string, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const name of names) {
    const status = await stat(join(path, name)).catch((error: unknown) => {
      throw fileUnreadable(join(path, name), error);
    });
    if (status.isFile()) sizes.set(name, status.size);
    else
      throw unreadable(
        path,
        `${name} is no plain file`,
        "an archive of format directory holds plain files alone",
      );
  }
  return sizes;
}

async function readTocFile(path: string, signal: AbortSignal | undefined): Promise<Toc> {
  const reader = createTocReader(path);
  const raw = readChunks(path, signal);
  let isRead = false;
  for await (const chunk of path.endsWith(".gz") ? gunzipChunks(raw, path) : raw) {
    if (!isRead) isRead = reader.push(chunk) !== null;
  }
  return reader.finish();
}

function checkFiles(path: string, toc: Toc, sizes: ReadonlyMap<string, number>): void {
  const missing: string[] = [];
  for (const entry of toc.entries) {
    if (entry.fileName === null) continue;
    const name = fileOf(entry, toc, sizes);
    if (name === undefined) missing.push(`${entry.fileName} of ${entryLabel(entry)}`);
    else if (name.endsWith(".gz") && sizes.get(name) === 0)
      missing.push(`${name} (it is empty) of ${entryLabel(entry)}`);
  }
  refuseMissing(path, missing);
}

/** Before version 1.16 all large objects are listed in `blobs.toc`, whatever the entry says (source: _LoadLOs). */
function fileOf(entry: TocEntry, toc: Toc, sizes: ReadonlyMap<string, number>): string | undefined {
  const name = entry.desc === "BLOBS" && toc.head.minor < 16 ? "blobs.toc" : entry.fileName;
  return suffixes.map((suffix) => `${name}${suffix}`).find((candidate) => sizes.has(candidate));
}

/** `blobs.toc` holds lines `<oid> <file>`: each file must be there, and inside the directory. */
async function checkLargeObjects(
  path: string,
  toc: Toc,
  sizes: ReadonlyMap<string, number>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const missing: string[] = [];
  for (const entry of toc.entries) {
    if (entry.desc !== "BLOBS" || entry.fileName === null) continue;
    const list = fileOf(entry, toc, sizes);
    if (list === undefined || list.endsWith(".lz4") || list.endsWith(".zst")) continue;
    const raw = readChunks(join(path, list), signal);
    let text = "";
    for await (const chunk of list.endsWith(".gz") ? gunzipChunks(raw, list) : raw)
      text += chunk.toString("latin1");
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const name = /^\d{1,10} ([\w.]{1,64})$/.exec(line)?.[1];
      if (name === undefined) throw unreadable(path, `${list} holds a line that pg_dump does not write`);
      if (!suffixes.some((suffix) => sizes.has(name + suffix))) missing.push(`${name} (a large object)`);
    }
  }
  refuseMissing(path, missing);
}

function refuseMissing(path: string, missing: readonly string[]): void {
  if (missing.length === 0) return;
  const shown = missing.slice(0, 5).join(", ");
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : "";
  throw unreadable(
    path,
    `missing files: ${shown}${more}`,
    "the copy is incomplete: fetch the whole directory again",
  );
}

/** The digest of a directory's files as they are now: over the lines `<sha256>  <name>\n`, sorted by name. */
export async function directoryDigest(
  path: string,
  options: OpenOptions,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  return await digestFiles(path, await sizesOf(path, await readdir(path)), options);
}

/** How large the files of a directory are together. */
export async function directoryBytes(path: string): Promise<number> {
  return total(await sizesOf(path, await readdir(path)));
}

function total(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

async function digestFiles(
  path: string,
  sizes: ReadonlyMap<string, number>,
  options: OpenOptions,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const all = total(sizes);
  const list = createHash("sha256");
  let bytes = 0;
  for (const name of [...sizes.keys()].toSorted()) {
    const file = createHash("sha256");
    for await (const chunk of readChunks(join(path, name), options.signal)) {
      file.update(chunk);
      bytes += chunk.length;
      options.onProgress?.(bytes, all);
    }
    list.update(`${file.digest("hex")}  ${name}\n`);
  }
  return { bytes, sha256: list.digest("hex") };
}

/** Up to version 1.14 the head says whether data are compressed; the files say how. */
function compressionOf(said: string, names: readonly string[]): string {
  const data = names.filter((name) => /^(\d+|blob_\d+)\.dat/.test(name));
  if (data.some((name) => name.endsWith(".gz"))) return "gzip";
  if (data.some((name) => name.endsWith(".lz4"))) return "lz4";
  if (data.some((name) => name.endsWith(".zst"))) return "zstd";
  return data.length === 0 ? said : "none";
}
