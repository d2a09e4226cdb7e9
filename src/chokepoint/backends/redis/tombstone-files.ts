import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { OpsError } from "../../../errors.ts";
import { writeAtomicFile } from "../../../run/atomic-file.ts";
import { syncFolder } from "../../../run/new-file.ts";
import { sha256, toHex } from "../../../run/sha256.ts";
import { requireRecorded } from "../../require-recorded.ts";
import { createKeySum } from "./record.ts";
import type { KeyRecord } from "./record.ts";

/**
 * A tombstone of Redis is a folder of three files.
 * `keys`: the line `custody-redis-keys 1`, then one record for each key: database (4 bytes), expiry in milliseconds since 1970 (8, -1 for
 * never), length of the key (4), length of the dump (4), key, what DUMP gave; numbers are big endian, the expiry is signed.
 * `user`: the line of ACL LIST, byte for byte, or nothing. `complete.json`: written last; without it the tombstone is not whole.
 */
const header = Buffer.from("custody-redis-keys 1\n");
const headBytes = 20;
const writtenAtOnceBytes = 1 << 20;

const completeSchema = z.strictObject({
  v: z.literal(1),
  keys_sha256: z.string(),
  user_sha256: z.string(),
  keys: z.number(),
  bytes: z.number(),
  fingerprint: z.string(),
  expiry: z.enum(["exact", "told"]),
  /** Highest number of a database that has keys, and one. */
  databases: z.number(),
  server_version: z.string(),
});
export type Complete = z.output<typeof completeSchema>;

export interface TombstoneWriter extends AsyncDisposable {
  write(records: readonly KeyRecord[]): Promise<void>;
  /** All on disk, the completion marker last. */
  finish(
    user: string | null,
    facts: Omit<Complete, "v" | "keys_sha256" | "user_sha256" | "bytes">,
  ): Promise<Complete>;
}

/** In place of whatever is there. Throws `no-space` and `file-unwritable`. */
export async function openTombstoneWriter(folder: string): Promise<TombstoneWriter> {
  return await explained(folder, async () => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(join(folder, "keys"), "wx", 0o600);
    const digest = createHash("sha256");
    let bytes = 0;
    let pending: Buffer[] = [header];
    let pendingBytes = header.length;
    const flush = async (): Promise<void> => {
      const chunk = Buffer.concat(pending);
      [pending, pendingBytes] = [[], 0];
      digest.update(chunk);
      bytes += chunk.length;
      await file.appendFile(chunk);
    };
    return {
      write: async (records) =>
        await explained(folder, async () => {
          for (const record of records) {
            const head = headOf(record);
            pending.push(head, record.key, record.dumped);
            pendingBytes += head.length + record.key.length + record.dumped.length;
            if (pendingBytes >= writtenAtOnceBytes) await flush();
          }
        }),
      finish: async (user, facts) =>
        await explained(folder, async () => {
          await flush();
          await file.sync();
          const userBytes = Buffer.from(user ?? "", "latin1");
          const userFile = await open(join(folder, "user"), "wx", 0o600);
          await userFile.writeFile(userBytes);
          await userFile.sync();
          await userFile.close();
          const complete: Complete = {
            v: 1,
            ...facts,
            keys_sha256: digest.digest("hex"),
            user_sha256: toHex(sha256(userBytes)),
            bytes: bytes + userBytes.length,
          };
          writeAtomicFile(join(folder, "complete.json"), `${JSON.stringify(complete)}\n`, { mode: 0o600 });
          syncFolder(dirname(folder));
          return complete;
        }),
      [Symbol.asyncDispose]: () => file.close(),
    };
  });
}

function headOf({ database, key, expiresAt, dumped }: KeyRecord): Buffer {
  const head = Buffer.allocUnsafe(headBytes);
  head.writeUInt32BE(database, 0);
  head.writeBigInt64BE(BigInt(expiresAt ?? -1), 4);
  head.writeUInt32BE(key.length, 12);
  head.writeUInt32BE(dumped.length, 16);
  return head;
}

