import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import { dumpTo, manifestFor } from "../support/dumped.ts";
import { runScript } from "../support/plain-dump.ts";
import { prove, urlOf } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";

/** An archive that says nothing of some rows has proved nothing about them. */
const cluster = await startTestCluster(15);
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const shop = await freshDatabase(cluster);

beforeAll(() =>
  runScript(
    shop.settings,
    `create table item (id int primary key); insert into item select generate_series(1, 100);
     create table line (id int primary key); insert into line select generate_series(1, 50);
     create table empty (id int primary key);
     create table part (id int) partition by range (id);`,
  ),
);

const dump = (name: string, ...args: string[]): Promise<string> =>
  dumpTo(folder.path, shop.settings, name, ...args);

describe("an archive without any rows is not proved", () => {
  test.each([
    ["schema.dump", ["-Fc", "--schema-only"]],
    ["schema.sql", ["-Fp", "--schema-only"]],
    ["excluded.dump", ["-Fc", "--exclude-table-data=*"]],
  ])("%s", async (name, args) => {
    const { verdict, state, failed } = await prove({ dump: await dump(name, ...args) });
    expect(failed).toEqual([]);
    expect(verdict).toBe("not-run");
    expect(state.assertions.find((each) => each.name === "content")).toEqual({
      name: "content",
      ok: null,
      expected: "no difference",
      actual: "the archive holds no data of its 3 tables: public.empty, public.item, public.line",
    });
  });
});

describe("where only some tables lack their rows, a note names them", () => {
  test.each([
    ["some.dump", ["-Fc", "--exclude-table-data=line"]],
    ["some.sql", ["-Fp", "--inserts", "--exclude-table-data=line"]],
  ])("%s", async (name, args) => {
    const { verdict, state } = await prove({ dump: await dump(name, ...args) });
    expect(verdict).toBe("proved");
    expect(state.notes).toContain("the archive was made without the data of 1 of its 3 tables: public.line");
  });
});

test.each(["-Fc", "-Fd", "-Ft", "-Fp"])("a whole archive lacks nothing: %s", async (format) => {
  const { verdict, state } = await prove({ dump: await dump(`whole${format}`, format) });
  expect(verdict).toBe("proved");
  expect(state.notes.filter((note) => note.includes("archive"))).toEqual([]);
});

test("a dump of a database without a table says so", async () => {
  await using empty = await freshDatabase(cluster);
  const { state } = await prove({ dump: await dumpTo(folder.path, empty.settings, "empty.dump", "-Fc") });
  expect(state.notes).toContain("the archive holds no table");
});

test("an empty table is equal to none of its rows, against a manifest too", async () => {
  const manifest = `${folder.path}/shop.manifest`;
  await prove({ dbUrl: urlOf(shop.settings), writeManifest: manifest });
  const path = await dump("inserts.sql", "-Fp", "--inserts");
  const { verdict, state } = await prove({ dump: path, expect: manifestFor(manifest, path) });
  expect(state.differences).toEqual([]);
  expect(verdict).toBe("proved");
  const without = await dump("without.sql", "-Fp", "--inserts", "--exclude-table-data=line");
  const lost = await prove({ dump: without, expect: manifestFor(manifest, without) });
  expect(lost.state.differences.map(({ object, stage }) => `${stage} ${object}`)).toContain(
    "dump table public.line",
  );
  expect(lost.verdict).toBe("disproved");
});
