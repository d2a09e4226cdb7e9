import { beforeAll, describe, expect, test } from "bun:test";
import { readCatalog } from "../../../src/backup/catalog/read-catalog.ts";
import { comparatorByKind } from "../../../src/backup/compare/route.ts";
import { objectKey } from "../../../src/backup/fingerprint.ts";
import type { CatalogObject } from "../../../src/backup/fingerprint.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { majors, run, startTestCluster } from "../../support/cluster.ts";
import { loadRichSchema } from "../../support/rich-database.ts";

const clusters = await Promise.all(
  majors.map(async (major) => [major, await startTestCluster(major)] as const),
);

describe.each(clusters)("the catalog of PostgreSQL %i", (_, cluster) => {
  let objects: readonly CatalogObject[];
  const byKey = (): Map<string, CatalogObject> =>
    new Map(objects.map((object) => [objectKey(object.kind, object.identity), object]));

  beforeAll(async () => {
    await loadRichSchema(cluster);
    await using session = await connect(cluster.settings, { applicationName: "test" });
    objects = await readCatalog(session);
  }, 30_000);

  test("names every object once, and every parent is there", () => {
    const known = byKey();
    expect(known.size).toBe(objects.length);
    expect(objects.filter(({ parent }) => parent !== undefined && !known.has(parent))).toEqual([]);
  });

  test("holds one of every kind", () => {
    // But labels, which need a provider that no server here has.
    const all = Object.keys(comparatorByKind).filter((kind) => kind !== "security-label");
    expect([...new Set<string>(objects.map(({ kind }) => kind))].toSorted()).toEqual(all.toSorted());
  });

  test("has no OIDs, no system objects, no members of extensions, no secrets", () => {
    const text = JSON.stringify(objects);
    expect(text).not.toContain("hunter2");
    expect(objects.filter(({ identity }) => /citext|gbt_/.test(identity)).map(({ kind }) => kind)).toEqual([
      "extension",
    ]);
    expect(
      objects
        .filter(({ identity }) => /pg_catalog|pg_toast/.test(identity))
        .every(({ kind }) => kind === "system-object"),
    ).toBe(true);
  });

  test("is the same for a role that may read and nothing else", async () => {
    await run(cluster, "CREATE ROLE catalog_reader LOGIN IN ROLE pg_read_all_data");
    await using session = await connect(
      { ...cluster.settings, user: "catalog_reader" },
      { applicationName: "test" },
    );
    expect(await readCatalog(session)).toEqual(objects);
  });

  test("says what people look for", () => {
    const facts = (key: string) => byKey().get(key)?.facts;
    expect(facts("column app.customer.id")).toMatchObject({
      type: "bigint",
      identity: "always",
      "not null": "yes",
    });
    expect(facts("column app.customer.first_letter")?.["generated"]).toStartWith("stored as upper(");
    expect(facts("policy own_rows on app.customer")).toMatchObject({
      command: "ALL",
      kind: "permissive",
      roles: 'rich.Wri "ter", rich_reader',
    });
    expect(facts("trigger customer_off on app.customer")?.["enabled"]).toBe("disabled");
    expect(facts("materialized-view app.unpopulated")?.["populated"]).toBe("no");
    expect(facts('table "a.b""c"."t.""x""\nnewline"')).toBeDefined();
    expect(facts("type app.mood")?.["definition"]).toBe("enum ('sad', 'so-so', 'ok', 'happy')");
    expect(facts("sequence app.counter")).toMatchObject({ increment: "-2", cycle: "yes", cache: "3" });
    expect(facts("large-object 4711")).toMatchObject({ owner: "rich_owner", comment: "three bytes" });
    expect(facts("system-object function pg_catalog.pg_ls_dir(text)")?.["grants"]).toBe(
      "granted rich_reader: EXECUTE",
    );
    expect(facts("server elsewhere")?.["options"]).toBe("dbname=x, host=127.0.0.1");
  });
});

test("options of foreign servers that may be secrets are named and not shown", async () => {
  const cluster = await startTestCluster(15);
  await using session = await connect(cluster.settings, { applicationName: "test" });
  await session.sql.unsafe(
    `CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h', api_key 'k1', "Password" 'p1')`,
  );
  const objects = await readCatalog(session);
  const server = objects.find(({ kind, identity }) => kind === "server" && identity === "s");
  expect(server?.facts["options"]).toBe("Password=(not shown), api_key=(not shown), host=h");
});
