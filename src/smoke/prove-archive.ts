import { columnOrdersOf } from "../backup/archive/column-orders.ts";
import type { Archive } from "../backup/archive/archive.ts";
import { identityOf } from "../backup/fingerprint.ts";
import type { CatalogObject } from "../backup/fingerprint.ts";
import { step } from "../run/step.ts";
import { expectedOf } from "../backup/proof/expected.ts";
import { recoveryPoint } from "./back-up.ts";
import { archiveFacts } from "./describe.ts";
import { showBytes } from "../run/show-bytes.ts";
import type { SmokeEvent, SmokeVerdict } from "./events.ts";
import type { SmokeInput } from "./input.ts";
import { findRowless } from "./find-rowless.ts";
import type { Rowless } from "./find-rowless.ts";
import { readManifest, requireCommonTable } from "./manifests.ts";
import type { ReadManifest } from "./manifests.ts";
import type { ScratchServer, SmokePorts } from "./ports.ts";
import type { Proof } from "../backup/proof/proof.ts";
import { readBack, restore, startScratch } from "./restore.ts";
import { untoldBy } from "../backup/proof/proof.ts";
import type { Conclusion } from "./run.ts";
import { plantInDatabase } from "./sabotage/plant-in-database.ts";

/** What an archive must hold, its manifest says. */
const nothingLacks: Rowless = { notes: [], reason: null };

type ArchiveSource = Extract<SmokeInput["source"], { kind: "archive" }>;
type Events<Result> = AsyncGenerator<SmokeEvent, Result>;

/** Way 3: an archive that exists already is restored and compared with itself, and with its manifest where there is one. */
export async function* proveArchive(
  input: SmokeInput & { readonly source: ArchiveSource },
  ports: SmokePorts,
  conclude: Conclusion,
): Events<SmokeVerdict> {
  await using stack = new AsyncDisposableStack();
  const archives = stack.use(await ports.openArchives());
  const { path } = input.source;
  const archive = yield* step("open", "check the archive", () => archives.open(path), {
    describe: (opened) => `${opened.format}, ${showBytes(opened.bytes)}, ${opened.entries.length} entries`,
  });
  yield { type: "archive-opened", archive: archiveFacts(archive) };
  const manifest = input.expect === null ? null : yield* readManifest(input.expect, ports);
  if (manifest !== null) {
    const held = archive.entries
      .filter(({ desc }) => desc === "TABLE")
      .map(({ namespace, tag }) => identityOf(namespace ?? "", tag));
    requireCommonTable(manifest, held, `archive ${path}`);
  }
  const scratch = stack.use(yield* startScratch(input, ports, null, archive));
  const { database, facts } = yield* restore(input, ports, scratch, archive, null);
  const reference = manifest?.expected.objects ?? (yield* readReference(scratch, archive));
  const columnOrders = manifest?.expected.tables ?? columnOrdersOf(archive.entries);
  const writtenSha256 = manifest === null ? null : yield* sha256When(manifest, archive);
  const encoding = manifest?.expected.encoding ?? archive.encoding ?? "UTF8";
  const from = { archive, writtenSha256, catalog: reference, columnOrders, encoding, source: null };
  const read = yield* readBack(scratch, database, archives, from);
  if (manifest !== null)
    yield { type: "chain-read", chain: manifest.pre, profile: manifest.chain?.profile ?? null };
  if (read.chain?.newestEventAt || archive.createdAt !== null)
    yield recoveryPoint(read.chain, archive, ports.now());
  for (const damage of read.archive.reading.damage.slice(0, 1)) {
    const hint =
      "no restore can bring back what is not there: fetch another copy, then check the storage it lay on";
    yield { type: "archive-damaged", message: `archive ${path} is damaged: ${damage}`, hint };
  }
  const rowless =
    manifest === null ? findRowless(archive, read.archive.reading, read.restored) : nothingLacks;
  for (const message of rowless.notes) yield { type: "noted", message };
  const { contents, undigested } = read.archive.reading;
  const expected =
    manifest === null
      ? {
          serverVersion: scratch.facts.serverVersion,
          database,
          objects: reference,
          ...contents,
          // Rows that the archive holds as INSERT statements have no digest there; an error of one of those is a restore error.
          tables: [
            ...contents.tables,
            ...read.restored.tables.filter(({ table }) => undigested.includes(table)),
          ],
        }
      : expectedOf(manifest.expected, read.archive.reading);
  const proof: Proof = {
    source: manifest?.expected ?? null,
    archive: read.archive,
    expected: await scratch.restate(database, expected, read.restored),
    restored: read.restored,
    notApplicable: untoldBy(archive),
    notRun: new Map(rowless.reason === null ? [] : [["content", rowless.reason]]),
    restore: facts,
    asSuperuser: input.asSuperuser,
    pre: manifest?.chain ?? null,
    isPreKnown: manifest !== null,
    post: read.chain,
  };
  return yield* conclude(proof, plantInDatabase(scratch, database), (table) =>
    scratch.locate(database, table, archives.readRows(archive, reference)),
  );
}

/** What the archive's SHA-256 was when it was written; null when the manifest was written with another dump. */
async function* sha256When({ archive: written }: ReadManifest, archive: Archive): Events<string | null> {
  if (written.stamp === archive.stamp || written.stamp === null || archive.stamp === null)
    return written.sha256;
  const message =
    `this is not the archive that the manifest was written with, but another dump (made ${archive.stamp}; that one ${written.stamp}): ` +
    "it is compared by what it holds";
  yield { type: "noted", message };
  return null;
}

/** With no manifest, the catalog of the archive's own schema, restored by itself, is what the whole restore must end up with. */
async function* readReference(scratch: ScratchServer, archive: Archive): Events<readonly CatalogObject[]> {
  return yield* step("reference", "restore its schema alone, to compare with", async (watch) => {
    const database = scratch.newDatabaseName();
    await scratch.restore(archive, { database, schemaOnly: true }, watch);
    await using reader = await scratch.openReader(database);
    return await reader.readCatalog();
  });
}
