import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "bun:test";
import { connect } from "../../src/postgres/connect.ts";
import { freshDatabase, startTestCluster } from "../support/cluster.ts";
import { temporaryFolder } from "../support/run-commands.ts";
import { custody, dsnOf } from "../support/run-custody.ts";
import { ran, signerIn } from "../support/signer.ts";
import type { Ran } from "../support/signer.ts";

/** Chains of other shapes than the two built in, described by a file and verified by the command. */

const cluster = await startTestCluster(15);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

function file(name: string, text: string): string {
  const path = join(temporary.path, name);
  writeFileSync(path, text);
  return path;
}

interface Shape {
  readonly name: string;
  readonly profile: string;
  /** Makes the table `log` and its ten rows. */
  readonly schema: string;
  /** Statements, and the classes of what they leave to be found, as `class@position`. */
  readonly faults: readonly (readonly [statements: string, classes: readonly string[]])[];
}

const fill = (link: string): string => `
  do $$ declare before text := ''; begin for i in 1..10 loop ${link} end loop; end $$`;

const shapes: readonly Shape[] = [
  {
    name: "lengths before its fields, hashes in hex, counted, with a head that counts too",
    profile: `
name: ledger
table: log
order: seq
columns: { id: name, seq: n, prev_hash: before, row_hash: hash }
hash_encoding: hex
first_prev_hash: empty
row:
  length: int32
  fields: [ { literal: ledger.v1 }, before, n, { column: "at", as: micros }, name, body ]
head: { table: tip, key: k, row_hash: h, seq: n }
`,
    schema: `
  create table log (n int unique, at timestamptz, name text, body json, before text, hash text);
  create table tip (k int, h text, n int);
  create function field(b bytea) returns bytea language sql as $$ select case when b is null then '\\xffffffff'::bytea else int4send(octet_length(b)) || b end $$;
  create function text_field(t text) returns bytea language sql as $$ select field(convert_to(t, 'UTF8')) $$;
  create function hash_of(l log) returns text language sql as $$
    select encode(sha256(text_field('ledger.v1') || text_field(l.before) || text_field(l.n::text) || field(timestamptz_send(l.at)) ||
      text_field(l.name) || text_field(l.body::text)), 'hex') $$;
  ${fill(`
    insert into log values (i, '2026-01-01'::timestamptz + i * '1s'::interval, 'e' || i, case when i % 3 = 0 then null else json_build_object('i', i) end, before);
    update log l set hash = hash_of(l) where n = i returning hash into before;`)};
  insert into tip select 1, hash, n from log where n = 10`,
    faults: [
      ["update log set body = '[]' where n = 4", ["altered@3"]],
      ["update log set at = at + '1us'::interval where n = 1", ["altered@0"]],
      [
        "update log l set body = '7' where n = 4; update log l set hash = hash_of(l) where n = 4",
        ["missing@4"],
      ],
      ["delete from log where n = 6", ["gap@5", "missing@5"]],
      ["delete from log where n > 8", ["head-mismatch@7"]],
      ["update tip set n = 9", ["head-mismatch@9"]],
      ["drop table tip", ["head-mismatch@9"]],
      ["update log set n = null where n = 10", ["head-mismatch@8", "unlinked@9"]],
    ],
  },
  {
    name: "a separator, microseconds as eight bytes, hashes as bytes, linked only, no head",
    profile: `
name: journal
table: log
order: links
sort: [ "at", name ]
columns: { id: name, prev_hash: before, row_hash: hash }
hash_encoding: bytes
first_prev_hash: "null"
row:
  separator: "\\x1f"
  fields: [ { column: before, as: bytes }, name, { column: "at", as: micros }, body ]
`,
    schema: `
  create table log ("at" timestamptz, name text, body text, before bytea, hash bytea);
  create function hash_of(l log) returns bytea language sql as $$
    select sha256(coalesce(l.before, '') || '\\x1f' || convert_to(l.name, 'UTF8') || '\\x1f'::bytea || timestamptz_send(l.at) || '\\x1f'::bytea || convert_to(coalesce(l.body, ''), 'UTF8')) $$;
  ${fill(`
    insert into log values ('2026-01-01'::timestamptz + ((i * 7) % 10) * '1s'::interval, 'e' || i, 'body', decode(nullif(before, ''), 'hex'));
    update log l set hash = hash_of(l) where name = 'e' || i returning encode(hash, 'hex') into before;`)}`,
    faults: [
      ["update log set body = 'x' where name = 'e4'", ["altered@3"]],
      ["update log set at = at - '1us'::interval where name = 'e10'", ["altered@9"]],
      [
        "update log l set body = 'x' where name = 'e4'; update log l set hash = hash_of(l) where name = 'e4'",
        ["missing@4"],
      ],
      ["delete from log where name = 'e1'", ["missing@0"]],
      // Without a head a cut tail cannot be seen: that is printed, and a checkpoint finds it.
      ["delete from log where name in ('e9', 'e10')", []],
    ],
  },
];

