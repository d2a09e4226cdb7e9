import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { freshDatabase, run, startTestCluster } from "../support/cluster.ts";
import { dumpTo, manifestFor } from "../support/dumped.ts";
import { runScript } from "../support/plain-dump.ts";
import { prove, urlOf } from "../support/prove.ts";
import type { Proved } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";

/** What only a superuser can restore keeps a healthy archive from being proved, and disproves nothing. */
const cluster = await startTestCluster(15);
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const source = await freshDatabase(cluster);
const manifest = `${folder.path}/source.manifest`;

beforeAll(async () => {
  await run(cluster, "create role reader");
  await runScript(
    source.settings,
    `create table item (id int primary key, note text); insert into item values (1, 'one'), (2, 'two');
     create table other (id int);
     create type pair as (a int, b int); create type shelly;
     create function compare(pair, pair) returns int language sql immutable as 'select 1';
     create function less(pair, pair) returns bool language sql immutable as 'select true';
     create operator <<< (function = less, leftarg = pair, rightarg = pair);
     create operator class pairs for type pair using btree as operator 1 <<<, function 1 compare(pair, pair);
     comment on operator class pairs using btree is 'pairs';
     create table paired (p pair); create index paired_p on paired (p pairs);
     grant usage on language plpgsql to reader; grant select on item to reader;`,
  );
  const { verdict } = await prove({
    dbUrl: urlOf(source.settings),
    writeManifest: manifest,
    asSuperuser: true,
  });
  expect(verdict).toBe("proved");
}, 60_000);

const openChecks = ({ state }: Proved): string[] =>
  state.assertions
    .filter(({ ok, actual }) => ok === null && actual.endsWith("only a superuser can restore this"))
    .map(({ name }) => name);

test("a live database and its archive are not proved, and not disproved", async () => {
  const live = await prove({ dbUrl: urlOf(source.settings) });
  expect(live.failed).toEqual([]);
  expect(openChecks(live)).toEqual(["restore-errors", "indexes", "grants", "types", "other-objects"]);
  expect(live.verdict).toBe("not-run");
  const archive = await dumpTo(folder.path, source.settings, "source.dump", "-Fc");
  const alone = await prove({ dump: archive });
  expect(alone.failed).toEqual([]);
  expect(alone.verdict).toBe("not-run");
  expect((await prove({ dump: archive, asSuperuser: true })).verdict).toBe("proved");
});

test("whatever else differs disproves", async () => {
  const archive = await dumpTo(folder.path, source.settings, "less.dump", "-Fc", "-T", "other");
  const { verdict, failed } = await prove({ dump: archive, expect: manifestFor(manifest, archive) });
  expect(verdict).toBe("disproved");
  expect(failed).toContain("tables");
});

test("a grant that a script lacks is not a superuser's to restore", async () => {
  const archive = await dumpTo(folder.path, source.settings, "less.sql", "-Fp");
  const text = readFileSync(archive, "utf8");
  writeFileSync(archive, text.replace("GRANT SELECT ON TABLE public.item TO reader;", ""));
  const { verdict, failed } = await prove({ dump: archive, expect: manifestFor(manifest, archive) });
  expect(verdict).toBe("disproved");
  expect(failed).toContain("grants");
});
