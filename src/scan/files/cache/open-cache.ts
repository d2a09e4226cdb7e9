import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { sha256, toHex } from "../../../run/sha256.ts";
import type { FileStamp } from "../read-source.ts";
import { createCacheFile, openCacheFile } from "./cache-file.ts";
import type { CacheEntry, CacheReader, CacheWriter } from "./cache-file.ts";

/** What the last runs learnt of the files of one tree. A hit holds the value as it was kept; null where the prefilter refused the file. */
export interface FactCache extends Disposable {
  /** By the file's state alone, unread. */
  find(path: string, stamp: FileStamp): { readonly value: unknown; readonly lines: number } | null;
  /** By its content: a checkout gives every file a new state. */
  findContent(key: string): { readonly value: unknown } | null;
  /** `key` must name all that the value depends on (`contentKey`); null, with a null value, for a file that the prefilter refused. */
  keep(path: string, stamp: FileStamp, learnt: Learnt): void;
  /** Writes what changed. Null when it is kept, else why not: a cache that cannot be written is no failure. */
  save(): string | null;
}

/** What a run learnt of a file. */
export interface Learnt {
  readonly key: string | null;
  readonly lines: number;
  readonly value: unknown;
}

export interface CacheOptions {
  /** The folder of all caches: `XDG_CACHE_HOME/custody/scan`. */
  readonly folder: string;
  /** The root of the tree: each has a file of its own. */
  readonly root: string;
  /** All that the values depend on beside the files: what it is of another version is of no use. */
  readonly version: string;
  /** When the scan began, Unix time in milliseconds. */
  readonly nowMs: number;
}

const dayMs = 86_400_000;
/** What was of no use for so long goes. */
const keptDays = 14;
/** Values beyond this are not kept, and found out anew each time. */
const largestValues = 128 * 1024 * 1024;
const mostEntries = 500_000;
/** A file that changed so shortly before the scan may change again without its times telling: they are as coarse as 2 s on some file systems. */
const racyMs = 2000;

/** Opens the cache of a tree. What is damaged, or of another version, is as if it were not there. */
export function openCache({ folder, root, version, nowMs }: CacheOptions): FactCache {
  const path = join(folder, `${toHex(sha256(Buffer.from(root))).slice(0, 32)}.cache`);
  const today = Math.floor(nowMs / dayMs);
  const opened = openCacheFile(path);
  const isOurs = opened !== null && opened.version === version;
  if (opened !== null && !isOurs) opened[Symbol.dispose]();
  const reader = isOurs ? opened : null;
  const old = new Map((reader?.entries ?? []).map((entry) => [entry.path, entry]));
  const byKey = new Map(
    [...old.values()].flatMap((entry) => (entry.key === null ? [] : [[entry.key, entry]])),
  );
  const used = new Set<string>();
  const kept = new Map<string, CacheEntry>();
  let writer: CacheWriter | null = null;
  let failure: string | null = null;
  let total = 0;
  /** Values are written as they come: all of them at once would not fit into the memory of a small machine. */
  const write = (entry: CacheEntry, text: string): CacheEntry | null => {
    if (failure !== null || total + text.length > largestValues) return null;
    total += text.length;
    return attempt(() => ({ ...entry, ...openWriter().append(text) }));
  };
  const openWriter = (): CacheWriter => {
    if (writer === null) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writer = createCacheFile(path);
    }
    return writer;
  };
  const attempt = <T>(work: () => T): T | null => {
    try {
      return work();
    } catch (error) {
      failure ??= error instanceof Error ? error.message : String(error);
      return null;
    }
  };
  /** What is still of use of what was there before. */
  const remaining = (): readonly CacheEntry[] =>
    [...old.values()].flatMap((entry) => {
      if (kept.has(entry.path)) return [];
      const day = used.has(entry.path) ? today : entry.day;
      if (day < today - keptDays) return [];
      if (entry.key === null) return [{ ...entry, day }];
      const text = reader?.read(entry) ?? null;
      const written = text === null ? null : write({ ...entry, day }, text);
      return written === null ? [] : [written];
    });

  return {
    find(file, stamp) {
      const entry = old.get(file);
      if (entry === undefined || !isSame(entry.stamp, stamp)) return null;
      const hit = entry.key === null ? { value: null } : readValue(reader, entry);
      if (hit === null) return null;
      used.add(file);
      return { ...hit, lines: entry.lines };
    },
    findContent(key) {
      const entry = byKey.get(key);
      return entry === undefined ? null : readValue(reader, entry);
    },
    keep(file, stamp, { key, lines, value }) {
      const isRacy = Math.max(stamp.mtimeMs, stamp.ctimeMs) > nowMs - racyMs;
      const trusted = isRacy ? { ...stamp, size: -1 } : stamp;
      const entry = { path: file, stamp: trusted, key, lines, offset: 0, length: 0, sum: 0, day: today };
      const written = key === null ? entry : write(entry, JSON.stringify(value));
      if (written !== null) kept.set(file, written);
    },
    save() {
      const isFresh = [...used].every((file) => (old.get(file)?.day ?? 0) > today - keptDays / 2);
      if (failure !== null || (kept.size === 0 && isFresh)) return failure;
      attempt(() => {
        openWriter().commit(version, [...kept.values(), ...remaining()].slice(0, mostEntries));
        sweep(folder, nowMs);
      });
      return failure;
    },
    [Symbol.dispose]: () => {
      writer?.[Symbol.dispose]();
      reader?.[Symbol.dispose]();
    },
  };
}

/** The key of a value that comes from a file's content and from what reads it: `typescript`, `carrier:docker`. */
export function contentKey(readBy: string, bytes: Uint8Array): string {
  return `${readBy}:${toHex(sha256(bytes))}`;
}

function isSame(one: FileStamp, other: FileStamp): boolean {
  return (
    one.size === other.size &&
    one.mtimeMs === other.mtimeMs &&
    one.ctimeMs === other.ctimeMs &&
    one.inode === other.inode
  );
}

function readValue(reader: CacheReader | null, entry: CacheEntry): { readonly value: unknown } | null {
  const text = reader?.read(entry) ?? null;
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    // Damaged where it lies: it is found out anew.
    return null;
  }
}

/** Caches of trees that nobody scans any more, and what runs that were killed left behind. */
function sweep(folder: string, nowMs: number): void {
  for (const name of readdirSync(folder)) {
    const oldMs = name.endsWith(".tmp")
      ? dayMs
      : name.endsWith(".cache")
        ? 60 * dayMs
        : Number.POSITIVE_INFINITY;
    const path = join(folder, name);
    const status = statSync(path, { throwIfNoEntry: false });
    if (status !== undefined && status.mtimeMs < nowMs - oldMs) rmSync(path, { force: true });
  }
}
