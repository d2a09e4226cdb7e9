import { expect, test } from "bun:test";
import fc from "fast-check";
import { finalName } from "../../../../src/chokepoint/backends/postgres/final-name.ts";
import { fenceNameOf, undoNameOf } from "../../../../src/chokepoint/backends/postgres/own-names.ts";
import { setClause, splitList } from "../../../../src/chokepoint/backends/postgres/settings.ts";
import { combine } from "../../../../src/chokepoint/backends/postgres/standing.ts";
import { quoteIdentifier } from "../../../../src/postgres/identifiers.ts";
import { startTestCluster } from "../../../support/cluster.ts";
import { ask } from "../../../support/postgres-target.ts";

const { settings } = await startTestCluster(15);

test("a name is what the server makes of it", async () => {
  const names = [
    "short",
    "A.b-c",
    "x".repeat(63),
    "x".repeat(64),
    `x${"é".repeat(40)}`,
    "é".repeat(40),
    `${"a".repeat(61)}😀😀`,
  ];
  const rows = await ask(
    settings,
    `select ${names.map((name) => `1 as ${quoteIdentifier(name)}`).join(", ")}`,
  );
  expect(Object.keys(rows[0]!)).toEqual([...new Set(names.map(finalName))]);
});

test("a final name is its own, of at most 63 bytes, and begins what was given", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 100 }), (text) => {
      const name = finalName(text);
      expect(finalName(name)).toBe(name);
      expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(63);
      expect(text.startsWith(name)).toBe(true);
    }),
  );
});

test("custody's own names are final, and of one drop alone", () => {
  const id = "0198c1d2-7c1e-7000-8000-000000000001";
  for (const name of [fenceNameOf(id), undoNameOf(id), fenceNameOf("x".repeat(200))])
    expect(finalName(name)).toBe(name);
  expect(fenceNameOf(id)).toBe("custody_tomb_0198c1d27c1e70008000000000000001");
});

test("a setting is set to what it was, lists of names too", async () => {
  const given = [
    'search_path=app, "$user", "a ""b"", c"',
    "work_mem=5MB",
    "custom.thing=it's \\ 'quoted'",
    'temp_tablespaces=""',
    "DateStyle=ISO, DMY",
  ];
  await ask(settings, "create role keeper", ...given.map((entry) => `alter role keeper ${setClause(entry)}`));
  const [row] = await ask(
    settings,
    "select to_json(setconfig) as config from pg_db_role_setting s join pg_roles r on r.oid = s.setrole where rolname = 'keeper'",
  );
  expect((row!["config"] as string[]).toSorted()).toEqual(given.toSorted());
  expect(splitList("")).toEqual([]);
  expect(setClause("no entry")).toBeNull();
});

test("a resource stands where its parts stand", () => {
  expect(combine(["intact", "intact"])).toBe("intact");
  expect(combine(["fenced", "intact"])).toBe("fencing");
  expect(combine(["fenced", "gone"])).toBe("fenced");
  expect(combine(["gone", "fenced"])).toBe("half-destroyed");
  expect(combine(["half-destroyed", "fenced"])).toBe("half-destroyed");
  expect(combine(["gone", "gone"])).toBe("gone");
});
