import { comparatorNames } from "../../backup/compare/difference.ts";
import type { ComparatorName } from "../../backup/compare/difference.ts";
import { comparatorOfFact, comparatorOfObject } from "../../backup/compare/route.ts";
import type { CatalogObject, Fingerprint } from "../../backup/fingerprint.ts";
import { objectKey } from "../../backup/fingerprint.ts";
import { step } from "../../run/step.ts";
import type { FaultGroup, PlantedFault } from "../events.ts";
import type { Comparison } from "../../backup/proof/judge.ts";
import type { ChainReading } from "../../backup/proof/readings.ts";
import type { Proof } from "../../backup/proof/proof.ts";
import { countSabotage } from "./count.ts";
import type { Sabotage } from "./sabotage.ts";
import { createWitness } from "./witness.ts";

/**
 * Sabotage where the database itself may not be touched: the faults are planted in what was read of it. It shows that the
 * comparison sees; that the reading sees, only a proof that restores by itself can show.
 */
export function plantInFingerprint(): Sabotage {
  return async function* (proof, comparison) {
    const title = "plant faults in what was read";
    const faults = yield* step(
      "sabotage",
      title,
      async () => await Promise.resolve(plantAll(proof, comparison)),
      {
        describe: (planted) =>
          `${planted.filter(({ detected }) => detected).length} of ${planted.length} found, in ${countSabotage(planted).planted} groups`,
      },
    );
    for (const fault of faults) yield { type: "fault-planted", fault };
    return faults;
  };
}

function plantAll(proof: Proof, comparison: Comparison): readonly PlantedFault[] {
  const witness = createWitness(proof, comparison);
  const faults = comparatorNames.flatMap((comparator): PlantedFault[] => {
    const forged = forge(comparator, proof.restored);
    if (forged === null) return [];
    const { object, parts } = forged;
    const detected = witness.sees(comparator, object, parts);
    return [{ group: groupOf(comparator), fault: `${comparator}-forged`, comparator, object, detected }];
  });
  return proof.post === null ? faults : [...faults, ...forgeChain(proof.post, proof, comparison)];
}

const access: ReadonlySet<ComparatorName> = new Set(["owners", "grants", "policies", "default-privileges"]);

function groupOf(comparator: ComparatorName): FaultGroup {
  if (comparator === "content" || comparator === "large-objects") return "data";
  if (comparator === "sequences") return "sequences";
  return access.has(comparator) ? "access" : "structure";
}

interface Forged {
  readonly object: string;
  readonly parts: Partial<Fingerprint>;
}

/** The restored database with one thing changed that is the comparator's; null where it has none. */
function forge(comparator: ComparatorName, restored: Fingerprint): Forged | null {
  switch (comparator) {
    case "content":
      return forgeOne(
        restored.tables.filter(({ rows }) => rows > 0),
        "tables",
        restored.tables,
        ({ table }) => table,
        (table) => ({
          ...table,
          digest: flip(table.digest),
        }),
      );
    case "sequences":
      return forgeOne(
        restored.sequences,
        "sequences",
        restored.sequences,
        ({ sequence }) => sequence,
        (sequence) => ({
          ...sequence,
          isCalled: !sequence.isCalled,
        }),
      );
    case "large-objects":
      return forgeOne(
        restored.largeObjects,
        "largeObjects",
        restored.largeObjects,
        ({ oid }) => String(oid),
        (object) => ({
          ...object,
          digest: flip(object.digest),
        }),
      );
    default:
      return forgeObject(comparator, restored.objects);
  }
}

function forgeOne<T>(
  candidates: readonly T[],
  part: "tables" | "sequences" | "largeObjects",
  all: readonly T[],
  nameOf: (item: T) => string,
  change: (item: T) => T,
): Forged | null {
  const [chosen] = candidates;
  if (chosen === undefined) return null;
  return {
    object: nameOf(chosen),
    parts: { [part]: all.map((item) => (item === chosen ? change(item) : item)) },
  };
}

/** Takes an object of the comparator's away, or changes a fact of its, whichever it has. */
function forgeObject(comparator: ComparatorName, objects: readonly CatalogObject[]): Forged | null {
  for (const object of objects) {
    const fact = Object.keys(object.facts).find((name) => comparatorOfFact(object.kind, name) === comparator);
    if (fact === undefined) continue;
    const changed = { ...object, facts: { ...object.facts, [fact]: "custody sabotage" } };
    return {
      object: objectKey(object.kind, object.identity),
      parts: { objects: objects.map((each) => (each === object ? changed : each)) },
    };
  }
  const lost = objects.find(
    ({ kind, parent }) => comparatorOfObject(kind) === comparator && parent === undefined,
  );
  if (lost === undefined) return null;
  return {
    object: objectKey(lost.kind, lost.identity),
    parts: { objects: objects.filter((each) => each !== lost) },
  };
}

function forgeChain(chain: ChainReading, proof: Proof, comparison: Comparison): readonly PlantedFault[] {
  const object = `chain ${chain.schema}.audit_events`;
  const forgeries: readonly (readonly [string, ChainReading])[] = [
    ["chain-rehashed", { ...chain, headHash: flip(chain.headHash) }],
    ["tail-cut-head-mended", { ...chain, rowCount: chain.rowCount - 1 }],
    ["chain-rewritten", { ...chain, findings: ["altered at 0: planted"] }],
  ];
  return forgeries.map(([fault, forged]) => {
    const detected = comparison.compareChains(proof.pre, forged, proof.isPreKnown).length > 0;
    return { group: "chain", fault, comparator: "chain", object, detected };
  });
}

/** Another digest of the same length. */
function flip(digest: string): string {
  return `${digest.startsWith("0") ? "1" : "0"}${digest.slice(1)}`;
}
