import type { Archive } from "../archive/archive.ts";
import { comparators } from "../compare/comparators.ts";
import type { Fingerprint } from "../fingerprint.ts";
import { compareChains } from "../proof/compare-chains.ts";
import { expectedOf } from "../proof/expected.ts";
import { implyArchive, listingOf } from "../proof/imply-archive.ts";
import { conclude, judge } from "../proof/judge.ts";
import type { ArchiveProof, Proof } from "../proof/proof.ts";
import { untoldBy } from "../proof/proof.ts";
import { readArchive, readArchivedRows } from "../proof/read-archive.ts";
import type { ReadArchiveContext } from "../proof/read-archive.ts";
import type { DatabaseReader, Watch } from "../proof/readings.ts";
import type { ComparableRestore } from "../proof/restore-to-compare.ts";
import type { Assertion, ProofDifference, ProofVerdict } from "../proof/verdict.ts";
import type { TombstoneMarker } from "./marker.ts";
import { onlySchema } from "./only-schema.ts";
import { withoutFence } from "./without-fence.ts";

/** What became of a tombstone's restore, or of a database's comparison with it. */
export interface TombstoneProof {
  readonly verdict: ProofVerdict;
  /** Names, counts and digests; never values of rows. */
  readonly differences: readonly ProofDifference[];
  /** Every check of smoke's that applies. */
  readonly assertions: readonly Assertion[];
  readonly notes: readonly string[];
  readonly seconds: number;
  /** Of the server that it was compared on. */
  readonly serverVersion: string;
}

/** Compares, by the judge and the comparators of smoke. */
export function judgeTombstone(
  proof: Proof,
  damage: readonly ProofDifference[],
): Pick<TombstoneProof, "verdict" | "differences" | "assertions"> {
  const { assertions, differences } = judge(proof, { comparators, compareChains });
  const whole: Assertion = {
    name: "tombstone-intact",
    ok: damage.length === 0,
    expected: "as written",
    actual: damage.length === 0 ? "as written" : `${damage.length} differences`,
  };
  const all = [whole, ...assertions];
  return { verdict: conclude(all), differences: [...damage, ...differences], assertions: all };
}

/** A tombstone of which nothing can be restored, or that is another one than was made. */
export function disproved(
  damage: readonly ProofDifference[],
  known: Pick<TombstoneProof, "seconds" | "serverVersion">,
): TombstoneProof {
  const actual = `${damage.length} differences`;
  const assertion = { name: "tombstone-intact", ok: false, expected: "as written", actual };
  return { verdict: "disproved", differences: damage, assertions: [assertion], notes: [], ...known };
}

/** A tombstone's archive, and what a restore of it must be equal to. */
export interface TombstoneToCompare {
  readonly marker: TombstoneMarker;
  readonly archive: Archive;
  readonly truth: Fingerprint;
  readonly damage: readonly ProofDifference[];
}

/** To name rows takes two more passes over a table: it is done for a few. */
const tablesLocated = 5;

/** Reads what was restored, and compares it with the fingerprint; the archive's rows are read only when they differ. */
export async function compareRestored(
  made: ComparableRestore,
  { marker, archive, truth, damage }: TombstoneToCompare,
  context: ReadArchiveContext & { readonly asSuperuser: boolean; readonly watch: Watch },
): Promise<Pick<TombstoneProof, "verdict" | "differences" | "assertions">> {
  const schema = marker.schema ?? null;
  const restored = await readRestored(made, truth, schema, context.watch);
  const between = { archive, writtenSha256: marker.archive.sha256, readSha256: archive.sha256 };
  const held: ArchiveProof = implyArchive(between, truth, restored) ?? {
    ...listingOf(archive),
    writtenSha256: between.writtenSha256,
    readSha256: between.readSha256,
    reading: await readArchive(archive, truth.objects, context, context.watch),
  };
  const judged = judgeTombstone(
    {
      source: truth,
      archive: held,
      expected: await made.restate(expectedOf(truth, held.reading), restored),
      restored,
      notApplicable: untoldBy(archive),
      notRun: new Map(),
      restore: made.facts,
      asSuperuser: context.asSuperuser,
      pre: null,
      isPreKnown: false,
      post: null,
    },
    damage,
  );
  const rows = readArchivedRows(archive, truth.objects, context);
  const locate = (table: string): Promise<string | null> => made.locate(table, rows);
  return { ...judged, differences: await locateAll(judged.differences, locate) };
}

async function readRestored(
  made: ComparableRestore,
  truth: Fingerprint,
  schema: string | null,
  watch: Watch,
): Promise<Fingerprint> {
  await using reader = await made.openReader();
  return await readAll(reader, truth, schema, watch);
}

/** Reads all that is compared of a database, or of its one schema, in one snapshot. */
export async function readAll(
  reader: DatabaseReader,
  truth: Fingerprint,
  schema: string | null,
  watch: Watch,
): Promise<Fingerprint> {
  const objects = await reader.readCatalog();
  const contents = await reader.readContents(truth.tables, truth.encoding, watch);
  const { serverVersion, database } = reader.facts;
  return onlySchema(withoutFence({ serverVersion, database, objects, ...contents }), schema);
}

async function locateAll(
  differences: readonly ProofDifference[],
  locate: (table: string) => Promise<string | null>,
): Promise<readonly ProofDifference[]> {
  const wanted = differences
    .filter(
      ({ kind, stage, object }) => kind === "content" && stage === "restore" && object.startsWith("table "),
    )
    .slice(0, tablesLocated);
  const located = new Map<ProofDifference, string>();
  for (const difference of wanted) {
    const rows = await locate(difference.object.slice("table ".length));
    if (rows !== null) located.set(difference, rows);
  }
  return differences.map((difference) => {
    const rows = located.get(difference);
    return rows === undefined ? difference : { ...difference, detail: `${difference.detail}; ${rows}` };
  });
}
