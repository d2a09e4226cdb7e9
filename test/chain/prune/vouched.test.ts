import { afterAll, expect, test } from "bun:test";
import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { appendRows, prepareChains } from "../../support/chain-database.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { pruneChain } from "../../support/prune-chain.ts";
import { pruneScene } from "../../support/prune-scene.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { rehash } from "../../support/signer.ts";
import { tamper } from "../../support/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

const notVouched = { code: 3, document: { error: { code: "no-checkpoint" } } };

test("a chain that was rewritten, and pruned beyond its checkpoints, is neither clean nor signed", async () => {
  await using it = await pruneScene(cluster, temporary.path, 10);
  expect((await it.sign("a")).code).toBe(0);
  await tamper(it.chain.admin, `update audit_events set actor = 'x' where seq = 3; ${rehash}`);
  await appendRows(it.chain.owner, 5, "later");
  await pruneChain(it.chain.owner, 12);
  expect(await it.verify("a")).toMatchObject({ ...notVouched, document: { verdict: "not-verified" } });
  expect(await it.sign("b")).toMatchObject({ ...notVouched, document: { verdict: "not-run" } });
  expect(existsSync(join(it.folder, "b.checkpoint"))).toBe(false);
  expect((await it.verify()).code).toBe(0);
});

test("one that was pruned by right goes on with the checkpoint that it was pruned by", async () => {
  await using it = await pruneScene(cluster, temporary.path, 8);
  await it.sign("a");
  const older = join(temporary.path, "older-state");
  cpSync(it.signer.state, older, { recursive: true });
  await appendRows(it.chain.owner, 6, "later");
  await it.sign("b");
  await appendRows(it.chain.owner, 3, "last");
  expect((await it.prune({ checkpoints: ["b"], archive: "archive" })).code).toBe(0);
  expect(await it.verify("a")).toMatchObject(notVouched);
  expect((await it.verify("a", "b")).code).toBe(0);

  // A state folder that was set back knows less than the chain was pruned by; what stands at --out knows it.
  rmSync(it.signer.state, { recursive: true });
  cpSync(older, it.signer.state, { recursive: true });
  expect(await it.sign("c")).toMatchObject(notVouched);
  expect((await it.sign("b")).code).toBe(0);
  expect((await it.sign("c")).code).toBe(0);
  expect((await it.verify("a", "c")).code).toBe(0);
});
