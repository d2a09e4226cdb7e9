import { constants } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { OpsError } from "../../../errors.ts";
import { throwIfInterrupted } from "../../../run/interrupt.ts";
import { readTrust } from "../../read-trust.ts";
import { readTrustedProfiles } from "../../trusted-profile.ts";
import type { BundleFolder, CheckBundlePorts } from "../ports.ts";

const subfolders = new Set(["checkpoints", "proofs"]);
const mostEntries = 100_000;
const chunkBytes = 1 << 18;

export function bundleFolders({
  cwd,
  signal,
}: {
  readonly cwd: string;
  readonly signal: AbortSignal;
}): CheckBundlePorts {
  return {
    readTrust: (input) => readTrust(input, cwd),
    readProfiles: (input) => readTrustedProfiles(input.profile, cwd),
    async openFolder(path) {
      const root = resolve(cwd, path);
      const entries = await list(root, path);
      return { entries, chunks: (name) => readChunks(root, name, signal) };
    },
  };
}

async function list(root: string, shown: string): Promise<BundleFolder["entries"]> {
  const entries = new Map<string, "file" | "folder" | "other">();
  const add = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      entries.set(name, entry.isFile() ? "file" : entry.isDirectory() ? "folder" : "other");
      if (entries.size > mostEntries) throw unreadable(shown, `it holds more than ${mostEntries} files`);
      if (folder === "" && entry.isDirectory() && subfolders.has(name)) await add(name);
    }
  };
  try {
    if (!(await stat(root)).isDirectory()) throw unreadable(shown, "it is no folder");
    await add("");
  } catch (cause) {
    if (cause instanceof OpsError) throw cause;
    throw unreadable(shown, cause instanceof Error ? cause.message : String(cause), cause);
  }
  return entries;
}

async function* readChunks(root: string, name: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  // A link that took the place of the file since the listing is not followed, and a pipe does not block.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    await using file = await open(join(root, name), flags);
    if (!(await file.stat()).isFile()) throw unreadable(name, "it is no plain file");
    const buffer = new Uint8Array(chunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, null);
      if (bytesRead === 0) return;
      throwIfInterrupted(signal);
      yield buffer.subarray(0, bytesRead);
    }
  } catch (cause) {
    const isSystems = cause instanceof Error && "syscall" in cause;
    if (!isSystems) throw cause;
    throw unreadable(name, cause.message, cause);
  }
}

function unreadable(what: string, why: string, cause?: unknown): OpsError {
  return new OpsError(
    "unreadable-bundle",
    `${what} cannot be read: ${why}`,
    "name the folder that custody chain bundle made",
    { cause },
  );
}
