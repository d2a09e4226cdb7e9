import type { SmokeEvent, SmokeVerdict } from "./events.ts";
import { expectedOf, truthOf } from "../backup/proof/expected.ts";
import { backUp } from "./back-up.ts";
import type { SmokeInput } from "./input.ts";
import { writeManifest } from "./manifests.ts";
import type { DatabaseReader } from "../backup/proof/readings.ts";
import type { ScratchServer, SmokePorts } from "./ports.ts";
import { readBack, restore, startScratch } from "./restore.ts";
import { untoldBy } from "../backup/proof/proof.ts";
import type { Conclusion } from "./run.ts";
import { plantInDatabase } from "./sabotage/plant-in-database.ts";
import { step } from "../run/step.ts";

type SelfSource = Extract<SmokeInput["source"], { kind: "self" }>;
type LiveSource = Extract<SmokeInput["source"], { kind: "live" }>;
type Events<Result> = AsyncGenerator<SmokeEvent, Result>;

interface Opened {
  readonly scratch: ScratchServer;
  readonly source: DatabaseReader;
  /** The database to lose after its backup; null: it is not ours to lose. */
  readonly ownDatabase: string | null;
}

/** Ways 1 and 2: dump a database (a workload of our own, or a live one) in one snapshot, restore the dump, compare. */
export async function* proveDatabase(
  input: SmokeInput & { readonly source: SelfSource | LiveSource },
  ports: SmokePorts,
  conclude: Conclusion,
): Events<SmokeVerdict> {
  await using stack = new AsyncDisposableStack();
  const archives = stack.use(await ports.openArchives());
  const { scratch, source, ownDatabase } =
    input.source.kind === "self"
      ? yield* makeSource(input, input.source, ports, stack)
      : yield* openSource(input, input.source, ports, stack);
  const backup = yield* backUp(input, ports, source, archives);
  await source[Symbol.asyncDispose]();
  if (ownDatabase !== null) yield* step("loss", "lose the database", () => scratch.dropDatabase(ownDatabase));
  const { database, facts } = yield* restore(input, ports, scratch, backup.archive, backup.source.sizeBytes);
  const { archive, restored, chain } = yield* readBack(scratch, database, archives, {
    archive: backup.archive,
    writtenSha256: backup.archive.sha256,
    catalog: backup.objects,
    source: backup.contents,
    columnOrders: backup.contents.tables,
    encoding: backup.contents.encoding,
  });
  const truth = truthOf(backup, archive.reading);
  if (input.writeManifest !== null) yield* writeManifest(input.writeManifest, ports, backup, truth);
  return yield* conclude(
    {
      source: backup.contents,
      archive,
      expected: await scratch.restate(database, expectedOf(truth, archive.reading), restored),
      restored,
      notApplicable: untoldBy(backup.archive),
      notRun: new Map(),
      restore: facts,
      asSuperuser: input.asSuperuser,
      pre: backup.chain,
      isPreKnown: true,
      post: chain,
    },
    plantInDatabase(scratch, database),
    (table) => scratch.locate(database, table, archives.readRows(backup.archive, backup.objects)),
  );
}

async function* makeSource(
  input: SmokeInput,
  self: SelfSource,
  ports: SmokePorts,
  stack: AsyncDisposableStack,
): Events<Opened> {
  const scratch = stack.use(yield* startScratch(input, ports, null, null));
  const request = { migrationsDir: self.migrationsDir, rows: self.rows };
  const title = `write a workload of ${self.rows} events`;
  const database = yield* step("workload", title, (watch) => scratch.createWorkload(request, watch));
  const source = stack.use(yield* step("snapshot", "take a snapshot", () => scratch.openReader(database)));
  return { scratch, source, ownDatabase: database };
}

async function* openSource(
  input: SmokeInput,
  live: LiveSource,
  ports: SmokePorts,
  stack: AsyncDisposableStack,
): Events<Opened> {
  const source = stack.use(
    yield* step("snapshot", "open the source, read only", () => ports.openSource(live.dbUrl)),
  );
  const scratch = stack.use(yield* startScratch(input, ports, source.facts, null));
  return { scratch, source, ownDatabase: null };
}
