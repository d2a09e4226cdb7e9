import { expect, test } from "bun:test";
import { join } from "node:path";
import { freshDatabase, startTestCluster, testTools } from "../../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../../support/chain-database.ts";
import { dumpTo } from "../../support/dumped.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dsnOf } from "../../support/run-custody.ts";
import { signerIn, truncate } from "../../support/signer.ts";
import { tamper } from "../../support/verify-chain.ts";
import { toldFindings, watching } from "../../support/watching.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { runTool } from "../../../src/postgres/tool.ts";

const cluster = await startTestCluster(15);
// Of another version: clusters of one are copies of one template, with its system identifier.
const elsewhere = await startTestCluster(16);
await prepareChains(cluster);
await prepareChains(elsewhere);

test("a restore that the operator accepted ends the alarm by itself, and excuses nothing that comes later", async () => {
  using folder = temporaryFolder();
  await using chain = await chainDatabase(cluster);
  const olga = await signerIn(folder.path, "olga");
  await appendRows(chain.owner, 40);
  const dump = await dumpTo(folder.path, chain.settings, "olga.dump", "-Fc");
  await appendRows(chain.owner, 30, "lost");
  expect((await olga.checkpoint(chain.settings, "olga-1")).code).toBe(0);
  const given = { checkpoints: [join(folder.path, "olga-1")], publicKeys: [`${olga.key}.pub`] };
  {
    const dbUrl = dsnOf(chain.settings);
    await using watch = watching({ dbUrl, folder: olga.state, given });
    expect(await watch.until("rows-checked")).toMatchObject({ rows: 70 });
  }

  await using database = await freshDatabase(elsewhere);
  const { settings } = database;
  const restoring = { installation: await testTools(), tool: "pg_restore", settings } as const;
  const restored = await runTool({ ...restoring, args: ["-d", settings.database, dump] });
  expect([restored.exitCode, restored.stderr]).toEqual([0, []]);

  await using watch = watching({ dbUrl: dsnOf(settings), folder: olga.state, given });
  expect(await watch.until("chain-verified")).toMatchObject({ outcome: "restored", rows: 40, findings: 2 });
  expect(toldFindings(watch.seen)).toEqual(["restored@40"]);
  const accept = ["--accept-restore", "--reason", "disk failure", "--key", olga.key];
  expect((await olga.verify(settings, ["olga-1"], ...accept)).code).toBe(0);
  expect(await watch.until("restore-accepted")).toMatchObject({
    rows: 40,
    verified: 70,
    reason: "disk failure",
  });
  await watch.until("rows-checked");
  expect(toldFindings(watch.seen)).toEqual([]);

  await using owner = await connect(settings, { applicationName: "test" });
  await appendRows(owner, 20, "later");
  expect(await watch.until("rows-checked")).toMatchObject({ rows: 60 });
  await tamper(owner, truncate(40));
  await watch.until("finding-made");
  expect(toldFindings(watch.seen)).toEqual(["truncated@40"]);
});

test("a watch that began on the restored database goes on from what the acceptance says was restored", async () => {
  using folder = temporaryFolder();
  await using chain = await chainDatabase(cluster);
  const nora = await signerIn(folder.path, "nora");
  await appendRows(chain.owner, 40);
  const dump = await dumpTo(folder.path, chain.settings, "nora.dump", "-Fc");
  await appendRows(chain.owner, 30, "lost");
  expect((await nora.checkpoint(chain.settings, "nora-1")).code).toBe(0);
  const given = { checkpoints: [join(folder.path, "nora-1")], publicKeys: [`${nora.key}.pub`] };

  await using database = await freshDatabase(elsewhere);
  const { settings } = database;
  const restoring = { installation: await testTools(), tool: "pg_restore", settings } as const;
  expect((await runTool({ ...restoring, args: ["-d", settings.database, dump] })).exitCode).toBe(0);

  await using watch = watching({ dbUrl: dsnOf(settings), folder: nora.state, given });
  expect(await watch.until("chain-verified")).toMatchObject({ outcome: "restored", rows: 40, findings: 1 });
  const accept = ["--accept-restore", "--reason", "disk failure", "--key", nora.key];
  expect((await nora.verify(settings, ["nora-1"], ...accept)).code).toBe(0);
  expect(await watch.until("rows-checked")).toMatchObject({ rows: 40 });
  expect(toldFindings(watch.seen)).toEqual([]);
});