describe.each([...shapes])("$name", ({ name, profile, schema, faults }) => {
  const path = file(`${name.slice(0, 8)}.yaml`.replaceAll(" ", "-"), profile);

  test("is verified, signed, and found out", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(schema).simple();
    const signer = await signerIn(temporary.path, name.slice(0, 6).trim().replaceAll(" ", "-"));
    const signed = await signer.checkpoint(
      database.settings,
      name.slice(0, 5),
      "--profile",
      path,
      "--origin",
      "example.com/log",
    );
    expect(signed).toMatchObject({ code: 0, document: { verdict: "signed", size: 10 } });
    const verify = (...more: string[]): Promise<Ran> =>
      ran("chain", "verify", "--db-url", dsnOf(database.settings), "--profile", path, ...more);
    const clean = await verify();
    expect(clean).toMatchObject({ code: 0, document: { verdict: "clean", row_count: 10 } });
    expect(await verify("--jobs", "2")).toMatchObject({
      code: 0,
      document: { root_hash: clean.document["root_hash"] },
    });
    for (const [statements, classes] of faults) {
      await session.sql
        .unsafe(
          `create table kept as select * from log; ${/\btip\b/.test(schema) ? "create table kept_tip as select * from tip;" : ""} ${statements}`,
        )
        .simple();
      const told = await verify();
      const findings = told.document["findings"] as readonly { class: string; position: number }[];
      expect([statements, findings.map((each) => `${each.class}@${each.position}`)]).toEqual([
        statements,
        [...classes],
      ]);
      expect(told.code).toBe(classes.length === 0 ? 0 : 1);
      if (classes.length === 0) {
        expect(JSON.stringify(told.document["notes"])).toContain("rows cut from the end cannot be seen");
        const against = await signer.verify(database.settings, [name.slice(0, 5)], "--profile", path);
        expect(against).toMatchObject({ code: 1, document: { findings: [{ class: "truncated" }] } });
      }
      await session.sql
        .unsafe(`truncate log; insert into log select * from kept; drop table kept;
          ${/\btip\b/.test(schema) ? "drop table if exists tip; alter table kept_tip rename to tip;" : ""}`)
        .simple();
    }
    expect(await verify()).toMatchObject({ code: 0 });
  });
});

