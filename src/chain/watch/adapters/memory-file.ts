import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OpsError } from "../../../errors.ts";
import { lockFolder } from "../../../run/lock-folder.ts";
import { writeAtomicFile } from "../../../run/atomic-file.ts";
import type { ConnectionSettings } from "../../../postgres/settings.ts";
import { formatMemory, parseMemory } from "../memory-format.ts";
import type { WatchMemory } from "../memory.ts";
import type { MemoryStore } from "../ports.ts";

interface Place {
  readonly folder: string;
  /** As the user asked, with every host: the file is that of a cluster, whichever server of it answers. */
  readonly settings: () => Promise<ConnectionSettings>;
}

const stateFile = "state.json";

/**
 * A folder for each chain of a database, held by one process at a time. A chain that is reached by another address goes on from
 * what another folder knows of its chain_id: that is read, never written to.
 */
export function memoryFile({ folder, settings }: Place): MemoryStore {
  const held = new AsyncDisposableStack();
  let path: string | null = null;
  return {
    async load({ schema, table }, { chainId }) {
      const own = join(folder, folderName(await settings(), schema, table));
      makeFolder(own);
      held.use(await lockFolder(own));
      path = join(own, stateFile);
      const memory = read(path);
      return { path, memory: memory ?? (chainId === null ? null : adopt(folder, chainId)) };
    },
    save(memory) {
      if (path === null) throw new RangeError("a state is saved before one was loaded");
      writeAtomicFile(path, formatMemory(memory), { mode: 0o600 });
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Short, because a socket in the folder says who holds it, and a socket's path must be: what the servers, the database and the table are called, hashed. */
function folderName({ hosts, database }: ConnectionSettings, schema: string, table: string): string {
  const places = hosts.map(({ host, port }) => `${host}:${port}`).toSorted();
  return createHash("sha256")
    .update(JSON.stringify([places, database, schema, table]))
    .digest("hex")
    .slice(0, 12);
}

/** Null when there is no file; throws `file-unreadable` when there is one and it is not whole. */
function read(path: string): WatchMemory | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
  const parsed = parseMemory(text);
  if (typeof parsed === "string") throw unreadable(path, parsed);
  return parsed;
}

function unreadable(path: string, why: string): OpsError {
  return new OpsError(
    "file-unreadable",
    `the state of the watch in ${path} cannot be read: ${why}`,
    "find out what became of it; moved away, the chain is verified anew, against no more than its checkpoints",
  );
}

/** What another file knows of the same chain, the longest; files that cannot be read are others' business. */
function adopt(folder: string, chainId: string): WatchMemory | null {
  const found = listFolders(folder).flatMap((name) => {
    try {
      const memory = read(join(folder, name, stateFile));
      return memory?.identity.chainId === chainId ? [memory] : [];
    } catch (error) {
      if (error instanceof OpsError) return [];
      throw error;
    }
  });
  return found.toSorted((left, right) => right.tip.size - left.tip.size)[0] ?? null;
}

function listFolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((each) => /^[0-9a-f]{12}$/.test(each));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw unreadable(folder, error instanceof Error ? error.message : String(error));
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new OpsError(
      "file-unwritable",
      `cannot make the folder ${folder}: ${error instanceof Error ? error.message : String(error)}`,
      "name a folder that you may write to: --state DIR",
      { cause: error },
    );
  }
}
