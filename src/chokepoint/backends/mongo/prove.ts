import type { Environment } from "../../../postgres/connection-settings.ts";
import type { Progress, ProofFacts } from "../../backend.ts";
import type { FencePlan } from "../../drop.ts";
import { requireSameServer } from "../../require-same-server.ts";
import type { MongoSession } from "./connect.ts";
import { openDigester } from "./digest-documents.ts";
import { compareFacts, readFacts } from "./facts.ts";
import { isRewritable } from "./read-bson.ts";
import { restoreDatabase } from "./restore-database.ts";
import { systemIdentifierOf } from "./system-identifier.ts";
import { startThrowawayServer } from "./throwaway-server.ts";
import { openTombstone, readCollection } from "./tombstone.ts";
import type { Manifest } from "./tombstone.ts";

interface Reading {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Proves a tombstone. Every document is read back from its files, hashed, and written again as an undo would write it. Then, with a
 * `mongod` on this machine, all of it is restored there and compared; without one it is compared with a second full read of the fenced
 * source. `how` says which it was.
 */
export async function proveTombstone(
  session: MongoSession,
  { identity }: FencePlan,
  folder: string,
  env: Environment,
  progress: Progress,
  signal: AbortSignal,
  recorded: string | undefined,
): Promise<ProofFacts> {
  const started = performance.now();
  const manifest = await openTombstone(folder, recorded);
  const reading = { folder, manifest, progress, signal };
  await using server = await startThrowawayServer(env);
  if (server === null) requireSameServer(await systemIdentifierOf(session), identity);
  const differences = [
    ...(await readBack(reading)),
    ...(server === null ? await compareWith(session, reading) : await restoreAndCompare(server, reading)),
  ];
  return {
    isEqual: differences.length === 0,
    differences,
    seconds: (performance.now() - started) / 1000,
    how: server === null ? "read-back" : "restored",
  };
}

async function readBack({ folder, manifest, signal }: Reading): Promise<readonly string[]> {
  const differences: string[] = [];
  for (const database of manifest.databases)
    for (const { name, documents } of database.collections) {
      const digester = openDigester();
      let unwritable = 0;
      for await (const document of readCollection(folder, database, name)) {
        signal.throwIfAborted();
        digester.add(document);
        if (!isRewritable(document)) unwritable += 1;
      }
      if (digester.end().sum !== documents.sum)
        differences.push(`collection ${name}: its file does not hold what was read from the server`);
      if (unwritable > 0)
        differences.push(
          `collection ${name}: ${unwritable} documents could not be written back byte for byte (a key twice, a deprecated type, text that is not UTF-8)`,
        );
    }
  return differences;
}

async function restoreAndCompare(server: MongoSession, reading: Reading): Promise<readonly string[]> {
  for (const database of reading.manifest.databases)
    await restoreDatabase(server, { folder: reading.folder, database }, database.name, reading);
  return await compareWith(server, reading);
}

/** What differs between a tombstone and the databases of a server. */
export async function compareWith(
  session: MongoSession,
  { manifest, progress, signal }: Omit<Reading, "folder">,
  nameOf: (database: string) => string = (name) => name,
): Promise<readonly string[]> {
  const differences: string[] = [];
  for (const { name, collections } of manifest.databases)
    differences.push(
      ...compareFacts(collections, await readFacts(session, nameOf(name), { progress, signal })),
    );
  return differences;
}
