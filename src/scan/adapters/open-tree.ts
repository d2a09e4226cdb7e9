import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { contentKey } from "../files/cache/open-cache.ts";
import type { FactCache, Learnt } from "../files/cache/open-cache.ts";
import { asciiBytes, decodeText, isBinary, withoutNuls } from "../files/decode-text.ts";
import type { Prefilter } from "../files/has-candidate.ts";
import { unsupportedLanguageOf } from "../files/language-of.ts";
import { listFiles } from "../files/list-files.ts";
import type { ListOptions } from "../files/listing.ts";
import { readerOf } from "../files/reader-of.ts";
import { createSourceReader, largestSource, readStamp } from "../files/read-source.ts";
import { withoutCode } from "../files/without-code.ts";
import type { UnparsedFile } from "../finding.ts";
import { isFacts } from "../facts.ts";
import type { Facts } from "../facts.ts";
import { linesOf } from "../lines.ts";
import type { Lines } from "../lines.ts";
import type { FileReading, Tree } from "../ports.ts";
import type { FactReader } from "./read-facts.ts";

export interface TreeOptions {
  readonly listing: ListOptions;
  readonly hasCandidate: Prefilter;
  /** Loaded when the first file must be parsed. */
  readonly facts: () => Promise<FactReader>;
  /** Null when nothing is kept. */
  readonly cache: FactCache | null;
}

/** What a file's first line says is in its first characters. */
const headLength = 400;

/** The tree on disk. Each file is read at most once, into one buffer; what it says is kept in the cache. */
export function openTree(options: TreeOptions): Tree {
  const { listing, hasCandidate, cache } = options;
  let [hits, misses] = [0, 0];
  const source = createSourceReader();
  const linesByPath = new Map<string, Lines>();
  return {
    list: () => listFiles(listing),
    read(file) {
      const skipped = withoutCode(fileName(file.path));
      if (skipped !== null) return { is: "skipped", as: skipped === "document" ? "documents" : skipped };
      const stamp = cache === null ? null : readStamp(file.absolute);
      const known = stamp === null ? null : (cache?.find(file.absolute, stamp) ?? null);
      if (known === null) misses += 1;
      else hits += 1;
      if (known !== null && known.value === null) return { is: "nothing", lines: known.lines };
      if (known !== null && isFacts(known.value))
        return { is: "facts", facts: known.value, lines: known.lines };
      // What nothing reads is told by its name, and not looked through when it is huge.
      const isReadable = unsupportedLanguageOf(file.path, "") === null;
      const read = source.read(file.absolute, isReadable ? hasCandidate : null);
      if (read.is === "unreadable") return unparsed(file.path, null, "unreadable", read.detail);
      if (read.is === "too-large") {
        if (read.candidateLine === null) {
          cache?.keep(file.absolute, read.stamp, { key: null, lines: 0, value: null });
          return { is: "nothing", lines: 0 };
        }
        return tooLarge(file.path, read.candidateLine);
      }
      return readBytes(file.path, read.bytes, options, (learnt) =>
        cache?.keep(file.absolute, read.stamp, learnt),
      );
    },
    async readWanted(file, isWanted) {
      if (withoutCode(fileName(file.path)) !== null) return null;
      const read = source.read(file.absolute, isWanted);
      if (read.is === "too-large")
        return read.candidateLine === null ? null : tooLarge(file.path, read.candidateLine);
      if (read.is !== "read" || !isWanted(read.bytes)) return null;
      return await readCandidate(file.path, read.bytes, options, () => undefined);
    },
    lines(path) {
      const before = linesByPath.get(path);
      if (before !== undefined) return before;
      // It was there a moment ago: without it its findings keep their offsets, and lose their lines.
      const lines = linesOf(readText(resolve(listing.cwd, path)) ?? "");
      linesByPath.set(path, lines);
      return lines;
    },
    readText,
    save: () => (cache === null ? null : { hits, misses, problem: cache.save() }),
  };
}

/** What the bytes of a file say; `learn` is told what to keep of them. They may be overwritten as soon as this returned. */
export function readBytes(
  path: string,
  bytes: Buffer,
  options: TreeOptions,
  learn: (learnt: Learnt) => void,
): Promise<FileReading> | FileReading {
  if (isBinary(bytes)) {
    // A source with a NUL in it is still run by many an interpreter.
    return readerOf(path, "") !== null && options.hasCandidate(withoutNuls(bytes))
      ? unparsed(path, null, "not-text", "it is binary, and may destroy")
      : { is: "skipped", as: "binary" };
  }
  if (isOfInterest(path, bytes) && options.hasCandidate(asciiBytes(bytes)))
    return readCandidate(path, bytes, options, learn);
  const lines = countLines(bytes);
  learn({ key: null, lines, value: null });
  return { is: "nothing", lines };
}

/** Whether anything would be told of a file, were it to destroy: most names say so, else a first line does. */
function isOfInterest(path: string, bytes: Uint8Array): boolean {
  return readerOf(path, "") !== null || unsupportedLanguageOf(path, "") !== null || startsWithShebang(bytes);
}

function startsWithShebang(bytes: Uint8Array): boolean {
  const at = bytes[0] === 0xef ? 3 : 0;
  return bytes[at] === 0x23 && bytes[at + 1] === 0x21;
}

async function readCandidate(
  path: string,
  bytes: Buffer,
  { facts, cache }: TreeOptions,
  learn: (learnt: Learnt) => void,
): Promise<FileReading> {
  const lines = countLines(bytes);
  const head = decodeText(bytes.subarray(0, headLength)).text;
  const by = readerOf(path, head);
  if (by === null) {
    const language = unsupportedLanguageOf(path, head);
    return language === null ? { is: "nothing", lines } : { is: "unsupported", language, lines };
  }
  const key = contentKey(by.name, bytes);
  const known = cache?.findContent(key) ?? null;
  const { text } = decodeText(bytes);
  const parsed: Facts | null =
    known !== null && isFacts(known.value) ? known.value : await (await facts()).read(by, path, text);
  if (parsed === null) return unparsed(path, null, "gave-up", "a parse took longer than 1 s");
  learn({ key, lines, value: parsed });
  return { is: "facts", facts: parsed, lines };
}

function readText(absolute: string): string | null {
  try {
    return decodeText(readFileSync(absolute)).text;
  } catch {
    // Whoever asks for it knows what its absence means.
    return null;
  }
}

function tooLarge(path: string, line: number): FileReading {
  return unparsed(path, line, "too-large", `more than ${largestSource / 1024 / 1024} MiB, and may destroy`);
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function unparsed(
  path: string,
  line: number | null,
  reason: UnparsedFile["reason"],
  detail: string,
): FileReading {
  return { is: "unparsed", file: { path, line, reason, detail } };
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  return bytes.length > 0 && bytes[bytes.length - 1] !== 10 ? count + 1 : count;
}
