import { expect, test } from "bun:test";
import { startTestCluster } from "../../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../../support/chain-database.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dsnOf } from "../../support/run-custody.ts";
import { tamper } from "../../support/verify-chain.ts";
import { toldFindings, watching } from "../../support/watching.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const days = 24 * 3_600_000;

test("a state of a clock that was ahead does not keep history from being read", async () => {
  using folder = temporaryFolder();
  await using chain = await chainDatabase(cluster);
  await appendRows(chain.owner, 3000);
  const given = { dbUrl: dsnOf(chain.settings), folder: folder.path };
  {
    await using watch = watching({ ...given, startMs: 30 * days });
    await watch.until("rows-checked");
  }
  await tamper(chain.admin, "update audit_events set actor = 'x' where seq = 5");
  await using watch = watching(given);
  expect(await watch.until("chain-verified")).toMatchObject({ reason: "due", outcome: "broken" });
  expect(toldFindings(watch.seen)).toEqual(["altered@4"]);
});

test("a clock that is set back keeps neither history nor what stands from being read", async () => {
  using folder = temporaryFolder();
  await using chain = await chainDatabase(cluster);
  await appendRows(chain.owner, 3000);
  await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
  await watch.until("rows-checked");
  watch.turnClock(-30 * days);
  expect(await watch.until("chain-verified")).toMatchObject({ reason: "due", outcome: "clean" });
  expect(watch.status().allReadSince).toBeLessThanOrEqual(watch.now());
  await tamper(chain.admin, "update audit_chain_head set row_hash = upper(row_hash)");
  await watch.until("finding-made");
  watch.turnClock(-30 * days);
  await tamper(chain.admin, "update audit_chain_head set row_hash = lower(row_hash)");
  const before = watch.now();
  await watch.until("finding-gone");
  expect(watch.now() - before).toBeLessThan(3_600_000);
});