describe("a profile file that is wrong is told so before anything is read", () => {
  const good = shapes[0]!.profile;
  test.each([
    ["that is no YAML", "a: [", "is no chain profile"],
    ["that is empty", "", "is no chain profile"],
    ["that is a list", "- 1", "is no chain profile"],
    ["with an unknown key", `${good}\nextra: 1`, "extra"],
    ["without a table", good.replace("table: log", ""), "table"],
    ["with an unknown form", good.replace("as: micros", "as: int9"), "row"],
    ["with an unknown order", good.replace("order: seq", "order: random"), "order"],
    ["that counts, without a column to count by", good.replace("seq: n, ", ""), "columns.seq"],
    [
      "that is linked, without an order to read in",
      good.replace("order: seq", "order: links").replace("seq: n, ", ""),
      "sort",
    ],
    ["without fields", good.replace(/fields: .*/, "fields: []"), "row"],
    [
      "with both lengths and a separator",
      good.replace("length: int32", 'length: int32\n  separator: "|"'),
      "row",
    ],
    [
      "that begins with a name that no head has",
      good.replace("first_prev_hash: empty", "first_prev_hash: chain-id"),
      "chain_id",
    ],
    ["with a name that is too long", good.replace("table: log", `table: ${"x".repeat(64)}`), "table"],
    ["with a text of a time behind a length", good.replace("as: micros", "as: utc-micros"), "utc-micros"],
    [
      "that is linked only, with a head that counts",
      good.replace("order: seq", 'order: links\nsort: [ "at" ]').replace("seq: n, ", ""),
      "head.seq",
    ],
    [
      "that erases what its digest does not hold",
      `${good.replace("hash_encoding: hex", "hash_encoding: bytes")}digest: { column: d, erased: [elsewhere], length: int32, fields: [body] }`,
      "erased",
    ],
  ])("%s", async (name, text, expected) => {
    const path = file(`${name.replaceAll(/\W/g, "-")}.yaml`, text);
    const told = await custody([
      "chain",
      "verify",
      "--db-url",
      "host=/nowhere user=x dbname=x",
      "--profile",
      path,
    ]);
    expect([told.code, told.stderr]).toEqual([2, expect.stringContaining(path)]);
    expect(told.stderr).toContain(expected);
    expect(told.stderr).toContain("hint:");
    expect(told.stderr.trimEnd().split("\n")).toHaveLength(2);
  });

  test("that is not there, or a folder", async () => {
    for (const path of [join(temporary.path, "nowhere.yaml"), temporary.path]) {
      const told = await custody([
        "chain",
        "verify",
        "--db-url",
        "host=/nowhere user=x dbname=x",
        "--profile",
        path,
      ]);
      expect([told.code, told.stderr]).toMatchObject([3, expect.stringContaining("cannot be read")]);
    }
  });

  test("that speaks of columns that are not there, or of other types", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(shapes[0]!.schema).simple();
    const verify = (path: string): Promise<Ran> =>
      ran("chain", "verify", "--db-url", dsnOf(database.settings), "--profile", path);
    const absent = file("absent.yaml", good.replace("name, body", "name, nobody"));
    expect(await verify(absent)).toMatchObject({ code: 3, document: { error: { code: "no-chain" } } });
    const other = file("other.yaml", good.replace("name, body", "{ column: name, as: int8 }, body"));
    const told = await verify(other);
    expect(told).toMatchObject({ code: 3, document: { verdict: "not-verified" } });
    expect(JSON.stringify(told.document["error"])).toContain("e1");
  });

  test("that hashes in another order, or names a column that its head has not", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(shapes[0]!.schema).simple();
    const verify = (path: string): Promise<Ran> =>
      ran("chain", "verify", "--db-url", dsnOf(database.settings), "--profile", path);
    const doubt = expect.stringContaining("no row at all gives its row_hash");
    expect((await verify(file("right.yaml", good))).document["notes"]).not.toContainEqual(doubt);
    expect(await verify(file("order.yaml", good.replace("name, body", "body, name")))).toMatchObject({
      code: 1,
      document: { verdict: "broken", findings_total: 10, notes: expect.arrayContaining([doubt]) },
    });
    const head = file("head.yaml", good.replace(/(head: .*row_hash: )\w+/, "$1nowhere"));
    expect(await verify(head)).toMatchObject({
      code: 2,
      document: {
        error: { code: "foreign-schema", message: expect.stringContaining("has no column nowhere") },
      },
    });
  });
});
