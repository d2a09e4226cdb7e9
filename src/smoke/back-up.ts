import type { Archive } from "../backup/archive/archive.ts";
import type { Contents } from "../backup/fingerprint.ts";
import { OpsError } from "../errors.ts";
import { step } from "../run/step.ts";
import { together } from "../run/together.ts";
import { archiveFacts, chainPhase, contentFacts, showCount } from "./describe.ts";
import { showBytes } from "../run/show-bytes.ts";
import type { SmokeEvent } from "./events.ts";
import type { SmokeInput } from "./input.ts";
import type { Archives, SmokePorts } from "./ports.ts";
import type { SourceReading } from "../backup/proof/expected.ts";
import type { ChainReading, DatabaseFacts, DatabaseReader } from "../backup/proof/readings.ts";

export interface Backup extends SourceReading {
  readonly archive: Archive;
  readonly source: DatabaseFacts;
  readonly chain: ChainReading | null;
}

/** Dumps the source and reads it side by side, both in one snapshot: one pass over each table for each of them. */
export async function* backUp(
  input: SmokeInput,
  ports: SmokePorts,
  source: DatabaseReader,
  archives: Archives,
): AsyncGenerator<SmokeEvent, Backup> {
  const { address, database, serverVersion, snapshot, isStandby } = source.facts;
  yield { type: "source-opened", address, database, serverVersion, snapshot, isStandby };
  const objects = yield* step("catalog", "read the source's catalog", () => source.readCatalog(), {
    describe: (found) => showCount(found.length, "object"),
  });
  const [archive, contents] = yield* together<SmokeEvent, [Archive, Contents]>(
    step(
      "dump",
      `dump the snapshot (${input.format})`,
      (watch) => archives.dump({ reader: source, format: input.format, jobs: input.jobs }, watch),
      {
        unit: "bytes",
        describe: (made) => showBytes(made.bytes),
      },
    ),
    step("fingerprint", "fingerprint the source", (watch) => source.readContents([], null, watch), {
      unit: "bytes",
      describe: (read) => showCount(contentFacts(read, objects).rows, "row"),
    }),
  );
  yield { type: "archive-made", archive: archiveFacts(archive) };
  if (input.writeDump !== null) yield { type: "dump-written", path: input.writeDump };
  yield { type: "contents-read", phase: "pre", contents: contentFacts(contents, objects) };
  const chain = yield* step(
    "chain-before",
    "recompute the source's chain",
    (watch) => source.readChain(watch),
    {
      describe: (read) => (read === null ? "no chain" : showCount(read.rowCount, "row")),
    },
  );
  requireWantedChain(input, chain, address);
  yield { type: "chain-read", chain: chainPhase("pre", chain), profile: chain?.profile ?? null };
  yield recoveryPoint(chain, archive, ports.now());
  return { archive, source: source.facts, objects, contents, chain };
}

/** Whoever names the chain's schema is not to be told that there is no chain to check. */
function requireWantedChain({ schema }: SmokeInput, chain: ChainReading | null, address: string): void {
  if (schema === null || chain !== null) return;
  throw new OpsError(
    "no-chain",
    `there is no audit chain in schema ${schema} of ${address}`,
    "check the name; without --schema the chain is found where it is",
  );
}

/** How much would be lost by going back to the archive: what happened since its newest event, or else since it was made. */
export function recoveryPoint(
  chain: ChainReading | null,
  archive: Pick<Archive, "createdAt">,
  now: Date,
): Extract<SmokeEvent, { type: "recovery-point-measured" }> {
  const newest = chain?.newestEventAt ?? null;
  const at = newest ?? archive.createdAt ?? now;
  const seconds = Math.max(0, (now.getTime() - at.getTime()) / 1000);
  return { type: "recovery-point-measured", seconds, from: newest === null ? "archive" : "newest-event" };
}
