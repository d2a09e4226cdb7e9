import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, startTestCluster } from "../support/cluster.ts";
import { dumpTo, manifestFor } from "../support/dumped.ts";
import { runScript } from "../support/plain-dump.ts";
import { prove, urlOf } from "../support/prove.ts";
import type { Proved } from "../support/prove.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { createShop } from "../support/shop.ts";

/** What an archive does not list was lost when it was dumped, and what was wrong in the source is nobody's fault on the way. */
const cluster = await startTestCluster(15);
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const shop = { ...cluster.settings, database: "shop" };
const manifest = join(folder.path, "shop.manifest");

beforeAll(async () => {
  await createShop(cluster);
  await runScript(
    shop,
    `create table acc (id serial primary key, name text unique); create index acc_names on acc (name, id);
     create table acc_line (id int primary key, line text, check (line <> ''));
     comment on column acc_line.line is 'a line';
     create function audited(n int) returns int language sql as 'select n'; revoke execute on function audited(int) from public;
     grant select on acc_line to shop_reader; grant update (line) on acc_line to shop_reader;`,
  );
  const { verdict } = await prove({ dbUrl: urlOf(shop), writeManifest: manifest });
  expect(verdict).toBe("proved");
}, 60_000);

async function proveDump(name: string, ...args: string[]): Promise<Proved> {
  const path = await dumpTo(folder.path, shop, name, ...args);
  return await prove({ dump: path, expect: manifestFor(manifest, path) });
}

const stages = ({ state }: Proved, of: (kind: string) => boolean = () => true): string[] => [
  ...new Set(state.differences.filter(({ kind }) => of(kind)).map(({ stage }) => stage)),
];
const objectsOf = ({ state }: Proved, kind: string): string[] =>
  state.differences.filter((each) => each.kind === kind).map(({ object }) => object);

test("the whole archive is proved", async () => {
  const { state, verdict } = await proveDump("whole.dump", "-Fc");
  expect(state.differences).toEqual([]);
  expect(verdict).toBe("proved");
});

describe("what the archive's table of contents lacks was lost by the dump", () => {
  test.each(["-Fc", "-Fp"])("its last section: %s", async (format) => {
    const proved = await proveDump(`sections${format}`, format, "--section=pre-data", "--section=data");
    expect(objectsOf(proved, "constraints")).toContain("constraint acc_pkey on public.acc");
    expect(objectsOf(proved, "indexes")).toContain("index public.acc_names");
    expect(objectsOf(proved, "triggers")).not.toEqual([]);
    expect(objectsOf(proved, "chain")).not.toEqual([]);
    expect(stages(proved)).toEqual(["dump"]);
  });

  test.each(["-Fc", "-Fp"])("its grants: %s", async (format) => {
    const proved = await proveDump(`no-acl${format}`, format, "--no-acl");
    expect(objectsOf(proved, "grants")).toContain("function public.audited(integer)");
    expect(objectsOf(proved, "grants")).toContain("column public.acc_line.line");
    expect(stages(proved)).toEqual(["dump"]);
  });

  test("its owners", async () => {
    const proved = await proveDump("no-owner.sql", "-Fp", "--no-owner");
    expect(objectsOf(proved, "owners")).not.toEqual([]);
    expect(stages(proved, (kind) => kind === "owners")).toEqual(["dump"]);
  });

  test("its comments", async () => {
    const proved = await proveDump("no-comments.dump", "-Fc", "--no-comments");
    expect(objectsOf(proved, "comments")).toContain("column public.acc_line.line");
    expect(stages(proved)).toEqual(["dump"]);
  });

  test("a table, with a name that others begin with", async () => {
    const proved = await proveDump("no-acc.dump", "-Fc", "-T", "acc");
    expect(objectsOf(proved, "tables")).toEqual(["table public.acc"]);
    expect(stages(proved)).toEqual(["dump"]);
  });

  test("a statement of a script that was commented out", async () => {
    const path = await dumpTo(folder.path, shop, "no-index.sql", "-Fp");
    writeFileSync(path, readFileSync(path, "utf8").replace(/^CREATE INDEX acc_names/m, "-- $&"));
    const proved = await prove({ dump: path, expect: manifestFor(manifest, path) });
    expect(objectsOf(proved, "indexes")).toEqual(["index public.acc_names"]);
    expect(stages(proved)).toEqual(["dump"]);
  });
});

describe("a chain that was altered before it was backed up", () => {
  const off = "alter table public.audit_events disable trigger user";
  const alter = `${off}; update public.audit_events set actor = actor || '~' where seq = 1;
    alter table public.audit_events enable trigger user;`;
  const altered = { ...cluster.settings, database: "altered" };
  beforeAll(async () => {
    await run(cluster, "create database altered template shop");
    await runScript(altered, alter);
  });

  test("is told once, of the source", async () => {
    const { verdict, failed, state } = await prove({ dbUrl: urlOf(altered) });
    expect(verdict).toBe("disproved");
    expect(failed).toEqual(["chain-before"]);
    expect(state.differences).toEqual([]);
  });

  test("is told of the source by a manifest, too", async () => {
    const broken = join(folder.path, "altered.manifest");
    expect((await prove({ dbUrl: urlOf(altered), writeManifest: broken })).verdict).toBe("disproved");
    await run(cluster, "create database altered_copy template altered");
    const copy = urlOf({ ...cluster.settings, database: "altered_copy" });
    const { verdict, failed, state } = await prove({ restoredUrl: copy, expect: broken });
    expect(verdict).toBe("disproved");
    expect(failed).toEqual(["chain-before"]);
    expect(state.pre.first_break_pos).toBe(0);
    expect(state.differences).toEqual([]);
  });

  test("is not the restore's, where only an archive is left", async () => {
    const { verdict, failed, state } = await prove({
      dump: await dumpTo(folder.path, altered, "altered.dump", "-Fc"),
    });
    expect(verdict).toBe("disproved");
    expect(failed).toEqual(["chain"]);
    expect(new Set(state.differences.map(({ kind, stage }) => `${kind} ${stage}`))).toEqual(
      new Set(["chain dump"]),
    );
    expect(state.differences.every(({ detail }) => detail.endsWith(": the archive holds it so"))).toBe(true);
  });
});

test("of what a damaged archive does not give, only the damage is told", async () => {
  const source = { ...cluster.settings, database: "damaged" };
  await run(cluster, "create database damaged");
  await runScript(
    source,
    `create table first (id int); insert into first select (random() * 1e9)::int from generate_series(1, 5000);
     create table second (id int); insert into second values (1), (2), (3);`,
  );
  const path = await dumpTo(folder.path, source, "flipped.dump", "-Fc", "-Z6");
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const { verdict, state } = await prove({ dump: path });
  expect(verdict).toBe("disproved");
  expect(state.differences.map(({ kind }) => kind)).toContain("archive");
  expect(state.differences.filter(({ kind }) => kind === "content")).toEqual([]);
});
