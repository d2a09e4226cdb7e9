import { createHash } from "node:crypto";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { OpsError } from "../../../errors.ts";
import { writeAtomicFile } from "../../../run/atomic-file.ts";
import type { Progress, TombstoneContents } from "../../backend.ts";
import { requireRecorded } from "../../require-recorded.ts";
import type { MongoSession } from "./connect.ts";
import { collectionFactsSchema, fingerprintOf, readFacts } from "./facts.ts";
import type { CollectionFacts } from "./facts.ts";
import { openDocumentFile } from "./document-file.ts";
import type { Saved } from "./saved.ts";

const manifestSchema = z.object({
  v: z.literal(1),
  fingerprint: z.string(),
  databases: z.array(
    z.object({
      name: z.string(),
      collections: z.array(collectionFactsSchema),
      /** Collection → its file of documents, and the file's SHA-256. */
      files: z.record(z.string(), z.object({ file: z.string(), sha256: z.string() })),
    }),
  ),
  /** Without their credentials: those are kept in the drop's row. */
  users: z.array(z.string()),
});
export type Manifest = z.infer<typeof manifestSchema>;

const manifestName = "manifest.json";

/**
 * Writes every document of the databases as the bytes that the server sent, one file a collection in the form of mongodump's `.bson`, and
 * beside them options, indexes, views and users. The manifest comes last and marks the whole.
 */
export async function writeTombstone(
  session: MongoSession,
  saved: Saved,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<TombstoneContents> {
  await rm(join(folder, manifestName), { force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const databases: Manifest["databases"] = [];
  for (const { name } of saved.databases) {
    const files: Manifest["databases"][number]["files"] = {};
    const collections = await readInto(session, name, folder, { files, progress, signal });
    databases.push({ name, collections: [...collections], files });
  }
  const users = usersOf(saved);
  const fingerprint = fingerprintOf(databases, users);
  const manifest: Manifest = { v: 1, fingerprint, databases, users };
  writeAtomicFile(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  const all = databases.flatMap(({ collections }) => collections);
  const sum = (pick: (each: CollectionFacts) => number): number =>
    all.reduce((to, each) => to + pick(each), 0);
  return {
    bytes: sum(({ documents }) => documents.bytes),
    fingerprint,
    contents: {
      databases: databases.length,
      collections: all.length,
      documents: sum(({ documents }) => documents.count),
      users: users.length,
    },
  };
}

export function usersOf({ users }: Saved): string[] {
  return users.map(({ user, db, id, roles }) => JSON.stringify({ user, db, id, roles }));
}

async function readInto(
  session: MongoSession,
  database: string,
  folder: string,
  to: {
    readonly files: Manifest["databases"][number]["files"];
    readonly progress: Progress;
    readonly signal: AbortSignal;
  },
): Promise<readonly CollectionFacts[]> {
  await using stack = new AsyncDisposableStack();
  const ends: (() => Promise<void>)[] = [];
  const facts = await readFacts(session, database, {
    signal: to.signal,
    progress: to.progress,
    async open(collection) {
      // A collection's name may hold what a file's may not.
      const place = createHash("sha256").update(`${database}\0${collection}`).digest("hex").slice(0, 24);
      const file = stack.use(await openDocumentFile(join(folder, `${place}.bson`)));
      ends.push(async () => {
        to.files[collection] = { file: `${place}.bson`, sha256: await file.end() };
      });
      return (document) => file.add(document);
    },
  });
  for (const end of ends) await end();
  return facts;
}

/**
 * Reads the manifest. Throws `unreadable-archive` where it is not whole, `not-equal` where it is another than the recorded one; the files
 * are checked as they are read.
 */
export async function openTombstone(folder: string, recorded: string | undefined): Promise<Manifest> {
  const text = await readFile(join(folder, manifestName), "utf8").catch((cause: unknown) => {
    throw unreadable(folder, "it has no manifest: it was never finished", cause);
  });
  const parsed = manifestSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw unreadable(folder, "its manifest is not custody's", parsed.error);
  const manifest = parsed.data;
  if (fingerprintOf(manifest.databases, manifest.users) !== manifest.fingerprint)
    throw unreadable(folder, "its manifest was changed: the fingerprint is another");
  requireRecorded(folder, manifest.fingerprint, recorded);
  return manifest;
}

/** The documents of one collection of a tombstone. Throws `unreadable-archive` at the end where the file is not the one that was written. */
export async function* readCollection(
  folder: string,
  database: Manifest["databases"][number],
  collection: string,
): AsyncGenerator<Uint8Array> {
  const place = database.files[collection];
  if (place === undefined) return;
  await using file = await open(join(folder, place.file), "r").catch((cause: unknown) => {
    throw unreadable(folder, `${place.file} is missing`, cause);
  });
  const hash = createHash("sha256");
  const head = Buffer.alloc(4);
  for (;;) {
    const { bytesRead } = await file.read(head, 0, 4);
    if (bytesRead === 0) break;
    const length = bytesRead === 4 ? head.readInt32LE() : 0;
    if (length < 5 || length > largestDocument) throw unreadable(folder, `${place.file} is cut off`);
    const document = Buffer.alloc(length);
    head.copy(document);
    const rest = await file.read(document, 4, length - 4);
    if (rest.bytesRead !== length - 4) throw unreadable(folder, `${place.file} is cut off`);
    hash.update(document);
    yield document;
  }
  if (hash.digest("hex") !== place.sha256)
    throw unreadable(folder, `${place.file} is not the one that was written`);
}

/** The server's own limit is 16 MiB; its answers may hold a little more. */
const largestDocument = 17 << 20;

function unreadable(folder: string, why: string, cause?: unknown): OpsError {
  return new OpsError(
    "unreadable-archive",
    `the tombstone ${folder} cannot be used: ${why}`,
    "make it again",
    {
      cause,
    },
  );
}
