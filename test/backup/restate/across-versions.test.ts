import { join } from "node:path";
import { expect, test } from "bun:test";
import { comparators, compareFingerprints } from "../../../src/backup/compare/comparators.ts";
import { restateByGrammar } from "../../../src/backup/restate/restate-by-grammar.ts";
import { restateDefinitions } from "../../../src/backup/restate/restate-definitions.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { quoteIdentifier } from "../../../src/postgres/identifiers.ts";
import { startScratchCluster } from "../../../src/postgres/scratch-cluster.ts";
import { run, startTestCluster, testInstallation } from "../../support/cluster.ts";
import { copyByPlainDump, runFiles } from "../../support/plain-dump.ts";
import { loadRichSchema, readFingerprint } from "../../support/rich-database.ts";

const roles = join(import.meta.dirname, "..", "..", "fixtures", "rich-roles.sql");

/** A plain dump without --create holds nothing of the database itself. */
const compared = comparators.filter(({ name }) => name !== "database-settings");

for (const from of [14, 15] as const) {
  const source = await startTestCluster(from);
  await loadRichSchema(source);
  await using reader = await connect(source.settings, { applicationName: "test" });
  const expected = await readFingerprint(reader);

  test.each([15, 16, 17, 18] as const)(
    `a rich schema of ${from}, restored into %i, has no difference`,
    async (to) => {
      await using target = await startScratchCluster({
        installation: await testInstallation(to),
        env: process.env,
      });
      const { user } = source.settings;
      await runFiles(target.settings, roles);
      if (user !== target.settings.user) await run(target, `CREATE ROLE ${quoteIdentifier(user)} SUPERUSER`);
      await copyByPlainDump(source.settings, target.settings);
      await using session = await connect(target.settings, { applicationName: "test" });
      const restored = await readFingerprint(session, expected.tables);
      const restated = await restateDefinitions(session, expected, restored);
      expect(compareFingerprints(restated, restored, "restore", compared)).toEqual([]);
      // The grammar alone, for a database that must not be written to, comes to the same, but for a locale of the old kind.
      const read = compareFingerprints(
        await restateByGrammar(expected, restored),
        restored,
        "restore",
        compared,
      );
      expect(read.filter(({ object }) => object !== "collation app.phone_book")).toEqual([]);
      // What was restated was undone.
      expect(await readFingerprint(session, expected.tables)).toEqual(restored);
    },
    60_000,
  );
}
