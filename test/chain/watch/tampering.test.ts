import { expect, test } from "bun:test";
import fc from "fast-check";
import { startTestCluster } from "../../support/cluster.ts";
import { freshDatabase } from "../../support/cluster.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { appendRows, chainDatabase, prepareChains } from "../../support/chain-database.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dsnOf } from "../../support/run-custody.ts";
import { rehash } from "../../support/signer.ts";
import { tamper } from "../../support/verify-chain.ts";
import { toldFindings, watching } from "../../support/watching.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

/** One full block, and some behind it. */
const rows = 66_000;
const full = process.env["CUSTODY_TEST_FULL"] === "1";

const edits: readonly ((seq: number) => string)[] = [
  ...["actor", "actor_type", "action", "resource_type", "resource_id", "event_category", "recorded_by"].map(
    (column) => (seq: number) => `update audit_events set ${column} = ${column} || '.' where seq = ${seq}`,
  ),
  ...["row_hash", "prev_hash", "details_hash"].map(
    (column) => (seq: number) =>
      `update audit_events set ${column} = set_byte(${column}, 7, (get_byte(${column}, 7) + 1) % 256) where seq = ${seq}`,
  ),
  (seq) => `update audit_events set "timestamp" = "timestamp" + interval '1 microsecond' where seq = ${seq}`,
  (seq) => `update audit_events set details = '{"n": -1}' where seq = ${seq}`,
  (seq) => `update audit_events set details = null, details_salt = null where seq = ${seq}`,
  (seq) => `delete from audit_events where seq = ${seq}`,
  (seq) => `update audit_events set seq = null where seq = ${seq}`,
  (seq) => `update audit_events set actor = 'x' where seq = ${seq}; ${rehash}`,
];

test("whatever is done to whichever row is found before the time is over that all rows are read again in", async () => {
  await using original = await chainDatabase(cluster);
  await appendRows(original.owner, rows);
  const template = original.settings.database;
  await original.owner[Symbol.asyncDispose]();
  await original.admin[Symbol.asyncDispose]();
  const edit = fc.record({ at: fc.nat({ max: edits.length - 1 }), seq: fc.integer({ min: 1, max: rows }) });
  await fc.assert(
    fc.asyncProperty(edit, async ({ at, seq }) => {
      using folder = temporaryFolder();
      await using database = await freshDatabase(cluster, { template });
      await using watch = watching({
        dbUrl: dsnOf(database.settings),
        folder: folder.path,
        given: { interval: "1h" },
      });
      await watch.until("rows-checked");
      {
        await using admin = await connect(database.settings, { applicationName: "test" });
        await tamper(admin, edits[at]!(seq));
      }
      await watch.pass(8 * 3_600_000);
      expect(toldFindings(watch.seen)).not.toEqual([]);
      expect(watch.status().findingsNow).toBeGreaterThan(0);
    }),
    { numRuns: full ? 200 : 6 },
  );
}, 1_200_000);
