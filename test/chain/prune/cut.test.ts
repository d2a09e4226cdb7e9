import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { appendRows, prepareChains } from "../../support/chain-database.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { pruneScene } from "../../support/prune-scene.ts";
import type { PruneScene } from "../../support/prune-scene.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { custody, dsnOf, lastLine } from "../../support/run-custody.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());
const scene = (rows: number): Promise<PruneScene> => pruneScene(cluster, temporary.path, rows);

describe("where the chain is cut", () => {
  test("at the largest checkpoint all of whose rows happened and were recorded before the time, whatever their order", async () => {
    await using it = await scene(3);
    await it.sign("a");
    const [now] = await it.chain
      .sql`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`;
    const before = String(now!["now"]);
    // It is said to have happened long ago, and was recorded now.
    await it.chain
      .sql`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp") values ('backdated', 'a', 'b', 'c', 'd', 'e', '2001-01-01Z')`;
    await it.sign("b");
    await appendRows(it.chain.owner, 2, "later");
    await it.sign("c");
    await appendRows(it.chain.owner, 1, "last");
    expect(await it.prune({ before, checkpoints: ["b", "c"], archive: "kept" })).toMatchObject({
      code: 0,
      document: {
        verdict: "nothing-to-prune",
        no_cut: {
          why: "young",
          young: [
            { id: "backdated", seq: 4, timestamp: "2001-01-01T00:00:00.000000Z" },
            { id: "later1" },
            { id: "later2" },
            { id: "last1" },
          ],
        },
      },
    });
    expect(await it.rows()).toBe(7);
    expect(await it.prune({ before, checkpoints: ["a", "b", "c"], archive: "kept" })).toMatchObject({
      code: 0,
      document: { cut: { size: 3 } },
    });
    expect(await it.rows()).toBe(5);
  });

  test("a row of the future, or of the end of time, holds its place; one of the beginning of time does not", async () => {
    await using it = await scene(2);
    await it.chain
      .sql`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp") values ('first', 'a', 'b', 'c', 'd', 'e', '-infinity')`;
    await it.sign("a");
    await it.chain
      .sql`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp") values ('end', 'a', 'b', 'c', 'd', 'e', 'infinity')`;
    await it.sign("b");
    await appendRows(it.chain.owner, 1, "last");
    expect(await it.prune({ checkpoints: ["b"], archive: "kept" })).toMatchObject({
      document: { no_cut: { young: [{ id: "end", timestamp: "infinity" }] } },
    });
    expect(await it.prune({ checkpoints: ["a", "b"], archive: "kept" })).toMatchObject({
      document: { cut: { size: 3, oldest: "-infinity" } },
    });
  });

  test("never at a checkpoint that vouches for no row; of a chain that was never pruned nothing else is said", async () => {
    await using it = await scene(0);
    await it.sign("a");
    await appendRows(it.chain.owner, 2);
    const flags = [
      "--db-url",
      dsnOf(it.chain.settings),
      "--state",
      it.signer.state,
      "--before",
      "2100-01-01",
    ];
    const files = ["--checkpoint", join(it.folder, "a.checkpoint"), "--public-key", `${it.signer.key}.pub`];
    const { code, stdout } = await custody(["chain", "prune", ...flags, ...files, "--dry-run"]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining("no checkpoint vouches for rows that are still there"),
    ]);
    expect(lastLine(stdout)).toBe("NOTHING-TO-PRUNE rows=0");
  });

  test("never behind the newest row", async () => {
    await using it = await scene(3);
    await it.sign("a");
    expect(await it.prune({ checkpoints: ["a"], archive: "kept" })).toMatchObject({
      code: 0,
      document: { verdict: "nothing-to-prune", no_cut: { why: "newest" } },
    });
    expect(await it.rows()).toBe(3);
    expect(it.leftovers()).toEqual([]);
  });
});
