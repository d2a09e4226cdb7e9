import { beforeAll, describe, expect, test } from "bun:test";
import { appendFileSync } from "node:fs";
import { connect } from "../../src/postgres/connect.ts";
import type { Archives, SmokePorts } from "../../src/smoke/ports.ts";
import { startTestCluster } from "../support/cluster.ts";
import { prove, urlOf } from "../support/prove.ts";
import { createShop } from "../support/shop.ts";

/** Whatever goes wrong on the way from source to restored database is blamed on the stage where it went wrong. */
const cluster = await startTestCluster(15);
const scratch = await startTestCluster(15);
const flags = {
  dbUrl: urlOf({ ...cluster.settings, database: "shop" }),
  scratchUrl: urlOf(scratch.settings),
  allowSameServer: true,
};

beforeAll(() => createShop(cluster));

/** Does something to the database right after it was restored. */
const afterRestore =
  (statement: string) =>
  (ports: SmokePorts): SmokePorts => ({
    ...ports,
    openScratch: async (request) => {
      const server = await ports.openScratch(request);
      return {
        ...server,
        restore: async (archive, options, watch) => {
          const facts = await server.restore(archive, options, watch);
          await using session = await connect(
            { ...scratch.settings, database: options.database },
            { applicationName: "test" },
          );
          await session.sql.unsafe(statement).simple();
          return facts;
        },
      };
    },
  });

const withArchives =
  (change: (archives: Archives) => Partial<Archives>) =>
  (ports: SmokePorts): SmokePorts => ({
    ...ports,
    openArchives: async () => {
      const archives = await ports.openArchives();
      return { ...archives, ...change(archives) };
    },
  });

describe("the restore", () => {
  test("a changed row, a missing row: named by key, without their values", async () => {
    const { verdict, state } = await prove(
      flags,
      afterRestore(
        "UPDATE smoke.line SET note = 'top secret' WHERE item_id = 3 AND position = 2; DELETE FROM smoke.line WHERE item_id = 4 AND position = 1",
      ),
    );
    expect(verdict).toBe("disproved");
    const [difference] = state.differences;
    expect(state.differences.length).toBe(1);
    expect(difference).toMatchObject({ object: "table smoke.line", kind: "content", stage: "restore" });
    expect(difference?.detail).toContain("rows: 36 → 35; 2 rows differ");
    expect(difference?.detail).toContain("(item_id, position)=(3, 2) digest");
    expect(difference?.detail).toContain("(item_id, position)=(4, 1) missing");
    expect(difference?.detail).not.toContain("secret");
  });

  test("a lost index", async () => {
    const { state } = await prove(flags, afterRestore("DROP INDEX smoke.line_note_idx"));
    expect(state.differences).toEqual([expect.objectContaining({ kind: "indexes", stage: "restore" })]);
  });
});

test("storage: the archive changes between the dump and the restore", async () => {
  const spoil = withArchives((archives) => ({
    dump: async (request, watch) => {
      const archive = await archives.dump(request, watch);
      appendFileSync(archive.path, "\n-- a line that pg_dump did not write\n");
      return archive;
    },
  }));
  const { verdict, state, failed } = await prove({ ...flags, format: "plain" }, spoil);
  expect(verdict).toBe("disproved");
  expect(failed).toContain("archive-intact");
  expect(new Set(state.differences.map(({ stage }) => stage))).toEqual(new Set(["storage"]));
});

test("the dump: it was made of another snapshot than the source was read in", async () => {
  const late = withArchives((archives) => ({
    dump: async (request, watch) => {
      await using session = await connect(
        { ...cluster.settings, database: "shop" },
        { applicationName: "test" },
      );
      await session.sql.unsafe("UPDATE smoke.tax SET rate = rate + 0.01");
      const { reader } = request;
      return await archives.dump(
        { ...request, reader: { ...reader, facts: { ...reader.facts, snapshot: null } } },
        watch,
      );
    },
  }));
  const { verdict, state, failed } = await prove(flags, late);
  expect(verdict).toBe("disproved");
  expect(failed).toContain("archive-holds-source");
  expect(state.differences.find(({ stage }) => stage === "dump")).toMatchObject({
    object: "table smoke.tax",
    kind: "content",
  });
});
