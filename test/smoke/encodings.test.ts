import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshDatabase, run, startTestCluster } from "../support/cluster.ts";
import { dumpTo, manifestFor } from "../support/dumped.ts";
import { runScript } from "../support/plain-dump.ts";
import { prove, urlOf } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";

/** A dump may be in another encoding than its database: the same rows in other bytes. */
const cluster = await startTestCluster(15);
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const source = await freshDatabase(cluster);
const manifest = join(folder.path, "source.manifest");

beforeAll(async () => {
  await runScript(
    source.settings,
    `set client_encoding = 'UTF8';
     create table word (id int primary key, word text); insert into word values (1, 'käse'), (2, 'crème'), (3, 'plain');`,
  );
  await prove({ dbUrl: urlOf(source.settings), writeManifest: manifest });
}, 60_000);

test.each(["-Fc", "-Fd", "-Fp"])(
  "a LATIN1 dump of a UTF8 database is compared, and proved: %s",
  async (format) => {
    const dump = await dumpTo(folder.path, source.settings, `latin${format}`, format, "--encoding=LATIN1");
    const { verdict, state } = await prove({ dump });
    expect(state.differences).toEqual([]);
    expect(state.assertions.find(({ name }) => name === "content")?.ok).toBe(true);
    expect(state.faults.filter(({ comparator }) => comparator === "content").length).toBeGreaterThan(0);
    expect(verdict).toBe("proved");
  },
);

test("with the manifest of the database, what was restored is compared with that", async () => {
  const dump = await dumpTo(folder.path, source.settings, "expected.sql", "-Fp", "--encoding=LATIN1");
  const proveAs = async (text: Buffer): ReturnType<typeof prove> => {
    writeFileSync(dump, text);
    return await prove({ dump, expect: manifestFor(manifest, dump) });
  };
  const text = readFileSync(dump);
  const healthy = await proveAs(text);
  expect(healthy.state.differences).toEqual([]);
  expect(healthy.verdict).toBe("proved");
  const changed = Buffer.from(text.toString("latin1").replace("crème", "crêpe"), "latin1");
  const { verdict, failed } = await proveAs(changed);
  expect(failed).toContain("content");
  expect(verdict).toBe("disproved");
});

test.each(["-Fp", "-Fc"])("names beyond ASCII in such a dump: %s", async (format) => {
  await using named = await freshDatabase(cluster);
  await run(
    named,
    `CREATE SCHEMA "Schön \\"; CREATE TABLE "Schön \\"."UPPER ""é""" (id int PRIMARY KEY, "Ünicode" text);
     INSERT INTO "Schön \\"."UPPER ""é""" VALUES (1, 'ä'), (2, 'ß')`,
  );
  const dump = await dumpTo(folder.path, named.settings, `names${format}`, format, "--encoding=LATIN1");
  const { verdict, state } = await prove({ dump });
  expect({ verdict, differences: state.differences }).toEqual({ verdict: "proved", differences: [] });
});
