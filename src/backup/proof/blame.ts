import { indexObjects } from "../compare/compare-objects.ts";
import type { Difference } from "../compare/difference.ts";
import type { ArchiveEntry } from "../archive/archive.ts";
import type { CatalogObject, Fingerprint } from "../fingerprint.ts";
import { indexEntries } from "./archived-entries.ts";
import { carriersOf } from "./carriers.ts";
import type { ArchiveProof, Proof } from "./proof.ts";

/** The entries of the archive that bring what a difference is about; null: nobody can tell. */
export type Carriers = (difference: Difference) => readonly ArchiveEntry[] | null;

/** Asks the archive's table of contents what carries a difference; a script without pg_dump's comments has none. */
export function findCarriers(archive: ArchiveProof | null, expected: Fingerprint): Carriers {
  if (archive === null || archive.entries.length === 0) return () => null;
  const entries = indexEntries(archive.entries, archive.isScript);
  const objects = indexObjects(expected);
  const ancestors = (table: string): readonly string[] => ancestorsOf(table, objects);
  return (difference) => {
    const object = objects.get(difference.object);
    return object === undefined ? null : carriersOf(difference, object, entries, ancestors);
  };
}

/** What the archive's table of contents lacks was lost when it was dumped; what it lists, when it was restored. */
export function blame(difference: Difference, proof: Proof, carriers: Carriers): Difference {
  if (proof.archive === null || difference.change === "extra") return difference;
  const isDumped =
    difference.kind === "sequences" && isValueOfArchive(difference.object, proof, proof.archive)
      ? false
      : carriers(difference)?.length !== 0;
  return isDumped ? difference : { ...difference, stage: "dump" };
}

/** Whether a sequence stands where the archive sets it, and not where it stood: sequences that it does not set stand at their start. */
function isValueOfArchive(object: string, { expected, restored }: Proof, archive: ArchiveProof): boolean {
  const identity = object.slice("sequence ".length);
  const valueIn = ({ sequences }: Pick<Fingerprint, "sequences">): string | null => {
    const found = sequences.find(({ sequence }) => sequence === identity);
    return found === undefined ? null : `${found.lastValue} ${found.isCalled}`;
  };
  const archived = valueIn(archive.reading.contents);
  const after = valueIn(restored);
  return after !== null && valueIn(expected) !== after && (archived === null || archived === after);
}

function ancestorsOf(table: string, objects: ReadonlyMap<string, CatalogObject>): readonly string[] {
  const found: string[] = [];
  for (let parents = parentsOf(table, objects); parents.length > 0;) {
    const fresh = parents.filter((parent) => !found.includes(parent));
    found.push(...fresh);
    parents = fresh.flatMap((parent) => parentsOf(parent, objects));
  }
  return found;
}

function parentsOf(table: string, objects: ReadonlyMap<string, CatalogObject>): readonly string[] {
  const inherits = objects.get(`table ${table}`)?.facts["inherits"];
  return inherits === undefined ? [] : inherits.split(", ");
}
