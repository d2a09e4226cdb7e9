import { OpsError } from "../../../errors.ts";
import type { FenceSource, ProofFacts, Undone, UndoOptions, UndoSource } from "../../backend.ts";
import type { FencePlan } from "../../drop.ts";
import type { Names } from "../../resource.ts";
import { TargetRefused } from "../../target-refusal.ts";
import { listCollections, undoMarker } from "./collections.ts";
import type { MongoSession } from "./connect.ts";
import { explained, mongoCodes, unlessCode } from "./explain-mongo.ts";
import { compareFacts, fingerprintOf, readFacts } from "./facts.ts";
import { giveUsersBack } from "./give-users-back.ts";
import { compareWith } from "./prove.ts";
import { readBson } from "./read-bson.ts";
import { restoreDatabase } from "./restore-database.ts";
import { readSaved, readSecret } from "./saved.ts";
import type { Saved } from "./saved.ts";
import { openTombstone, usersOf } from "./tombstone.ts";
import type { Manifest } from "./tombstone.ts";

/** Brings a resource back; may be called again after it was cut off. Users, and with them all rights, come last. */
export async function undoDrop(
  session: MongoSession,
  plan: FencePlan,
  from: UndoSource,
  options: UndoOptions,
): Promise<Undone> {
  const saved = readSaved(plan);
  const main = saved.databases.find(({ part }) => part === "database")?.name ?? null;
  const as = options.as === main ? null : options.as;
  if (as !== null && (main === null || from.kind === "fence"))
    throw new OpsError(
      "bad-input",
      "MongoDB cannot rename: from its fence a database comes back under its own name, and a user always does",
      "undo from the tombstone gives a database another name: --from tombstone",
    );
  const nameOf = (name: string): string => (as !== null && name === main ? as : name);
  const names = namesOf(saved, nameOf);
  if (from.kind === "fence") {
    const proof = await compareFence(session, saved, from, options);
    const told =
      proof?.isEqual === false ? ["it differs from its tombstone: somebody reached it behind the fence"] : [];
    const notes = await giveUsersBack(session, saved, readSecret(plan), nameOf);
    return { names, proof, notes: [...told, ...notes] };
  }
  const manifest = await openTombstone(from.folder, from.fingerprint);
  const whole = JSON.stringify(names);
  const isWhole = options.whole === whole && (await isThere(session, manifest, nameOf));
  if (!isWhole)
    for (const database of manifest.databases) {
      const name = nameOf(database.name);
      if (await claimName(session, name, database, options))
        await restoreDatabase(session, { folder: from.folder, database }, name, options);
    }
  const proof = isWhole ? equal : await requireEqual(session, from, nameOf, options);
  await options.onWhole?.(whole);
  const notes = await giveUsersBack(session, saved, readSecret(plan), nameOf);
  await releaseNames(session, manifest, nameOf);
  return { names, proof, notes: [...notes, ...notesOf(manifest)] };
}

const equal: ProofFacts = { isEqual: true, differences: [], seconds: 0 };

/** What was restored and compared is not compared again: its users may have their rights, and write. */
async function isThere(
  session: MongoSession,
  { databases }: Manifest,
  nameOf: (name: string) => string,
): Promise<boolean> {
  for (const { name } of databases)
    if ((await listCollections(session, nameOf(name))).length === 0) return false;
  return true;
}

function namesOf(saved: Saved, nameOf: (name: string) => string): Names {
  return Object.fromEntries([
    ...saved.databases.map(({ part, name }) => [part, nameOf(name)]),
    ...saved.users.map(({ part, user }) => [part, user]),
  ]);
}

/**
 * Marks an empty database as this undo's, to be restored. What an undo that was cut off left beside its mark is made again from the
 * beginning; what is whole and equal without a mark was finished before. Throws `name-in-use` where somebody's collections are there.
 */
async function claimName(
  session: MongoSession,
  name: string,
  database: Manifest["databases"][number],
  { progress, signal }: UndoOptions,
): Promise<boolean> {
  const db = session.client.db(name);
  const found = await listCollections(session, name);
  if (found.length === 0) {
    await explained(() => db.command({ create: undoMarker }));
    return true;
  }
  if (!found.some((each) => each.name === undoMarker)) {
    const facts = await readFacts(session, name, { progress, signal });
    if (compareFacts(database.collections, facts).length === 0) return false;
    throw new OpsError(
      "name-in-use",
      `there is a database ${name} by now`,
      "undo under another name: --as NAME",
    );
  }
  for (const each of found)
    if (each.name !== undoMarker) await explained(() => db.command({ drop: each.name }));
  return true;
}

async function releaseNames(
  { client }: MongoSession,
  manifest: Manifest,
  nameOf: (name: string) => string,
): Promise<void> {
  for (const { name } of manifest.databases)
    await explained(() =>
      unlessCode(mongoCodes.namespaceNotFound, {}, () =>
        client.db(nameOf(name)).command({ drop: undoMarker }),
      ),
    );
}

/** Throws where it differs from a tombstone that can be restored beside it; where nobody here can read that one, it is told. */
async function compareFence(
  session: MongoSession,
  saved: Saved,
  { folder, fingerprint }: FenceSource,
  options: UndoOptions,
): Promise<ProofFacts | null> {
  if (folder !== null) return await requireEqual(session, { folder, fingerprint }, (name) => name, options);
  if (fingerprint === undefined) return null;
  const started = performance.now();
  const databases = [];
  for (const { name } of saved.databases)
    databases.push({ name, collections: await readFacts(session, name, options) });
  const isEqual = fingerprintOf(databases, usersOf(saved)) === fingerprint;
  const differences = isEqual ? [] : ["its fingerprint is another: decrypt the tombstone to see in what"];
  return { isEqual, differences, seconds: (performance.now() - started) / 1000 };
}

async function requireEqual(
  session: MongoSession,
  { folder, fingerprint }: { readonly folder: string; readonly fingerprint?: string | undefined },
  nameOf: (name: string) => string,
  { progress, signal }: UndoOptions,
): Promise<ProofFacts> {
  const started = performance.now();
  const manifest = await openTombstone(folder, fingerprint);
  const differences = await compareWith(session, { manifest, progress, signal }, nameOf);
  if (differences.length > 0)
    throw new TargetRefused({
      code: "not-equal",
      message: `what is there is not what the tombstone holds: ${differences.slice(0, 4).join("; ")}`,
      hint: "nobody has their rights back; look at what differs, or undo from the tombstone under another name",
      isPassing: false,
    });
  return { isEqual: true, differences, seconds: (performance.now() - started) / 1000 };
}

function notesOf({ databases }: Manifest): readonly string[] {
  const ageing = databases.flatMap(({ collections }) =>
    collections.filter(({ indexes }) =>
      indexes.some((each) => readBson(Buffer.from(each, "hex")).has("expireAfterSeconds")),
    ),
  );
  return ageing.map(({ name }) => `collection ${name} expires documents: those that are too old go again`);
}
