import { expect, test } from "bun:test";
import { openSaboteur } from "../../src/smoke/adapters/saboteur.ts";
import { dataFaults, planDataFault } from "../../src/smoke/sabotage/data-faults.ts";
import type { DataFault } from "../../src/smoke/sabotage/data-faults.ts";
import { freshDatabase, run, startTestCluster } from "../support/cluster.ts";

const cluster = await startTestCluster(15);
const options = { jobs: 1, chain: {}, signal: new AbortController().signal };

/** The faults that could be planted in a table of these rows; every one that is planted must have changed them. */
async function planted(definition: string, rows: string): Promise<readonly DataFault[]> {
  await using database = await freshDatabase(cluster);
  await run(database, `create table public.t (${definition}); insert into public.t values ${rows}`);
  await using saboteur = await openSaboteur(database.settings, options);
  const columns = (
    await saboteur.query(
      "select attname from pg_attribute where attrelid = 'public.t'::regclass and attnum > 0 and attgenerated = '' order by attnum",
    )
  ).map((row) => String(row["attname"]));
  const before = await saboteur.readTable("public.t", columns);
  const faults = new Set<DataFault>();
  for (const fault of dataFaults) {
    for (const statements of await planDataFault(saboteur, fault, before)) {
      if (!(await saboteur.attempt(statements))) continue;
      const after = await saboteur.readTable("public.t", columns);
      await saboteur.undo();
      expect({ statements, digest: after.digest }).not.toEqual({ statements, digest: before.digest });
      faults.add(fault);
    }
  }
  return [...faults];
}

const all: readonly DataFault[] = ["row-deleted", "row-changed", "text-swapped"];
const withoutSwap: readonly DataFault[] = ["row-deleted", "row-changed"];
const deletedOnly: readonly DataFault[] = ["row-deleted"];

test.each([
  ["id int primary key, name text", "(1, 'a'), (2, 'b')", all],
  ["id int generated always as identity, name text", "(default, 'a'), (default, 'b')", all],
  // Two rows that differ in nothing else only change places.
  ["x text", "('a'), ('b')", withoutSwap],
  ["k text, v text", "('k', '1'), ('k', '2')", withoutSwap],
  [
    "name text, upper text generated always as (upper(name)) stored",
    "('a', default), ('b', default)",
    withoutSwap,
  ],
  ["post int, tag text", "(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')", all],
  ["post int, tag text", "(null, 'a'), (1, 'b')", all],
  // What does not grow by one.
  ["at timestamptz", "('infinity')", withoutSwap],
  ["at timestamptz(0)", "('2020-01-01')", withoutSwap],
  ["at timestamp", "('-infinity')", withoutSwap],
  ["day date", "('-infinity')", withoutSwap],
  ["n numeric", "('NaN')", withoutSwap],
  ["n numeric(3)", "(999)", withoutSwap],
  ["f float8", "('Infinity')", withoutSwap],
  ["f float8", "(1e300), (0)", withoutSwap],
  ["s varchar(3)", "('ab~')", withoutSwap],
  ["s varchar(1)", "('~')", withoutSwap],
  ["j jsonb", `('{"custody": "sabotage"}')`, withoutSwap],
  ["nothing text", "(null)", deletedOnly],
])("a fault that is planted changes the rows: %s, %s", async (definition, rows, expected) => {
  expect(await planted(definition, rows)).toEqual([...expected]);
});
