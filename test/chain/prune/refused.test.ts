import { afterAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../../src/postgres/connect.ts";
import { appendCertctlRows, certctlSchema } from "../../support/certctl-chain.ts";
import { appendRows, appenderRole, prepareChains } from "../../support/chain-database.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { prune, pruneScene } from "../../support/prune-scene.ts";
import type { PruneScene } from "../../support/prune-scene.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { custody, dsnOf, lastLine } from "../../support/run-custody.ts";
import { ran, signerIn } from "../../support/signer.ts";
import { tamper } from "../../support/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());
const scene = (rows: number): Promise<PruneScene> => pruneScene(cluster, temporary.path, rows);

describe("nothing is removed", () => {
  test.each([
    [
      "of a chain with a row that was changed",
      "update audit_events set actor = 'eve' where seq = 2",
      "altered",
    ],
    [
      "of a chain with a row behind the cut that was changed",
      "update audit_events set actor = 'eve' where seq = 6",
      "altered",
    ],
    ["of a chain that lacks a row", "delete from audit_events where seq = 1", "missing"],
    [
      "of a chain whose guards were changed",
      "alter table audit_events disable trigger audit_events_stay",
      "guard-changed",
    ],
    [
      "of a chain that is shorter than its checkpoint",
      "delete from audit_events where seq > 3; update audit_chain_head h set seq = 3, row_hash = (select encode(row_hash, 'hex') from audit_events where seq = 3)",
      "truncated",
    ],
  ])("%s", async (_name, statements, finding) => {
    await using it = await scene(5);
    await it.sign("a");
    await appendRows(it.chain.owner, 2, "later");
    await tamper(it.chain.admin, statements);
    const rows = await it.rows();
    const { code, document } = await it.prune({ checkpoints: ["a"], archive: "kept" });
    expect([code, document]).toMatchObject([1, { verdict: "refused", archive: null, cut: null }]);
    expect((document["findings"] as { class: string }[]).map((each) => each.class)).toContain(finding);
    expect(await it.rows()).toBe(rows);
    expect(it.leftovers()).toEqual([]);
  });

  test("without a checkpoint, a key that says whose it is, an archive, a time; with a key that did not sign it", async () => {
    await using it = await scene(3);
    await it.sign("a");
    await appendRows(it.chain.owner, 1, "later");
    const other = await signerIn(it.folder, "other");
    const base = ["chain", "prune", "--db-url", dsnOf(it.chain.settings), "--state", it.signer.state];
    const checkpoint = ["--checkpoint", join(it.folder, "a.checkpoint")];
    const key = ["--public-key", `${it.signer.key}.pub`];
    const before = ["--before", "2100-01-01"];
    const archive = ["--archive", join(it.folder, "kept")];
    const codeOf = async (...more: string[]): Promise<unknown> => {
      const { code, document } = await ran(...base, ...more);
      return [code, (document["error"] as { code: string }).code];
    };
    expect(await custody([...base, ...before, ...archive, ...key])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("error: --checkpoint is missing"),
    });
    expect(await codeOf(...before, ...archive, ...checkpoint)).toEqual([2, "bad-usage"]);
    expect(await codeOf(...before, ...checkpoint, ...key)).toEqual([2, "bad-usage"]);
    expect(await codeOf(...archive, ...checkpoint, ...key)).toEqual([2, "bad-usage"]);
    for (const time of ["yesterday", "2026-13-01", "2026-01-01T00:00", "2026-02-30"])
      expect([time, await codeOf("--before", time, ...archive, ...checkpoint, ...key)]).toEqual([
        time,
        [2, "bad-usage"],
      ]);
    expect(await codeOf(...before, ...archive, ...checkpoint, "--public-key", `${other.key}.pub`)).toEqual([
      3,
      "untrusted-checkpoint",
    ]);
    expect(await codeOf(...before, "--archive", it.folder, ...checkpoint, ...key)).toEqual([
      3,
      "file-unwritable",
    ]);
    expect(
      await codeOf(...before, "--archive", join(it.folder, "no/such/place"), ...checkpoint, ...key),
    ).toEqual([3, "file-unwritable"]);
    expect(await it.rows()).toBe(4);
    expect(existsSync(join(it.folder, "kept"))).toBe(false);
  });

  test("by a role that does not own the chain, of a chain of another program", async () => {
    await using it = await scene(3);
    await it.sign("a");
    await appendRows(it.chain.owner, 1, "later");
    await it.chain.sql.unsafe(
      `grant select on audit_events, audit_chain_head, audit_chain_pruned to ${appenderRole}`,
    );
    const told = await prune(
      it.folder,
      it.signer,
      { ...it.chain.settings, user: appenderRole },
      { checkpoints: ["a.checkpoint"], archive: "kept" },
    );
    expect(told).toMatchObject({
      code: 3,
      document: {
        error: {
          code: "permission-denied",
          message: expect.stringContaining("is for its owner chain_owner"),
        },
      },
    });
    expect(it.leftovers()).toEqual([]);

    await using database = await freshDatabase(cluster);
    await using session = await connect(database.settings, { applicationName: "test" });
    await session.sql.unsafe(certctlSchema);
    await appendCertctlRows(session, 3);
    const foreign = await prune(it.folder, it.signer, database.settings, {
      checkpoints: ["a.checkpoint"],
      archive: "kept",
    });
    expect(foreign).toMatchObject({
      code: 2,
      document: { error: { code: "bad-usage", message: expect.stringContaining("profile certctl") } },
    });
  });

  test("and people are told what to do", async () => {
    await using it = await scene(3);
    await it.sign("a");
    await appendRows(it.chain.owner, 1, "later");
    const base = [
      "chain",
      "prune",
      "--db-url",
      dsnOf(it.chain.settings),
      "--before",
      "2100-01-01",
      "--public-key",
      `${it.signer.key}.pub`,
      "--checkpoint",
      join(it.folder, "a.checkpoint"),
    ];
    expect(lastLine((await custody([...base, "--dry-run"])).stdout)).toBe(
      "WOULD-PRUNE rows=3 size=3: nothing was changed",
    );
    const told = await custody([...base, "--archive", join(it.folder, "kept")]);
    expect(lastLine(told.stdout)).toMatch(
      /^PRUNED rows=3 size=3 archive=.*kept sha256=[0-9a-f]{16}… event=[0-9a-f-]{36}$/,
    );
    expect(told.stdout).toContain("personal data");
  });
});
