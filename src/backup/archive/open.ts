import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Archive } from "./archive.ts";
import { identify, identityBytes } from "./identify.ts";
import type { Identity } from "./identify.ts";
import { openDirectory } from "./open-directory.ts";
import { createPart } from "./parts.ts";
import type { Part } from "./parts.ts";
import { fileUnreadable, gunzipChunks, readChunks } from "./read-chunks.ts";
import { unreadable } from "./unreadable.ts";

export interface OpenOptions {
  readonly signal?: AbortSignal;
  /** Bytes of the file read so far, and how many there are. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads an archive's structure with no server and no tool: custom, directory, tar, plain SQL, and any of the files
 * gzipped. Every byte is read once (for the SHA-256), the data are not decompressed. Memory is flat but for the table
 * of contents. Throws `unreadable-archive` (cut off, damaged, or no archive of pg_dump's: what it looks like) or
 * `file-unreadable`.
 */
export async function openArchive(path: string, options: OpenOptions = {}): Promise<Archive> {
  const status = await stat(path).catch((error: unknown) => {
    throw fileUnreadable(path, error);
  });
  if (status.isDirectory()) return await openDirectory(path, options);
  if (!status.isFile()) throw unreadable(path, "neither a file nor a directory", "give the path of a dump");
  const hash = createHash("sha256");
  let bytes = 0;
  const raw = hashed(readChunks(path, options.signal), (chunk) => {
    hash.update(chunk);
    bytes += chunk.length;
    options.onProgress?.(bytes, status.size);
  });
  await using outer = await peek(raw);
  const isGzipped = identify(outer.head).kind === "gzip";
  await using unpacked = isGzipped ? await peek(gunzipChunks(outer.chunks, path)) : null;
  const inner = unpacked ?? outer;
  const identity = identify(inner.head);
  const part = partFor(identity, path, status.mtime);
  for await (const chunk of inner.chunks) part.push(chunk);
  const found = part.finish();
  return {
    ...found,
    path,
    gzipped: isGzipped,
    isPinned: false,
    bytes,
    sha256: hash.digest("hex"),
    ...(isGzipped ? { compression: "gzip" } : {}),
  };
}

function partFor(identity: Identity, path: string, modified: Date): Part {
  switch (identity.kind) {
    case "custom":
    case "tar":
    case "plain":
      return createPart(identity.kind, path, modified);
    case "gzip":
      throw unreadable(path, "gzipped twice", "unpack it once");
    case "toc-of-directory":
      throw unreadable(
        path,
        "the table of contents of an archive of format directory",
        "give the directory that it stands in",
      );
    case "other":
      throw unreadable(path, `this is ${identity.looksLike}, not an archive of pg_dump`, identity.hint);
  }
}

async function* hashed(
  chunks: AsyncIterable<Buffer>,
  take: (chunk: Buffer) => void,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of chunks) {
    take(chunk);
    yield chunk;
  }
}

interface Peeked extends AsyncDisposable {
  /** As many bytes as `identify` wants. */
  readonly head: Buffer;
  /** The whole stream, from its start. */
  readonly chunks: AsyncGenerator<Buffer, void, undefined>;
}

/** Looks at the start of a stream. Disposing closes the stream, wherever its reader has come. */
async function peek(source: AsyncGenerator<Buffer, void, undefined>): Promise<Peeked> {
  const first: Buffer[] = [];
  let held = 0;
  while (held < identityBytes) {
    const next = await source.next();
    if (next.done === true) break;
    first.push(next.value);
    held += next.value.length;
  }
  return {
    head: Buffer.concat(first).subarray(0, identityBytes),
    chunks: replay(first, source),
    async [Symbol.asyncDispose]() {
      await source.return();
    },
  };
}

async function* replay(
  first: readonly Buffer[],
  rest: AsyncGenerator<Buffer, void, undefined>,
): AsyncGenerator<Buffer, void, undefined> {
  yield* first;
  yield* rest;
}
