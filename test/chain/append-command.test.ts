import { describe, expect, test } from "bun:test";
import { startTestCluster } from "../support/cluster.ts";
import { chainDatabase, prepareChains } from "../support/chain-database.ts";
import type { ChainDatabase } from "../support/chain-database.ts";
import { custody, dsnOf, lastLine } from "../support/run-custody.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

/** The beginning of a command line: all but the resource. */
function appendTo({ settings }: Pick<ChainDatabase, "settings">): readonly string[] {
  return ["chain", "append", "--db-url", dsnOf(settings), "--actor", "ann", "--action", "came"];
}

describe("chain append", () => {
  test("appends one event and says where it stands; details come from a flag or from standard input", async () => {
    await using chain = await chainDatabase(cluster);
    const append = [...appendTo(chain), "--resource", "door/1/2"];
    const told = await custody(
      [...append, "--details", "-", "--category", "doors", "--id", "mine"],
      '{"n": 1.50}',
    );
    expect(lastLine(told.stdout)).toMatch(/^APPENDED id=mine seq=1 row_hash=[0-9a-f]{64}$/);
    expect(
      (await custody([...append, "--details", '{"a": 1}', "--timestamp", "2026-01-02 03:04:05.678901Z"]))
        .code,
    ).toBe(0);
    const rows =
      await chain.sql`select actor_type, resource_type, resource_id, details::text, event_category from audit_events order by seq`;
    expect([...rows]).toEqual([
      {
        actor_type: "User",
        resource_type: "door",
        resource_id: "1/2",
        details: '{"n": 1.50}',
        event_category: "doors",
      },
      {
        actor_type: "User",
        resource_type: "door",
        resource_id: "1/2",
        details: '{"a": 1}',
        event_category: "general",
      },
    ]);
  });

  test("refuses what is no event with exit code 2, and appends nothing", async () => {
    await using chain = await chainDatabase(cluster);
    const append = appendTo(chain);
    for (const wrong of [
      ["--resource", "door"],
      ["--resource", "door/"],
      ["--resource", "/1"],
      ["--resource", "door/1", "--details", "{"],
      ["--resource", "door/1", "--timestamp", "yesterday-ish"],
      ["--resource", "door/1", "--id", "x".repeat(256)],
      ["--resource", "door/1", "--details", '"\\u0000"'],
      [],
    ]) {
      const told = await custody([...append, ...wrong]);
      expect([wrong, told.code, told.stderr.split("\n").length]).toEqual([wrong, 2, 3]);
    }
    const reserved = await custody([
      "chain",
      "append",
      "--db-url",
      dsnOf(chain.settings),
      "--actor",
      "a",
      "--action",
      "audit.x",
      "--resource",
      "a/b",
    ]);
    expect(reserved.code).toBe(2);
    expect(
      (await custody([...append, "--resource", "door/1", "--details", "-"], `"${"x".repeat(1_048_576)}"`))
        .stderr,
    ).toContain("at most 1048576");
    expect(
      await custody([...append, "--resource", "door/1", "--details", "-"], Buffer.from([0x22, 0xff, 0x22])),
    ).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no valid UTF-8"),
    });
    const count = await chain.sql`select count(*)::int as n from audit_events`;
    expect(count[0]).toEqual({ n: 0 });
  });

  test("says of an id that is there that it may be this very event, and does not write where writing is off", async () => {
    await using chain = await chainDatabase(cluster);
    const append = [...appendTo(chain), "--resource", "door/1"];
    expect((await custody([...append, "--id", "mine"])).code).toBe(0);
    const again = await custody([...append, "--id", "mine"]);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("if it is this one") });
    await chain.admin.sql.unsafe(
      `alter database "${chain.settings.database}" set default_transaction_read_only = on;
       alter database "${chain.settings.database}" set default_transaction_isolation = serializable`,
    );
    const line =
      '{"actor": "a", "actor_type": "b", "action": "c", "resource_type": "d", "resource_id": "e"}\n';
    const batch = ["chain", "append", "--db-url", dsnOf(chain.settings), "--batch", "-"];
    for (const told of [await custody(append), await custody(batch, line)])
      expect(told).toMatchObject({ code: 3, stderr: expect.stringContaining("read-only") });
  });
});
