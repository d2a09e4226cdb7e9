import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { InterruptedError, OpsError } from "../../errors.ts";
import { cutOff, unreadable } from "./unreadable.ts";

const chunkBytes = 1024 * 1024;

/** The bytes of a file, from its start, in pieces of a megabyte. Throws `file-unreadable`, or `InterruptedError`. */
export async function* readChunks(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  await using file = await open(path, "r").catch((error: unknown) => {
    throw fileUnreadable(path, error);
  });
  for (;;) {
    if (signal?.aborted) throw new InterruptedError();
    const buffer = Buffer.allocUnsafe(chunkBytes);
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, null).catch((error: unknown) => {
      throw fileUnreadable(path, error);
    });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** What gzip packed. `path` is for messages. Throws `unreadable-archive` where the packed bytes are damaged or end. */
export async function* gunzipChunks(
  packed: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<Buffer, void, undefined> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  let failure: unknown;
  const feeding = feed(packed, gunzip).catch((error: unknown) => {
    failure = error;
    gunzip.destroy();
  });
  try {
    const unpacked: AsyncIterable<Buffer> = gunzip;
    yield* unpacked;
  } catch (error) {
    throw explainGunzip(failure ?? error, path);
  } finally {
    gunzip.destroy();
    await feeding;
  }
  if (failure !== undefined) throw explainGunzip(failure, path);
}

async function feed(
  packed: AsyncIterable<Uint8Array>,
  gunzip: NodeJS.WritableStream & { destroyed?: boolean },
): Promise<void> {
  for await (const chunk of packed) {
    if (gunzip.destroyed === true) return;
    if (gunzip.write(chunk)) continue;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = (): void => resolve();
    gunzip.once("drain", done).once("close", done).once("error", done);
    await promise;
    gunzip.off("drain", done).off("close", done).off("error", done);
  }
  gunzip.end();
}

function explainGunzip(error: unknown, path: string): Error {
  if (error instanceof OpsError || error instanceof InterruptedError) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "Z_BUF_ERROR") return cutOff(path, "in the middle of its gzip stream");
  return unreadable(path, "the gzip stream is damaged (its check sum or its structure is wrong)");
}

/** A file that cannot be opened or read, by its system error. */
export function fileUnreadable(path: string, error: unknown): Error {
  if (error instanceof OpsError || error instanceof InterruptedError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const why: Readonly<Record<string, readonly [string, string]>> = {
    ENOENT: ["no such file or directory", "check the path"],
    EACCES: ["permission denied", "run custody as a user who may read it"],
    EISDIR: ["is a directory", "check the path"],
    EIO: ["the device cannot read it (EIO)", "the storage is failing: take another copy"],
  };
  const [what, hint] = why[code] ?? [
    `cannot be read (${code === "" ? "unknown error" : code})`,
    "check the file and its storage",
  ];
  return new OpsError("file-unreadable", `${path}: ${what}`, hint, { cause: error });
}
