import { describe, expect, test } from "bun:test";
import { readCatalog } from "../../../src/backup/catalog/read-catalog.ts";
import type { CatalogObject } from "../../../src/backup/fingerprint.ts";
import type { ConnectionSettings } from "../../../src/postgres/settings.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { freshDatabase, majors, run, startTestCluster } from "../../support/cluster.ts";
import { copyByPlainDump, runScript } from "../../support/plain-dump.ts";

/** What was granted on objects that no dump creates, for a dump holds that much of them. */
const clusters = await Promise.all(
  majors.map(async (major) => [major, await startTestCluster(major)] as const),
);

async function catalogOf(settings: ConnectionSettings): Promise<readonly CatalogObject[]> {
  await using session = await connect(settings, { applicationName: "test" });
  return await readCatalog(session);
}

const grants = `
  create extension file_fdw; create server here foreign data wrapper file_fdw; grant usage on foreign server here to reader;
  grant usage on foreign data wrapper file_fdw to reader;
  revoke usage on language plpgsql from public; grant usage on language plpgsql to reader;
  grant usage on language sql to reader;`;

const systemGrants = (objects: readonly CatalogObject[]): Record<string, string | undefined> =>
  Object.fromEntries(
    objects
      .filter(({ kind }) => kind === "system-object")
      .map(({ identity, facts }) => [identity, facts["grants"]]),
  );

describe.each(clusters)("PostgreSQL %i", (_, cluster) => {
  test("a database as initdb made it has none", async () => {
    await using database = await freshDatabase(cluster);
    expect(systemGrants(await catalogOf(database.settings))).toEqual({});
  });

  test("languages and wrappers of extensions; sql is in no dump", async () => {
    await run(cluster, "create role reader");
    await using database = await freshDatabase(cluster);
    await runScript(database.settings, grants);
    const objects = await catalogOf(database.settings);
    expect(systemGrants(objects)).toEqual({
      "foreign-data-wrapper file_fdw": "granted reader: USAGE",
      "language plpgsql": "granted reader: USAGE, revoked PUBLIC: USAGE",
    });
    expect(objects.find(({ kind }) => kind === "server")?.facts["grants"]).toBe(
      "reader: USAGE; the owner: USAGE",
    );
  });
});

test("a dump carries just these", async () => {
  const cluster = clusters.find(([major]) => major === 15)?.[1];
  if (cluster === undefined) throw new Error("no PostgreSQL 15");
  await using source = await freshDatabase(cluster);
  await using target = await freshDatabase(cluster);
  await runScript(source.settings, grants);
  await copyByPlainDump(source.settings, target.settings);
  expect(systemGrants(await catalogOf(target.settings))).toEqual(
    systemGrants(await catalogOf(source.settings)),
  );
});
