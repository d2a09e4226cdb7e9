import { afterAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { appendRows, appenderRole, firstBreak, prepareChains } from "../../support/chain-database.ts";
import { startTestCluster } from "../../support/cluster.ts";
import { prune, pruneScene } from "../../support/prune-scene.ts";
import type { PruneScene } from "../../support/prune-scene.ts";
import { temporaryFolder } from "../../support/run-commands.ts";
import { dsnOf } from "../../support/run-custody.ts";
import { ran } from "../../support/signer.ts";
import type { Ran } from "../../support/signer.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);
const temporary = temporaryFolder();
afterAll(() => temporary[Symbol.dispose]());
const scene = (rows: number): Promise<PruneScene> => pruneScene(cluster, temporary.path, rows);

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
const clean = { code: 0, document: { verdict: "clean", findings: [] } };

describe("chain prune", () => {
  test("moves a beginning into an archive; counts, roots and checkpoints go on as if nothing were missing", async () => {
    await using it = await scene(10);
    await it.sign("a");
    await appendRows(it.chain.owner, 5, "later");
    await it.sign("b");
    await appendRows(it.chain.owner, 2, "last");
    const before = (await it.verify("a", "b")).document;

    const { code, document } = await it.prune({
      checkpoints: ["a", "b"],
      archive: "kept",
      flags: ["--actor", "dba"],
    });
    const report = join(it.folder, "kept", "report.json");
    expect([code, document]).toMatchObject([
      0,
      {
        verdict: "pruned",
        error: null,
        cut: {
          size: 15,
          rows: 15,
          redacted: 0,
          bytes: expect.any(Number),
          checkpoint: join(it.folder, "b.checkpoint"),
        },
        archive: { path: join(it.folder, "kept"), sha256: sha256(report) },
        row_count: 17,
        pruned_before: 0,
      },
    ]);
    const [event] = await it.chain.sql`select actor, details from audit_events where action = 'audit.pruned'`;
    expect(event).toMatchObject({ actor: "dba", details: { size: 15, archive_sha256: sha256(report) } });

    expect(await it.rows()).toBe(3);
    expect(await it.verify("b")).toMatchObject({
      code: 0,
      document: {
        verdict: "clean",
        row_count: 18,
        verifier_walked: 3,
        checkpoints: [{ size: 15, outcome: "matched" }],
      },
    });
    expect(await it.verify("a", "b")).toMatchObject({
      code: 0,
      document: { checkpoints: [{ size: 10, outcome: "pruned" }, { outcome: "matched" }] },
    });
    expect(await firstBreak(it.chain.owner)).toEqual({ id: null, pos: -1, rows: 18 });
    expect(before["row_count"]).toBe(17);
    expect(await it.sign("c")).toMatchObject({ code: 0, document: { extended: 15, size: 18 } });
    expect(await it.verify("b", "c")).toMatchObject(clean);
  });

  test("the archive verifies offline, and is known by the event that was appended", async () => {
    await using it = await scene(6);
    await it.sign("a");
    await appendRows(it.chain.owner, 1, "later");
    await it.prune({ checkpoints: ["a"], archive: "kept", flags: ["--key", it.signer.key] });
    const kept = join(it.folder, "kept");
    expect(readdirSync(kept).toSorted()).toEqual([
      "checkpoints",
      "policy",
      "profile.yaml",
      "report.json",
      "rows.jsonl",
      "verify.md",
    ]);
    expect(await ran("chain", "check-bundle", kept, "--public-key", `${it.signer.key}.pub`)).toMatchObject({
      code: 0,
      document: {
        verdict: "clean",
        row_count: 6,
        verifier_walked: 6,
        unanchored_rows: 0,
        checkpoints: [{ size: 6, outcome: "matched" }],
      },
    });
    const lines = readFileSync(join(kept, "rows.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((each) => JSON.parse(each));
    expect(lines.map((each) => each.id)).toEqual(["e1", "e2", "e3", "e4", "e5", "e6"]);
    expect(lines[2]).toMatchObject({
      seq: "3",
      details: '{"n": 3}',
      details_salt: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test("again and again: each archive begins where the one before ended", async () => {
    await using it = await scene(4);
    await it.sign("a");
    await appendRows(it.chain.owner, 4, "second");
    await it.sign("b");
    expect(await it.prune({ checkpoints: ["a"], archive: "one" })).toMatchObject({
      code: 0,
      document: { cut: { size: 4 } },
    });
    // The event of the first pruning is past this cut: the second archive does not hold it.
    expect(await it.prune({ checkpoints: ["a", "b"], archive: "two" })).toMatchObject({
      code: 0,
      document: {
        cut: { size: 8, rows: 4 },
        pruned_before: 4,
        checkpoints: [{ outcome: "matched" }, { outcome: "matched" }],
      },
    });
    await appendRows(it.chain.owner, 3, "third");
    await it.sign("c");
    await appendRows(it.chain.owner, 1, "fourth");
    expect(await it.prune({ checkpoints: ["a", "b", "c"], archive: "three" })).toMatchObject({
      code: 0,
      document: { cut: { size: 13, rows: 5 }, pruned_before: 8 },
    });
    for (const [name, rows] of [
      ["one", 4],
      ["two", 4],
      ["three", 5],
    ] as const) {
      const told = await ran(
        "chain",
        "check-bundle",
        join(it.folder, name),
        "--public-key",
        `${it.signer.key}.pub`,
        "--allow-unsigned",
      );
      expect([name, told.code, told.document]).toMatchObject([
        name,
        0,
        { verdict: "clean", verifier_walked: rows, findings: [] },
      ]);
    }
    expect(await it.verify("b", "c")).toMatchObject({
      code: 0,
      document: { verdict: "clean", row_count: 15, verifier_walked: 2 },
    });
    expect(await firstBreak(it.chain.owner)).toEqual({ id: null, pos: -1, rows: 15 });
    expect(await it.prune({ checkpoints: ["a", "b", "c"], archive: "four" })).toMatchObject({
      code: 0,
      document: { verdict: "nothing-to-prune", no_cut: { why: "pruned" }, archive: null },
    });
    expect(it.leftovers().toSorted()).toEqual(["one", "three", "two"]);
  });

  test("a redacted row and the event that says so may be cut apart, or go together", async () => {
    await using it = await scene(6);
    const redact = (id: string): Promise<Ran> =>
      ran("chain", "redact", id, "--db-url", dsnOf(it.chain.settings), "--reason", "x");
    await redact("e2");
    await it.sign("a");
    await redact("e3");
    await appendRows(it.chain.owner, 1, "later");
    expect(await it.prune({ checkpoints: ["a"], archive: "kept" })).toMatchObject({
      code: 0,
      document: { cut: { size: 7, redacted: 2 } },
    });
    expect(await it.verify("a")).toMatchObject(clean);
    expect(await firstBreak(it.chain.owner)).toMatchObject({ pos: -1 });
    expect(
      await ran(
        "chain",
        "check-bundle",
        join(it.folder, "kept"),
        "--public-key",
        `${it.signer.key}.pub`,
        "--allow-unsigned",
      ),
    ).toMatchObject(clean);
    expect(await redact("e4")).toMatchObject({ code: 2, document: { error: { code: "bad-input" } } });
  });

  test("--dry-run says what would go, as any role that may read, and changes nothing", async () => {
    await using it = await scene(5);
    await it.chain
      .sql`insert into audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp") values ('old', 'a', 'b', 'c', 'd', 'e', '2001-02-03 04:05:06Z')`;
    await it.sign("a");
    await appendRows(it.chain.owner, 1, "later");
    await it.chain.sql.unsafe(
      `grant select on audit_events, audit_chain_head, audit_chain_pruned to ${appenderRole}`,
    );
    const told = await prune(
      it.folder,
      it.signer,
      { ...it.chain.settings, user: appenderRole },
      { checkpoints: ["a.checkpoint"], flags: ["--dry-run"] },
    );
    expect(told).toMatchObject({
      code: 0,
      document: {
        verdict: "would-prune",
        archive: null,
        event_id: null,
        cut: { rows: 6, oldest: "2001-02-03T04:05:06.000000Z" },
      },
    });
    expect(await it.rows()).toBe(7);
    expect(it.leftovers()).toEqual([]);
  });
});
