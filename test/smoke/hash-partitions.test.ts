import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { freshDatabase, run, startTestCluster } from "../support/cluster.ts";
import { dumpTo, manifestFor } from "../support/dumped.ts";
import { runScript } from "../support/plain-dump.ts";
import { prove, urlOf } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";

/** How an enum hashes is not the same in two databases: its rows come to lie in other partitions. */
const cluster = await startTestCluster(15);
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const source = await freshDatabase(cluster);
const manifest = join(folder.path, "source.manifest");

beforeAll(async () => {
  await runScript(
    source.settings,
    `create type en as enum ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
     create table he (e en, n int) partition by hash (e);
     create table he_0 partition of he for values with (modulus 2, remainder 0);
     create table he_1 partition of he for values with (modulus 2, remainder 1);
     insert into he select e, row_number() over () from unnest(enum_range(null::en)) e;`,
  );
  await prove({ dbUrl: urlOf(source.settings), writeManifest: manifest });
}, 60_000);

test("rows that lie in other partitions of the same root are no difference", async () => {
  const live = await prove({ dbUrl: urlOf(source.settings) });
  expect(live.state.differences).toEqual([]);
  expect(live.verdict).toBe("proved");
  expect(live.state.faults.filter(({ comparator }) => comparator === "content").length).toBeGreaterThan(0);
  for (const format of ["-Fc", "-Fp"]) {
    const dump = await dumpTo(folder.path, source.settings, `he${format}`, format);
    for (const flags of [{ dump }, { dump, expect: manifestFor(manifest, dump) }]) {
      const { verdict, state } = await prove(flags);
      expect(state.differences).toEqual([]);
      expect(verdict).toBe("proved");
    }
  }
}, 60_000);

test("a row that is changed in a partition, or is gone, is found", async () => {
  for (const statement of ["update he set n = n + 100 where e = 'c'", "delete from he where e = 'd'"]) {
    await using copy = await freshDatabase(cluster, { template: source.name });
    await run({ settings: copy.settings }, statement);
    const { verdict, failed } = await prove({ restoredUrl: urlOf(copy.settings), expect: manifest });
    expect(failed).toEqual(["content"]);
    expect(verdict).toBe("disproved");
  }
}, 60_000);
