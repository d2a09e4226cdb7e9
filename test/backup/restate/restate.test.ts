import { beforeAll, describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { readCatalog } from "../../../src/backup/catalog/read-catalog.ts";
import { compareFingerprints } from "../../../src/backup/compare/comparators.ts";
import { identityOf } from "../../../src/backup/fingerprint.ts";
import type { CatalogObject, Fingerprint } from "../../../src/backup/fingerprint.ts";
import { namesOf, partOf } from "../../../src/backup/restate/names.ts";
import { restateByGrammar } from "../../../src/backup/restate/restate-by-grammar.ts";
import { restateDefinitions } from "../../../src/backup/restate/restate-definitions.ts";
import { splitIndex, splitTrigger } from "../../../src/backup/restate/split-definition.ts";
import { connect } from "../../../src/postgres/connect.ts";
import type { Session } from "../../../src/postgres/connect.ts";
import { startTestCluster } from "../../support/cluster.ts";

const cluster = await startTestCluster(15);
let session: Session;
let restored: Fingerprint;

beforeAll(async () => {
  session = await connect(cluster.settings, { applicationName: "test" });
  await session.sql.unsafe(`
    CREATE TABLE public.t (id integer PRIMARY KEY, state varchar DEFAULT lower('NEW'), kind text, double integer GENERATED ALWAYS AS (id * 2) STORED,
      CONSTRAINT state_known CHECK (state::text = ${list}));
    CREATE INDEX i ON public.t (lower(kind)) WHERE state::text = ${list};
    CREATE VIEW public.v AS SELECT id FROM public.t WHERE state::text = ${list};
    CREATE FUNCTION public.f(a integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT id FROM public.t WHERE id = a AND state IN ('a'); END;
    CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER "on t" BEFORE UPDATE OF kind, state ON public.t FOR EACH ROW WHEN (NEW.state::text = ${list}) EXECUTE FUNCTION public.touch();
    CREATE POLICY p ON public.t USING (state::text = ${list}) WITH CHECK (state IN ('a'));
    CREATE DOMAIN public.d AS varchar DEFAULT lower('X') CHECK (VALUE::text = ${list});
    CREATE RULE r AS ON DELETE TO public.t WHERE OLD.state::text = ${list} DO INSTEAD NOTHING;
    CREATE STATISTICS public.s ON (id * 2), kind FROM public.t;
    CREATE TABLE public.parted (k varchar) PARTITION BY LIST ((k || 'x'))`);
  restored = await fingerprint();
});

async function fingerprint(): Promise<Fingerprint> {
  const objects = await readCatalog(session);
  const { serverVersion } = session;
  return {
    serverVersion,
    database: "x",
    objects,
    tables: [],
    sequences: [],
    largeObjects: [],
    encoding: "UTF8",
  };
}

/** The restored database with one text in one of its definitions replaced: what a source might have said. */
function withText(kind: CatalogObject["kind"], fact: string, from: string | RegExp, to: string): Fingerprint {
  let replaced = 0;
  const objects = restored.objects.map((object) => {
    const text = object.kind === kind ? object.facts[fact] : undefined;
    if (text === undefined || text.replace(from, to) === text) return object;
    replaced += 1;
    return { ...object, facts: { ...object.facts, [fact]: text.replace(from, to) } };
  });
  expect(replaced).toBeGreaterThan(0);
  return { ...restored, objects };
}

/** As a server prints it that was given a server's print, and as one does that was given `IN ('a', 'b')`. */
const list = "ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])";
const sameList = "ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])";

const forms: readonly (readonly [
  CatalogObject["kind"],
  fact: string,
  from: string | RegExp,
  same: string,
  other: string,
])[] = [
  ["view", "definition", list, sameList, "ANY (ARRAY['a'::text])"],
  ["view", "definition", "t.id", "id", "1 AS id"],
  ["constraint", "definition", list, sameList, "ANY (ARRAY['a'::text])"],
  ["index", "definition", list, sameList, "ANY (ARRAY['a'::text])"],
  ["index", "definition", "lower(kind)", "(lower(kind))", "upper(kind)"],
  ["function", "definition", /= 'a'::text/, "= ('a'::text)", "= 'b'::text"],
  ["trigger", "definition", list, sameList, "ANY (ARRAY['a'::text])"],
  ["policy", "using", list, sameList, "ANY (ARRAY['a'::text])"],
  ["policy", "check", "'a'::text", "('a'::text)", "'b'::text"],
  ["domain-constraint", "definition", list, sameList, "ANY (ARRAY['a'::text])"],
  ["rule", "definition", list, sameList, "ANY (ARRAY['a'::text])"],
  ["statistics", "definition", "(id * 2)", "((id * 2))", "(id * 3)"],
  ["column", "default", "lower('NEW'::text)", "(lower('NEW'::text))", "lower('OLD'::text)"],
  ["column", "generated", "(id * 2)", "((id * 2))", "(id * 3)"],
  ["type", "default", "lower('X'::text)", "(lower('X'::text))", "lower('Y'::text)"],
  ["table", "partition key", "(k)::text", "((k)::text)", "((k)::text || 'y'::text)"],
];

describe.each(forms)("%s %s", (kind, fact, from, same, other) => {
  test(`said as ${same} is no difference`, async () => {
    const expected = withText(kind, fact, from, same);
    expect(compareFingerprints(expected, restored, "restore")).toHaveLength(1);
    const asked = await restateDefinitions(session, expected, restored);
    expect(compareFingerprints(asked, restored, "restore")).toEqual([]);
    const parsed = await restateByGrammar(expected, restored);
    expect(compareFingerprints(parsed, restored, "restore")).toEqual([]);
  });

  test(`said as ${other} is one`, async () => {
    const expected = withText(kind, fact, from, other);
    for (const restated of [
      await restateDefinitions(session, expected, restored),
      await restateByGrammar(expected, restored),
    ]) {
      expect(compareFingerprints(restated, restored, "restore")).toHaveLength(1);
    }
  });
});

test("nothing that a hostile manifest says is run, and nothing stays", async () => {
  const hostile = [
    withText("view", "definition", /;$/, "; DROP TABLE public.t CASCADE"),
    withText("function", "definition", /^(?=.*public\.f\()/, "DROP TABLE public.t CASCADE; "),
    withText("rule", "definition", /^.*$/s, "DROP TABLE public.t CASCADE"),
    withText("column", "default", /$/, "; COMMIT; DROP TABLE public.t CASCADE"),
    withText("trigger", "definition", /$/, "; COMMIT; DROP TABLE public.t CASCADE"),
    withText("policy", "using", /$/, "); COMMIT; DROP TABLE public.t CASCADE; SELECT (1"),
  ];
  for (const expected of hostile) {
    const restated = await restateDefinitions(session, expected, restored);
    expect(compareFingerprints(restated, restored, "restore")).toHaveLength(1);
    expect(compareFingerprints(restored, await fingerprint(), "restore")).toEqual([]);
  }
});

test("event triggers of the restored database take no part", async () => {
  await session.sql
    .unsafe(`CREATE FUNCTION public.forbid() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no DDL''; END';
    CREATE EVENT TRIGGER forbid ON ddl_command_start EXECUTE FUNCTION public.forbid()`);
  const before = restored;
  restored = await fingerprint();
  const restated = await restateDefinitions(
    session,
    withText("view", "definition", list, sameList),
    restored,
  );
  expect(compareFingerprints(restated, restored, "restore")).toEqual([]);
  restored = before;
  await session.sql.unsafe("DROP EVENT TRIGGER forbid; DROP FUNCTION public.forbid()");
});

const name = fc.string({
  unit: fc.constantFrom("a", "B", '"', ".", " ", "é", "\n", "(", "on", " ON ", " USING "),
  minLength: 1,
  maxLength: 8,
});

test("names come back out of identities", () => {
  fc.assert(
    fc.property(name, name, name, (first, second, third) => {
      expect(namesOf(identityOf(first, second))).toEqual([first, second]);
      expect(namesOf(`${identityOf(first, second)}(integer)`)).toEqual([first, second]);
      const { part, whole } = partOf(`${identityOf(third)} on ${identityOf(first, second)}`);
      expect([namesOf(part), namesOf(whole)]).toEqual([[third], [first, second]]);
    }),
  );
});

test("definitions are split at the name of their relation, whatever the names are", async () => {
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.property(name, name, name, (schema, table, own) => {
      const relation = `${quote(schema)}.${quote(table)}`;
      expect(splitIndex(`CREATE UNIQUE INDEX ${quote(own)} ON ONLY ${relation} USING btree (a)`)).toEqual({
        before: `CREATE UNIQUE INDEX ${quote(own)} ON ONLY `,
        relation,
        after: " USING btree (a)",
      });
      const before = `CREATE CONSTRAINT TRIGGER ${quote(own)} AFTER INSERT OR UPDATE OF a, ${quote(own)} OR DELETE ON `;
      expect(splitTrigger(`${before}${relation} FROM x.y WHEN ((1 = 1))`)).toEqual({
        before,
        relation,
        after: " FROM x.y WHEN ((1 = 1))",
      });
    }),
  );
  expect(splitIndex("DROP INDEX x")).toBeUndefined();
});
