import { expect, test } from "bun:test";
import { majors, startTestCluster } from "../../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../../support/chain-database.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dsnOf } from "../../support/run-custody.ts";
import { tamper } from "../../support/verify-chain.ts";
import { toldFindings, watching } from "../../support/watching.ts";

for (const major of majors) {
  const cluster = await startTestCluster(major);
  await prepareChains(cluster);

  test(`PostgreSQL ${major}: a watch verifies what is new, reads history again and finds what was changed`, async () => {
    using folder = temporaryFolder();
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 70_000);
    await using watch = watching({ dbUrl: dsnOf(chain.settings), folder: folder.path });
    const found = await watch.until("chain-found");
    expect(found.identity).toMatchObject({ timeline: 1, systemIdentifier: expect.stringMatching(/^\d+$/) });
    await watch.until("chain-verified");
    await appendRows(chain.owner, 10, "later-");
    expect(await watch.until("rows-checked")).toMatchObject({ rows: 70_010, read: 1034 });
    await watch.until("block-checked");
    expect(toldFindings(watch.seen)).toEqual([]);
    await tamper(chain.admin, "update audit_events set actor = 'x' where seq = 70000");
    await watch.until("chain-verified");
    expect(toldFindings(watch.seen)).toEqual(["altered@69999"]);
  });
}
