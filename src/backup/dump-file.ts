import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { InterruptedError, OpsError } from "../errors.ts";

/** A path that is removed with all below it when the scope ends, unless `keep` was called. Nothing may be there yet. */
export async function removeUnlessKept(path: string): Promise<AsyncDisposable & { keep(): void }> {
  if (existsSync(path)) {
    throw new OpsError(
      "file-unwritable",
      `${path}: there is something already`,
      "name a path where nothing is yet",
    );
  }
  let isKept = false;
  return {
    keep: () => {
      isKept = true;
    },
    async [Symbol.asyncDispose]() {
      if (!isKept) await rm(path, { recursive: true, force: true });
    },
  };
}

/** Writes a stream to a new file (mode 0600) and hashes it on its way. Throws `no-space`, `file-unwritable`. */
export async function writeHashed(
  source: AsyncIterable<Uint8Array>,
  path: string,
  options: {
    readonly sync?: boolean;
    readonly signal?: AbortSignal;
    readonly onProgress?: (bytes: number) => void;
  },
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  await using file = await open(path, "wx", 0o600).catch((error: unknown) => {
    throw explainWrite(path, error);
  });
  for await (const chunk of source) {
    if (options.signal?.aborted) throw new InterruptedError();
    hash.update(chunk);
    await writeAll(file, chunk, path);
    bytes += chunk.length;
    options.onProgress?.(bytes);
  }
  if (options.sync === true) await file.sync();
  return { sha256: hash.digest("hex"), bytes };
}

async function writeAll(
  file: Awaited<ReturnType<typeof open>>,
  chunk: Uint8Array,
  path: string,
): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, at, chunk.length - at, null).catch((error: unknown) => {
      throw explainWrite(path, error);
    });
    at += bytesWritten;
  }
}

/** A failure to write, by its system error. */
export function explainWrite(path: string, error: unknown): OpsError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  if (code === "ENOSPC" || code === "EDQUOT") return noSpace(path, error);
  return new OpsError(
    "file-unwritable",
    `${path}: cannot be written (${code})`,
    "check the path, its owner and mode",
    { cause: error },
  );
}

export function noSpace(path: string, cause?: unknown): OpsError {
  return new OpsError(
    "no-space",
    `${path}: no space left on the device`,
    "free some space, or set TMPDIR to a place that has it",
    { cause },
  );
}
