import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { installedGuards } from "../../src/audit/guards/guards.ts";
import { readGuards } from "../../src/audit/guards/read-guards.ts";
import { installChain } from "../../src/audit/install-chain.ts";
import { connect } from "../../src/postgres/connect.ts";
import { freshDatabase, majors, startTestCluster } from "../support/cluster.ts";

const file = new URL("../../src/audit/guards/version-1.json", import.meta.url);

for (const major of majors) {
  const cluster = await startTestCluster(major);

  describe(`the installed guards on PostgreSQL ${major}`, () => {
    test.each(["public", "audit", 'we"ird :schema x'])(
      "are what the verifier compares with, in schema %s",
      async (schema) => {
        await using database = await freshDatabase(cluster);
        await using session = await connect(database.settings, { applicationName: "test" });
        await installChain(session, { schema });
        await session.sql.unsafe("set search_path = pg_catalog");
        const guards = await readGuards(session, schema);
        // bun test test/audit/guards.test.ts with CUSTODY_WRITE=1 writes the file anew, from the migration as it is.
        if (process.env["CUSTODY_WRITE"] === "1")
          await writeFile(file, `${JSON.stringify(guards, null, 2)}\n`);
        else expect(guards).toEqual(installedGuards[1]!);
      },
    );
  });
}