export interface WholeTombstone {
  readonly complete: Complete;
  /** The line of ACL LIST. */
  readonly user: string | null;
  /** In batches of about a megabyte. */
  records(): AsyncGenerator<readonly KeyRecord[], void, undefined>;
}

/**
 * Reads it all once to see that it is what was written, and once more to see that it is the recorded one. Throws `unreadable-archive`
 * and `not-equal` where it is not.
 */
export async function openTombstone(folder: string, recorded: string | undefined): Promise<WholeTombstone> {
  const complete = await readComplete(folder);
  const user = await readFile(join(folder, "user")).catch((error: unknown) => {
    throw damaged(folder, "it has no user", error);
  });
  if (toHex(sha256(user)) !== complete.user_sha256) throw damaged(folder, "user is not what was written");
  const digest = createHash("sha256");
  for await (const chunk of chunksOf(folder)) digest.update(chunk);
  if (digest.digest("hex") !== complete.keys_sha256) throw damaged(folder, "keys is not what was written");
  if (recorded !== undefined) requireRecorded(folder, await sumOf(folder, complete), recorded);
  return {
    complete,
    user: user.length === 0 ? null : user.toString("latin1"),
    records: () => readRecords(folder),
  };
}

async function sumOf(folder: string, { expiry }: Complete): Promise<string> {
  const sum = createKeySum(expiry);
  for await (const records of readRecords(folder)) for (const each of records) sum.add(each);
  return sum.text();
}

async function readComplete(folder: string): Promise<Complete> {
  try {
    return completeSchema.parse(JSON.parse(await readFile(join(folder, "complete.json"), "utf8")));
  } catch (error) {
    throw damaged(folder, "it has no readable complete.json", error);
  }
}

async function* readRecords(folder: string): AsyncGenerator<readonly KeyRecord[], void, undefined> {
  let pending: Buffer[] = [];
  let have = 0;
  // Chunks are put together only when a whole record is there: a large one comes in hundreds.
  let need = header.length;
  let at = header.length;
  for await (const chunk of chunksOf(folder)) {
    pending.push(chunk);
    have += chunk.length;
    if (have < need) continue;
    const bytes = pending.length === 1 ? chunk : Buffer.concat(pending);
    const records: KeyRecord[] = [];
    for (;;) {
      need = at + headBytes;
      if (bytes.length < need) break;
      need += bytes.readUInt32BE(at + 12) + bytes.readUInt32BE(at + 16);
      if (bytes.length < need) break;
      records.push(recordAt(bytes, at));
      at = need;
    }
    const left = bytes.subarray(at);
    [pending, have, need, at] = [[left], left.length, need - at, 0];
    if (records.length > 0) yield records;
  }
  if (have > 0) throw damaged(folder, "keys ends within a record");
}

function recordAt(bytes: Buffer, at: number): KeyRecord {
  const expiresAt = Number(bytes.readBigInt64BE(at + 4));
  const key = at + headBytes;
  const dump = key + bytes.readUInt32BE(at + 12);
  return {
    database: bytes.readUInt32BE(at),
    key: bytes.subarray(key, dump),
    expiresAt: expiresAt < 0 ? null : expiresAt,
    dumped: bytes.subarray(dump, dump + bytes.readUInt32BE(at + 16)),
  };
}

async function* chunksOf(folder: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of createReadStream(join(folder, "keys"), { highWaterMark: writtenAtOnceBytes }))
      yield Buffer.from(chunk);
  } catch (error) {
    throw damaged(folder, "keys cannot be read", error);
  }
}

function damaged(folder: string, why: string, cause?: unknown): OpsError {
  return new OpsError(
    "unreadable-archive",
    `the tombstone in ${folder} is not whole: ${why}`,
    "bring the resource back from its fence, or the folder from its backup",
    { cause },
  );
}

async function explained<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof OpsError) throw cause;
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOSPC" || code === "EDQUOT")
      throw new OpsError(
        "no-space",
        `there is no space left for ${folder}`,
        "free some, or name another tombstone.dir",
        {
          cause,
        },
      );
    throw new OpsError(
      "file-unwritable",
      `cannot write ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`,
      "check tombstone.dir and who may write to it",
      { cause },
    );
  }
}
