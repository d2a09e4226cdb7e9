import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { installChain } from "../../../src/audit/install-chain.ts";
import { connect } from "../../../src/postgres/connect.ts";
import { appendRows, firstBreak, prepareChains } from "../../support/chain-database.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { prune, pruneScene } from "../../support/prune-scene.ts";
import { poll, replicableServer } from "../../support/replicated-cluster.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dsnOf } from "../../support/run-custody.ts";
import { ran, signerIn } from "../../support/signer.ts";

const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

for (const major of [14, 16, 17, 18] as const) {
  const cluster = await startTestCluster(major);
  await prepareChains(cluster);
  describe(`PostgreSQL ${major}`, () => {
    test("redacts and prunes, and both verifiers find the chain whole", async () => {
      await using it = await pruneScene(cluster, temporary.path, 6);
      const redact = (id: string): Promise<unknown> =>
        ran("chain", "redact", id, "--db-url", dsnOf(it.chain.settings), "--reason", "x");
      expect(await redact("e2")).toMatchObject({ code: 0, document: { seq: 2 } });
      await it.sign("a");
      expect(await redact("e3")).toMatchObject({ code: 0 });
      expect(await it.prune({ checkpoints: ["a"], archive: "kept" })).toMatchObject({
        code: 0,
        document: { verdict: "pruned", cut: { size: 7, redacted: 2 } },
      });
      await appendRows(it.chain.owner, 2, "after");
      expect(await it.verify("a")).toMatchObject({
        code: 0,
        document: { verdict: "clean", row_count: 11, verifier_walked: 4 },
      });
      expect(await firstBreak(it.chain.owner)).toEqual({ id: null, pos: -1, rows: 11 });
    });
  });
}

describe("a standby", () => {
  test("neither redacts nor prunes; it says what would be pruned", async () => {
    const primary = await replicableServer();
    await primary.start();
    await using session = await connect(primary.settings, { applicationName: "test" });
    await installChain(session, { schema: "public" });
    await appendRows(session, 3);
    const folder = join(temporary.path, "standby");
    mkdirSync(folder);
    const signer = await signerIn(folder, "standby");
    await signer.checkpoint(primary.settings, "a");
    await appendRows(session, 1, "later");
    const standby = await primary.standby();
    await standby.start();
    const { settings } = standby;
    await poll(async () => {
      await using there = await connect(settings, { applicationName: "test" });
      const [row] = await there.sql`select count(*)::int as n from audit_events`;
      return row!["n"] === 4;
    });
    const refused = { code: 3, document: { verdict: "not-run", error: { code: "unsupported-server" } } };
    expect(await ran("chain", "redact", "e1", "--db-url", dsnOf(settings), "--reason", "x")).toMatchObject(
      refused,
    );
    expect(await prune(folder, signer, settings, { checkpoints: ["a"], archive: "kept" })).toMatchObject(
      refused,
    );
    expect(await prune(folder, signer, settings, { checkpoints: ["a"], flags: ["--dry-run"] })).toMatchObject(
      {
        code: 0,
        document: { verdict: "would-prune", cut: { size: 3 } },
      },
    );
  });
});
