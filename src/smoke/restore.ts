import type { Archive } from "../backup/archive/archive.ts";
import { implyArchive, listingOf } from "../backup/proof/imply-archive.ts";
import type { CatalogObject, Contents, Fingerprint } from "../backup/fingerprint.ts";
import { step } from "../run/step.ts";
import { together } from "../run/together.ts";
import { chainPhase, contentFacts, showCount } from "./describe.ts";
import type { SmokeEvent } from "./events.ts";
import type { SmokeInput } from "./input.ts";
import type { Archives, ScratchServer, SmokePorts } from "./ports.ts";
import type {
  ChainReading,
  ColumnOrder,
  DatabaseFacts,
  DatabaseReader,
  RestoreFacts,
} from "../backup/proof/readings.ts";
import type { ArchiveProof } from "../backup/proof/proof.ts";

type Events<Result> = AsyncGenerator<SmokeEvent, Result>;

/** Starts (or reaches) the server to restore into, fit for the source or the archive. */
export async function* startScratch(
  input: SmokeInput,
  ports: SmokePorts,
  source: DatabaseFacts | null,
  archive: Archive | null,
): Events<ScratchServer> {
  const { scratchUrl, durable, jobs, allowSameServer, asSuperuser, keep: mayKeep } = input;
  const title = scratchUrl === null ? "start a throwaway server" : "reach the scratch server";
  const scratch = yield* step(
    "scratch",
    title,
    () =>
      ports.openScratch({
        scratchUrl,
        source,
        archive,
        durable,
        jobs,
        allowSameServer,
        asSuperuser,
        mayKeep,
      }),
    { describe: (opened) => `PostgreSQL ${opened.facts.serverVersion}` },
  );
  yield { type: "tools-chosen", tools: ports.toolsUsed() };
  return scratch;
}

interface Restored {
  readonly database: string;
  readonly facts: RestoreFacts;
}

/** Restores the archive into a new database of the scratch server; errors of the restore are facts, not exceptions. */
export async function* restore(
  input: SmokeInput,
  ports: SmokePorts,
  scratch: ScratchServer,
  archive: Archive,
  /** About what it will take on disk, as far as somebody knows. */
  expectedBytes: number | null,
): Events<Restored> {
  const database = scratch.newDatabaseName();
  const facts = yield* step(
    "restore",
    "restore the archive",
    (watch) =>
      scratch.restore(archive, { database, schemaOnly: false }, (done) =>
        expectedBytes === null ? watch(done) : watch(Math.min(done, expectedBytes), expectedBytes),
      ),
    {
      unit: "bytes",
      describe: ({ errors }) => (errors.length === 0 ? "no errors" : showCount(errors.length, "error")),
    },
  );
  yield { type: "tools-chosen", tools: ports.toolsUsed() };
  const { address, serverVersion } = scratch.facts;
  yield { type: "restored", seconds: facts.seconds, measuredOn: scratch.measuredOn, serverVersion, address };
  for (const error of facts.errors) yield { type: "restore-error", ...error };
  for (const message of facts.notes) yield { type: "noted", message };
  if (input.keep) yield { type: "kept", what: "the restored database", connect: scratch.keep(database) };
  return { database, facts };
}

interface ReadBack {
  readonly archive: ArchiveProof;
  readonly restored: Fingerprint;
  readonly chain: ChainReading | null;
}

interface ArchiveToRead {
  readonly archive: Archive;
  readonly writtenSha256: string | null;
  readonly catalog: readonly CatalogObject[];
  readonly columnOrders: readonly ColumnOrder[];
  /** In which the rows were read that the restored ones are compared with. */
  readonly encoding: string;
  /** What the archive was made from; null: the archive is all there is. */
  readonly source: Contents | null;
}

/**
 * Reads back what was restored, and the archive as far as it takes: when the restored rows are the source's and the file is as it
 * was written, the archive in between held just those; only when they differ its rows are read, to say on which side.
 */
export async function* readBack(
  scratch: ScratchServer,
  database: string,
  archives: Archives,
  from: ArchiveToRead,
): Events<ReadBack> {
  await using reader = await scratch.openReader(database);
  if (from.source === null) {
    const [archive, read] = yield* together<SmokeEvent, [ArchiveProof, RestoredReading]>(
      readArchive(archives, from),
      readDatabase(reader, from.columnOrders, from.encoding),
    );
    return { archive, restored: read.fingerprint, chain: read.chain };
  }
  const readSha256 = yield* step("digest", "check that the archive is as written", () =>
    archives.digest(from.archive),
  );
  const { fingerprint, chain } = yield* readDatabase(reader, from.columnOrders, from.encoding);
  const implied = implyArchive({ ...from, readSha256 }, from.source, fingerprint);
  const archive = implied ?? (yield* readArchive(archives, from));
  return { archive, restored: fingerprint, chain };
}

async function* readArchive(archives: Archives, from: ArchiveToRead): Events<ArchiveProof> {
  return yield* step(
    "archive",
    "read the archive's rows",
    async (watch) => {
      const readSha256 = await archives.digest(from.archive);
      const reading = await archives.readContents(from.archive, from.catalog, watch);
      return { ...listingOf(from.archive), writtenSha256: from.writtenSha256, readSha256, reading };
    },
    {
      unit: "bytes",
      describe: ({ reading }) => (reading.damage.length === 0 ? "readable to its end" : "damaged"),
    },
  );
}

interface RestoredReading {
  readonly fingerprint: Fingerprint;
  readonly chain: ChainReading | null;
}

/** Reads all that is compared of a restored database, in its one snapshot. */
export async function* readDatabase(
  reader: DatabaseReader,
  columnOrders: readonly ColumnOrder[],
  encoding: string,
): Events<RestoredReading> {
  const objects = yield* step("restored-catalog", "read the restored catalog", () => reader.readCatalog(), {
    describe: (found) => showCount(found.length, "object"),
  });
  const contents = yield* step(
    "restored-fingerprint",
    "fingerprint the restored database",
    (watch) => reader.readContents(columnOrders, encoding, watch),
    {
      unit: "bytes",
      describe: (read) => showCount(contentFacts(read, objects).rows, "row"),
    },
  );
  yield { type: "contents-read", phase: "post", contents: contentFacts(contents, objects) };
  const chain = yield* step(
    "chain-after",
    "recompute the restored chain",
    (watch) => reader.readChain(watch),
    {
      describe: (read) => (read === null ? "no chain" : showCount(read.rowCount, "row")),
    },
  );
  yield { type: "chain-read", chain: chainPhase("post", chain), profile: chain?.profile ?? null };
  const { serverVersion, database } = reader.facts;
  return { fingerprint: { serverVersion, database, objects, ...contents }, chain };
}
