import { describe, expect, test } from "bun:test";
import { startTestCluster } from "../support/cluster.ts";
import { appendRows, chainDatabase, prepareChains } from "../support/chain-database.ts";
import type { ChainDatabase } from "../support/chain-database.ts";
import { classesOf, tamper, verifyIn } from "../support/verify-chain.ts";
import type { ChainMark } from "../../src/audit/verify-chain.ts";

const cluster = await startTestCluster(15);
await prepareChains(cluster);

/** Rows 1 to 20, and a mark before the newest 8 of them. */
async function marked(chain: ChainDatabase): Promise<ChainMark> {
  await appendRows(chain.owner, 20);
  const { mark } = await verifyIn(chain.owner, { markRows: 8 });
  if (mark === null) throw new Error("there is no mark");
  return mark;
}

describe("reading a chain from a mark on", () => {
  test("gives what reading all of it gives", async () => {
    await using chain = await chainDatabase(cluster);
    const since = await marked(chain);
    expect(since.size).toBe(12);
    const all = await verifyIn(chain.owner);
    expect(await verifyIn(chain.owner, { since })).toEqual({ ...all, verifierWalked: 8, base: since });
    await appendRows(chain.owner, 5, "later-");
    const later = await verifyIn(chain.owner);
    expect(later.rowCount).toBe(25);
    expect(await verifyIn(chain.owner, { since })).toEqual({ ...later, verifierWalked: 13, base: since });
  });

  test.each([
    ["a row changed", "update audit_events set actor = 'x' where seq = 15", ["altered@14"]],
    [
      "a row without a number",
      "update audit_events set seq = null where seq = 20",
      ["head-mismatch@18", "unlinked@19"],
    ],
    ["the first row after it gone", "delete from audit_events where seq = 13", ["gap@12", "missing@12"]],
    ["all rows after it gone", "delete from audit_events where seq > 12", ["head-mismatch@11"]],
    ["rows before it gone too", "delete from audit_events where seq > 9", ["head-mismatch@11"]],
  ])("finds %s", async (_, statement, expected) => {
    await using chain = await chainDatabase(cluster);
    const since = await marked(chain);
    await tamper(chain.admin, statement);
    expect(classesOf(await verifyIn(chain.owner, { since }))).toEqual(expected);
  });

  test("does not see what lies before it", async () => {
    await using chain = await chainDatabase(cluster);
    const since = await marked(chain);
    await tamper(chain.admin, "update audit_events set actor = 'x' where seq = 3");
    expect(classesOf(await verifyIn(chain.owner, { since }))).toEqual([]);
    expect(classesOf(await verifyIn(chain.owner))).toEqual(["altered@2"]);
  });

  test("compares redactions from it on alone, and all of them where that is asked for", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 20);
    await chain.admin.sql.unsafe("select audit_events_redact('e3', 'asked')");
    await appendRows(chain.owner, 20, "later-");
    const { mark } = await verifyIn(chain.owner, { markRows: 8 });
    if (mark === null) throw new Error("there is no mark");
    const undo = "set details = 'null', details_salt = '\\x00'";
    await tamper(chain.admin, `update audit_events ${undo} where id = 'e3'`);
    expect(classesOf(await verifyIn(chain.owner, { since: mark }))).toEqual([]);
    const all = await verifyIn(chain.owner, { since: mark, allErasures: true });
    expect(classesOf(all)).toEqual(["redaction-undone@20"]);
    await chain.admin.sql.unsafe("select audit_events_redact(id, 'asked') from audit_events where seq = 35");
    await tamper(chain.admin, `update audit_events ${undo} where seq = 35`);
    await tamper(chain.admin, "update audit_events set details = null, details_salt = null where seq = 39");
    expect(classesOf(await verifyIn(chain.owner, { since: mark }))).toEqual([
      "details-altered@34",
      "redaction-unrecorded@38",
      "redaction-undone@41",
    ]);
  });

  test("a short chain and one with findings have no mark", async () => {
    await using chain = await chainDatabase(cluster);
    await appendRows(chain.owner, 8);
    expect((await verifyIn(chain.owner, { markRows: 8 })).mark).toBe(null);
    await appendRows(chain.owner, 1, "later-");
    expect((await verifyIn(chain.owner, { markRows: 8 })).mark?.size).toBe(1);
    await tamper(chain.admin, "update audit_events set actor = 'x' where seq = 5");
    expect((await verifyIn(chain.owner, { markRows: 8 })).mark).toBe(null);
  });
});
