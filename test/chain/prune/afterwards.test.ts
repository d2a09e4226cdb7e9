import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../../src/postgres/connect.ts";
import { runTool } from "../../../src/postgres/tool.ts";
import { appendCertctlRows, certctlSchema } from "../../support/certctl-chain.ts";
import {
  appendRows,
  chainDatabase,
  firstBreak,
  prepareChains,
  stateOf,
} from "../../support/chain-database.ts";
import { freshDatabase, startTestCluster, testTools } from "../../support/cluster.ts";
import { dumpTo } from "../../support/dumped.ts";
import { pruneScene } from "../../support/prune-scene.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dsnOf } from "../../support/run-custody.ts";
import { ran, signerIn } from "../../support/signer.ts";
import { tamper, verifyIn } from "../../support/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());

describe("a chain that was pruned twice, with redactions on both sides of the cuts", () => {
  test.each(["whole", "data-only"])(
    "is restored from a dump, %s, with all that it stands on",
    async (form) => {
      await using it = await pruneScene(cluster, temporary.path, 8);
      const redact = async (id: string): Promise<void> => {
        const { code } = await ran(
          "chain",
          "redact",
          id,
          "--db-url",
          dsnOf(it.chain.settings),
          "--reason",
          "x",
        );
        expect(code).toBe(0);
      };
      await redact("e3");
      await it.sign("a");
      await appendRows(it.chain.owner, 6, "later");
      await redact("e4");
      await redact("later2");
      await it.sign("b");
      await appendRows(it.chain.owner, 3, "last");
      for (const each of ["a", "b"])
        expect(await it.prune({ checkpoints: [each], archive: `${form}-${each}` })).toMatchObject({
          code: 0,
        });
      await redact("last2");

      await using target = form === "whole" ? await freshDatabase(cluster) : await chainDatabase(cluster);
      const options = form === "whole" ? [] : ["--data-only"];
      const dump = await dumpTo(temporary.path, it.chain.settings, `${form}.dump`, "-Fc", ...options);
      const { exitCode, stderr } = await runTool({
        installation: await testTools(),
        tool: "pg_restore",
        args: ["--exit-on-error", "-d", target.settings.database, dump],
        settings: target.settings,
      });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: [] });
      await using session = await connect(target.settings, { applicationName: "test" });
      const [source, restored] = [await verifyIn(it.chain.owner), await verifyIn(session)];
      expect(restored).toMatchObject({
        findings: [],
        rowCount: 23,
        verifierWalked: 6,
        rootHash: source.rootHash,
      });
      expect(await firstBreak(session)).toEqual({ id: null, pos: -1, rows: 23 });
      await appendRows(session, 1, "after");
      expect(
        await it.signer.verify(target.settings, ["a.checkpoint", "b.checkpoint"], "--require-checkpoint"),
      ).toMatchObject({
        code: 0,
        document: {
          verdict: "clean",
          row_count: 24,
          checkpoints: [{ outcome: "pruned" }, { outcome: "matched" }],
        },
      });
    },
  );
});

describe("rows that went without a record", () => {
  test("custody: the chain's rules keep them; past the rules they are missing, and no prune covers it up", async () => {
    await using it = await pruneScene(cluster, temporary.path, 6);
    await it.sign("a");
    await appendRows(it.chain.owner, 4, "later");
    const purge = "delete from public.audit_events where seq <= 3";
    expect(await stateOf(it.chain.sql.unsafe(purge))).toBe("CU001");
    await tamper(it.chain.admin, purge);
    const { code, document } = await it.verify("a");
    expect([code, document["verdict"]]).toEqual([1, "broken"]);
    const classes = (document["findings"] as { class: string }[]).map((each) => each.class);
    expect(classes).toContain("missing");
    expect(await it.prune({ checkpoints: ["a"], archive: "kept" })).toMatchObject({
      code: 1,
      document: { verdict: "refused" },
    });
    expect(it.leftovers()).toEqual([]);
  });

  test("certctl: a retention purge is a finding, since nothing tells it from a theft; a checkpoint says how much is gone", async () => {
    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema);
    await appendCertctlRows(session, 8);
    const folder = join(temporary.path, "certctl");
    mkdirSync(folder);
    const signer = await signerIn(folder, "certctl");
    const origin = ["--origin", "example.com/certctl"];
    expect(await signer.checkpoint(database.settings, "a", ...origin)).toMatchObject({ code: 0 });
    expect(await signer.verify(database.settings, ["a"])).toMatchObject({ code: 0 });
    await session.sql`delete from audit_events where id in ('c1', 'c2', 'c3')`;
    const { code, document } = await signer.verify(database.settings, ["a"]);
    expect([code, document]).toMatchObject([
      1,
      { verdict: "broken", first_break_pos: 0, first_break_id: "c4" },
    ]);
    const classes = (document["findings"] as { class: string }[]).map((each) => each.class);
    expect(classes).toEqual(["missing", "truncated"]);
    expect(await signer.checkpoint(database.settings, "b", ...origin)).toMatchObject({
      code: 1,
      document: { verdict: "refused" },
    });
  });
});
