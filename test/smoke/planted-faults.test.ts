import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { runTool } from "../../src/postgres/tool.ts";
import { connect } from "../../src/postgres/connect.ts";
import { planChainFaults } from "../../src/smoke/sabotage/chain-faults.ts";
import { freshDatabase, run, startTestCluster, testTools } from "../support/cluster.ts";
import { prove, urlOf } from "../support/prove.ts";
import { createShop } from "../support/shop.ts";
import { temporaryFolder } from "../support/run-commands.ts";

/**
 * A database is backed up, and restored by plain pg_restore: somebody else's restore. Each fault is planted in a copy of that
 * and the proof must turn bad, by the comparator that the fault belongs to.
 */
const cluster = await startTestCluster(15);
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const manifest = join(folder.path, "shop.manifest");

beforeAll(async () => {
  const source = await createShop(cluster);
  const { verdict } = await prove({ dbUrl: urlOf(source), writeManifest: manifest });
  expect(verdict).toBe("proved");
  await run(cluster, "CREATE DATABASE restored TEMPLATE template0");
  const installation = await testTools();
  const archive = join(folder.path, "shop.dump");
  const dumped = await runTool({
    installation,
    tool: "pg_dump",
    args: ["-Fc", "-f", archive],
    settings: source,
  });
  expect(dumped.stderr).toEqual([]);
  const restored = await runTool({
    installation,
    tool: "pg_restore",
    args: ["-d", "restored", archive],
    settings: { ...source, database: "restored" },
  });
  expect(restored.stderr).toEqual([]);
  await run(cluster, "ALTER DATABASE restored SET work_mem = '5MB'");
}, 120_000);

async function proveRestored(plant: readonly string[]): ReturnType<typeof prove> {
  await using copy = await freshDatabase(cluster, { template: "restored" });
  // Settings of a database are not copied with its template.
  await run(cluster, `ALTER DATABASE "${copy.name}" SET work_mem = '5MB'`);
  if (plant.length > 0) {
    await using session = await connect(copy.settings, { applicationName: "test" });
    for (const statement of plant) await session.sql.unsafe(statement).simple();
  }
  return await prove({ restoredUrl: urlOf(copy.settings), expect: manifest });
}

test("the healthy one is proved", async () => {
  const { verdict, failed, state } = await proveRestored([]);
  expect(state.differences).toEqual([]);
  expect(failed).toEqual([]);
  expect(verdict).toBe("proved");
});

const off = "ALTER TABLE smoke.item DISABLE TRIGGER item_keeps_name";
const on = "ALTER TABLE smoke.item ENABLE TRIGGER item_keeps_name";
const swap = `UPDATE smoke.line SET note = CASE position WHEN 2 THEN (SELECT note FROM smoke.line WHERE item_id = 3 AND position = 3)
  ELSE (SELECT note FROM smoke.line WHERE item_id = 3 AND position = 2) END WHERE item_id = 3 AND position IN (2, 3)`;

describe("every fault turns the verdict bad, by its own comparator", () => {
  test.each<[fault: string, comparator: string, plant: readonly string[]]>([
    ["row deleted", "content", ["DELETE FROM smoke.line WHERE item_id = 3 AND position = 1"]],
    ["row changed", "content", ["UPDATE smoke.tax SET rate = 0.190000001"]],
    ["text swapped between two rows", "content", [swap]],
    [
      "trailing zero of a numeric lost",
      "content",
      [off, "UPDATE smoke.item SET attributes = jsonb_set(attributes, '{half}', '1.5')", on],
    ],
    ["index dropped", "indexes", ["DROP INDEX smoke.line_note_idx"]],
    ["trigger dropped", "triggers", ["DROP TRIGGER item_keeps_name ON smoke.item"]],
    ["trigger disabled", "trigger-state", [off]],
    ["foreign key dropped", "foreign-keys", ["ALTER TABLE smoke.line DROP CONSTRAINT line_item_id_fkey"]],
    ["check dropped", "constraints", ["ALTER TABLE smoke.line DROP CONSTRAINT line_position_check"]],
    ["sequence rewound", "sequences", ["SELECT setval('smoke.ticket', 100)"]],
    ["default dropped", "defaults", ["ALTER TABLE smoke.item ALTER feeling DROP DEFAULT"]],
    ["NOT NULL dropped", "not-null", ["ALTER TABLE smoke.item ALTER feeling DROP NOT NULL"]],
    ["empty table dropped", "tables", ["DROP TABLE smoke.nothing_yet"]],
    ["owner changed", "owners", ["ALTER TABLE smoke.tax OWNER TO CURRENT_USER"]],
    ["grant lost", "grants", ["REVOKE SELECT ON smoke.line FROM shop_reader"]],
    ["grant on a column lost", "grants", ["REVOKE UPDATE (feeling) ON smoke.item FROM shop_reader"]],
    ["policy lost", "policies", ["DROP POLICY reader_sees_notes ON smoke.line"]],
    ["row security off", "policies", ["ALTER TABLE smoke.line DISABLE ROW LEVEL SECURITY"]],
    [
      "large object changed",
      "large-objects",
      ["SELECT lo_put(oid, 7, '\\x00') FROM pg_largeobject_metadata"],
    ],
    ["large object lost", "large-objects", ["SELECT lo_unlink(oid) FROM pg_largeobject_metadata"]],
    [
      "view changed",
      "views",
      ["CREATE OR REPLACE VIEW smoke.cheap_item AS SELECT id, name, price FROM smoke.item WHERE price < 6"],
    ],
    [
      "materialised view empty",
      "materialized-views",
      ["REFRESH MATERIALIZED VIEW smoke.items_by_feeling WITH NO DATA"],
    ],
    ["function changed", "functions", ["ALTER FUNCTION smoke.with_tax(numeric) SECURITY DEFINER"]],
    ["enum value renamed", "types", ["ALTER TYPE smoke.mood RENAME VALUE 'wary' TO 'weary'"]],
    ["comment lost", "comments", ["COMMENT ON COLUMN smoke.item.gross IS NULL"]],
    ["rule lost", "rules", ["DROP RULE cheap_item_is_read_only ON smoke.cheap_item"]],
    ["statistics lost", "statistics", ["DROP STATISTICS smoke.line_shape"]],
    [
      "default privilege lost",
      "default-privileges",
      [
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA smoke REVOKE SELECT ON TABLES FROM shop_reader",
      ],
    ],
    ["collation lost", "other-objects", ["DROP TEXT SEARCH CONFIGURATION smoke.plain"]],
  ])("%s", async (_fault, comparator, plant) => {
    const { verdict, failed } = await proveRestored(plant);
    expect(failed).toContain(comparator);
    expect(verdict).toBe("disproved");
  });

  test.each(["chain-rewritten-verifier-stubbed", "chain-rehashed", "tail-cut-head-mended"])(
    "%s",
    async (name) => {
      const chain = {
        schema: "public",
        profile: "custody",
        rowCount: 24,
        headHash: "",
        firstBreakId: "",
        firstBreakPos: -1,
        walked: 24,
        findings: [],
        newestEventAt: null,
        mark: null,
      };
      const fault = planChainFaults(chain).find((each) => each.fault === name);
      const { verdict, failed } = await proveRestored(fault?.variants[0] ?? []);
      expect(failed).toContain("chain");
      expect(verdict).toBe("disproved");
    },
  );
});
