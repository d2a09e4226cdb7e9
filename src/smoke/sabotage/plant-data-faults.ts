import type { TableContent } from "../../backup/fingerprint.ts";
import type { PlantedFault } from "../events.ts";
import type { Saboteur } from "../ports.ts";
import { dataFaults, planDataFault } from "./data-faults.ts";
import type { DataFault } from "./data-faults.ts";
import { sqlNameOf } from "./sql-name.ts";
import type { Witness } from "./witness.ts";

/** Small tables first: to read one again must not cost what the proof cost. */
const maxTables = 24;

/** One row deleted, one changed, two texts swapped, one large object changed, one sequence rewound: each by itself. */
export async function plantDataFaults(
  saboteur: Saboteur,
  witness: Witness,
): Promise<readonly PlantedFault[]> {
  const tables = witness.proof.restored.tables
    .filter((table) => table.rows > 0)
    .toSorted((left, right) => left.bytes - right.bytes)
    .slice(0, maxTables);
  const faults: (PlantedFault | null)[] = [];
  for (const fault of dataFaults) faults.push(await plantInTable(saboteur, witness, fault, tables));
  faults.push(await changeLargeObject(saboteur, witness), await rewindSequence(saboteur, witness));
  return faults.filter((fault) => fault !== null);
}

async function plantInTable(
  saboteur: Saboteur,
  witness: Witness,
  fault: DataFault,
  tables: readonly TableContent[],
): Promise<PlantedFault | null> {
  for (const table of tables) {
    for (const statements of await planDataFault(saboteur, fault, table)) {
      if (!(await saboteur.attempt(statements))) continue;
      const content = await saboteur.readTable(table.table, table.columns);
      await saboteur.undo();
      const detected = witness.sees("content", table.table, {
        tables: replace(witness.proof.restored.tables, content),
      });
      return { group: "data", fault, comparator: "content", object: `table ${table.table}`, detected };
    }
  }
  return null;
}

function replace(tables: readonly TableContent[], content: TableContent): readonly TableContent[] {
  return tables.map((table) => (table.table === content.table ? content : table));
}

async function changeLargeObject(saboteur: Saboteur, witness: Witness): Promise<PlantedFault | null> {
  for (const { oid } of witness.proof.restored.largeObjects
    .toSorted((left, right) => left.bytes - right.bytes)
    .slice(0, 4)) {
    if (!(await saboteur.attempt([`SELECT lo_put(${oid}, 0, '\\x637573746f6479'::bytea)`]))) continue;
    const largeObjects = await saboteur.readLargeObjects();
    await saboteur.undo();
    const detected = witness.sees("large-objects", String(oid), { largeObjects });
    return {
      group: "data",
      fault: "large-object-changed",
      comparator: "large-objects",
      object: `large object ${oid}`,
      detected,
    };
  }
  return null;
}

/** By ALTER SEQUENCE, which is rolled back; setval would not be. */
async function rewindSequence(saboteur: Saboteur, witness: Witness): Promise<PlantedFault | null> {
  for (const { sequence, lastValue, isCalled } of witness.proof.restored.sequences.toSorted(calledFirst)) {
    const to = isCalled ? "RESTART" : `RESTART WITH ${BigInt(lastValue) + 1n}`;
    if (!(await saboteur.attempt([`ALTER SEQUENCE ${sqlNameOf(sequence)} ${to}`]))) continue;
    const sequences = await saboteur.readSequences();
    await saboteur.undo();
    const detected = witness.sees("sequences", sequence, { sequences });
    return {
      group: "sequences",
      fault: "sequence-rewound",
      comparator: "sequences",
      object: `sequence ${sequence}`,
      detected,
    };
  }
  return null;
}

function calledFirst(left: { readonly isCalled: boolean }, right: { readonly isCalled: boolean }): number {
  return Number(right.isCalled) - Number(left.isCalled);
}
