import { expect, test } from "bun:test";
import { join } from "node:path";
import { custody, documentOf } from "../support/run-custody.ts";

interface Found {
  readonly path: string;
  readonly kind: string | null;
  readonly rule: string;
  readonly function: string;
  readonly confidence: string;
}

/** Every destruction in custody's own source, and why it is fine. */
const known: readonly (readonly [place: string, why: string])[] = [
  [
    "smoke/adapters/scratch-server.ts database dropDatabase",
    "drops a database that this run made on the scratch server, by the name that it gave it",
  ],
  [
    "backup/restore/give-back.ts database whatToDrop",
    "gives back what a restore made: only names that its own ledger holds",
  ],
  ["backup/restore/give-back.ts role whatToDrop", "the same, for the roles that it made"],
  [
    "backup/restore/give-to-powerful.ts owned giveToPowerful",
    "takes privileges from a role that this restore made, whose objects were given to another the statement before",
  ],
  [
    "backup/restore/prepare-database.ts schema prepareDatabase",
    "makes room for the archive's own schema public, in a database that was created a moment before; without CASCADE",
  ],
];

/** The scanner's words for what it looks for: patterns, labels, examples of its rules. Nothing there runs. */
const vocabulary = /^(?:scan|destruction)\//;

async function scanSource(): Promise<readonly Found[]> {
  const source = join(import.meta.dirname, "../../src");
  const said = documentOf(await custody(["scan", source, "--no-cache", "--output", "json"]));
  expect(said["unparsed"]).toEqual([]);
  const found = said["findings"] as readonly Found[];
  return found.map((each) => ({ ...each, path: each.path.replace(/^.*?\/src\//, "") }));
}

test("custody's own source destroys what is listed here, and nothing else", async () => {
  const found = await scanSource();
  const places = found
    .filter(({ path }) => !vocabulary.test(path))
    .map((each) => `${each.path} ${each.rule} ${each.function}`);
  expect(places.toSorted()).toEqual(known.map(([place]) => place).toSorted());
  // What it looks for is written down there and handed around: to be sure of a drop there would be to be wrong.
  const sure = found.filter(
    ({ path, kind, confidence }) => vocabulary.test(path) && kind !== null && confidence === "high",
  );
  expect(sure).toEqual([]);
}, 100_000);
