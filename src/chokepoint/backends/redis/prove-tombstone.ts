import type { ProofFacts, Progress } from "../../backend.ts";
import type { FencePlan } from "../../drop.ts";
import { OpsError } from "../../../errors.ts";
import type { Environment } from "../../../postgres/connection-settings.ts";
import { throwIfInterrupted } from "../../../run/interrupt.ts";
import { userOf, writeAclLine } from "./acl-line.ts";
import { expiryOf } from "./dump-keys.ts";
import { explainRedisError } from "./explain-error.ts";
import { infoOf } from "./identify.ts";
import type { Link, Reply } from "./link.ts";
import { readPlan } from "./marks.ts";
import { createKeySum } from "./record.ts";
import type { KeyRecord } from "./record.ts";
import { startScratchServer } from "./scratch-server.ts";
import { openTombstone } from "./tombstone-files.ts";
import type { WholeTombstone } from "./tombstone-files.ts";
import { digestValue } from "./values/digest-value.ts";

/** A key that expires sooner is restored without its expiry, so that it does not vanish while it is compared. */
const expiringMs = 5 * 60 * 1000;
const shown = 20;

export interface ProofOptions {
  readonly env: Environment;
  readonly program: string | null;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** The ledger's fingerprint. */
  readonly recorded?: string | undefined;
}

/**
 * Restores every key and the user into a throwaway server and reads them back: "restores" is what was seen, and "equal" is the same
 * value, expiry and ACL line. Throws `tool-missing` where no server of that version is here: the tombstone is unproved then.
 */
export async function proveTombstone(
  recorded: FencePlan,
  folder: string,
  options: ProofOptions,
): Promise<ProofFacts> {
  const began = performance.now();
  const plan = readPlan(recorded);
  const tombstone = await openTombstone(folder, options.recorded);
  const { complete } = tombstone;
  await using server = await startScratchServer(options.env, { databases: complete.databases, ...options });
  await requireVersion(server.link, complete.server_version);
  const differences: string[] = [];
  const sum = createKeySum(complete.expiry);
  await proveKeys(server.link, tombstone, options, (record, difference) => {
    sum.add(record);
    if (difference !== null) differences.push(difference);
  });
  if (sum.text() !== complete.fingerprint)
    differences.push("the keys are not those that were counted and hashed");
  if (tombstone.user !== plan.line) differences.push("the user is not the one that was fenced");
  if (tombstone.user !== null && !(await restoresUser(server.link, tombstone.user)))
    differences.push(`the ACL line of ${userOf(tombstone.user)} is another when it is read back`);
  const left = differences.length - shown;
  return {
    isEqual: differences.length === 0,
    differences: left > 0 ? [...differences.slice(0, shown), `and ${left} more`] : differences,
    seconds: (performance.now() - began) / 1000,
  };
}

async function restoresUser(link: Link, line: string): Promise<boolean> {
  try {
    return await writeAclLine(link, line);
  } catch (error) {
    // A rule that this server does not know, such as a module's command.
    if (error instanceof OpsError && error.code === "server-error") return false;
    throw error;
  }
}

async function proveKeys(
  link: Link,
  tombstone: WholeTombstone,
  { progress, signal }: ProofOptions,
  tell: (record: KeyRecord, difference: string | null) => void,
): Promise<void> {
  const command = (await expiryOf(link)) === "exact" ? "PEXPIRETIME" : null;
  let database = -1;
  let done = 0;
  for await (const batch of tombstone.records()) {
    for (const records of byDatabase(batch)) {
      throwIfInterrupted(signal);
      if (records[0] !== undefined && records[0].database !== database) {
        database = records[0].database;
        await link.select(database);
      }
      const keeps = (each: KeyRecord): boolean =>
        each.expiresAt !== null && each.expiresAt > Date.now() + expiringMs;
      const kept = records.map(keeps);
      const replies = await link.askAll(
        records.flatMap((each, index) => [
          ["RESTORE", each.key, kept[index] ? String(each.expiresAt) : "0", each.dumped, "ABSTTL"],
          ["DUMP", each.key],
          command === null ? ["EXISTS", each.key] : [command, each.key],
        ]),
      );
      for (const [index, record] of records.entries()) {
        const [restored, dumped, expiry] = replies.slice(index * 3, index * 3 + 3);
        const wanted = command === null ? 1 : kept[index] ? record.expiresAt : -1;
        tell(record, differenceOf(record, { restored, dumped, hasExpiry: expiry === wanted }));
      }
      done += records.length;
      progress(done, tombstone.complete.keys);
    }
  }
}

/** Consecutive records of one database. */
export function* byDatabase(records: readonly KeyRecord[]): Generator<readonly KeyRecord[]> {
  let start = 0;
  for (let index = 1; index <= records.length; index++) {
    if (records[index]?.database === records[start]?.database && index < records.length) continue;
    yield records.slice(start, index);
    start = index;
  }
}

/** Names a key, which customers choose, by its place alone. */
function differenceOf(
  record: KeyRecord,
  read: {
    readonly restored: Reply | undefined;
    readonly dumped: Reply | undefined;
    readonly hasExpiry: boolean;
  },
): string | null {
  const where = `a key of ${record.key.length} bytes in database ${record.database}`;
  if (read.restored !== "OK")
    return `${where} does not restore: ${explainRedisError(read.restored ?? null, "RESTORE").message}`;
  if (!Buffer.isBuffer(read.dumped)) return `${where} is not there after it was restored`;
  if (
    !read.dumped.equals(record.dumped) &&
    !Buffer.from(digestValue(read.dumped)).equals(digestValue(record.dumped))
  )
    return `${where} has another value after it was restored`;
  return read.hasExpiry ? null : `${where} has another expiry after it was restored`;
}

/** A server reads what its own version and older ones wrote. */
async function requireVersion(link: Link, wanted: string): Promise<void> {
  const here = await infoOf(link, "server", "redis_version");
  const [major = 0, minor = 0] = here.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new OpsError(
    "tool-missing",
    `redis-server here is ${here}, the target is ${wanted}: an older server cannot read the tombstone`,
    `install redis-server ${wanted} or newer on this machine`,
  );
}
