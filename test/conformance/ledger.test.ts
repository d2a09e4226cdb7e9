import { describe, expect, test } from "bun:test";
import type { Drop } from "../../src/chokepoint/drop.ts";
import type { Step } from "../../src/chokepoint/ports.ts";
import { startTestCluster } from "../support/cluster.ts";
import { memoryPair, postgresPair } from "../support/ledger-pair.ts";
import { newDrop, provisioner, testTerms } from "../support/ledger.ts";

const cluster = await startTestCluster();

const identity = {
  systemIdentifier: "7",
  parts: [{ part: "database" as const, name: "db_a", id: "16384", sizeBytes: 1 }],
};
const plan = {
  identity,
  fenceNames: { database: "custody_tomb_1" },
  saved: {},
  secret: { verifier: "v" },
  terms: testTerms,
  salt: "",
};

function startStep(drop: Drop, more: Partial<Step> = {}): Step {
  return {
    dropId: drop.dropId,
    epoch: drop.epoch,
    from: ["requested"],
    to: "started",
    change: { plan, identity, startedAt: new Date(), claim: "keep" },
    events: [{ action: "drop.started", details: {} }],
    actor: provisioner,
    ...more,
  };
}

describe.each([
  ["in memory", memoryPair],
  ["in PostgreSQL", () => postgresPair(cluster)],
])("a ledger %s", (_, open) => {
  test("records a request once: a repeat, and a conflict where its content differs", async () => {
    await using pair = await open();
    const drop = newDrop();
    expect((await pair.one.record(drop)).kind).toBe("new");
    const repeat = await pair.two.record({ ...drop, dropId: `${drop.dropId}-2` });
    expect([repeat.kind, repeat.drop.dropId]).toEqual(["repeat", drop.dropId]);
    const other = await pair.two.record({ ...drop, dropId: `${drop.dropId}-3`, requestHash: "0".repeat(64) });
    expect(other.kind).toBe("conflict");
    expect((await pair.two.timeline(drop.dropId)).map((each) => each.action)).toEqual(["drop.requested"]);
  });

  test("moves a drop from where it stands and by who holds it, or not at all", async () => {
    await using pair = await open();
    const drop = newDrop();
    await pair.one.record(drop);
    const moved = await pair.one.step(startStep(drop));
    expect([moved.moved, moved.drop.state, moved.drop.epoch]).toEqual([true, "started", 1]);
    expect("secret" in (moved.drop.plan ?? {})).toBe(false);
    expect(await pair.two.findSecret(drop.dropId)).toEqual({ verifier: "v" });
    const again = await pair.one.step(startStep(drop));
    expect(again).toMatchObject({ moved: false, why: "stale" });
    const older = await pair.one.step(startStep(drop, { from: ["started"], to: "fenced", epoch: 7 }));
    expect(older).toMatchObject({ moved: false, why: "stale" });
    expect((await pair.one.timeline(drop.dropId)).map((each) => each.action)).toEqual([
      "drop.requested",
      "drop.started",
    ]);
  });

  test("is claimed by one, once its holder is dead; the dead one's epoch moves nothing any more", async () => {
    await using pair = await open();
    const drop = newDrop();
    await pair.one.record(drop);
    expect(await pair.two.claim(drop.dropId)).toBeNull();
    expect(await pair.two.due(new Date(), 10)).toEqual([]);
    await pair.killOne();
    expect((await pair.two.due(new Date(), 10)).map((each) => each.dropId)).toEqual([drop.dropId]);
    const taken = await pair.two.claim(drop.dropId);
    expect(taken?.epoch).toBe(2);
    expect(await pair.two.claim(drop.dropId)).toBeNull();
    expect(await pair.two.step(startStep(drop))).toMatchObject({ moved: false, why: "stale" });
    expect((await pair.two.step(startStep(taken!))).moved).toBe(true);
  });

  test("a step that takes: the epoch grows, and who held it is told", async () => {
    await using pair = await open();
    const drop = newDrop();
    await pair.one.record(drop);
    using claim = pair.one.keepAlive(drop.dropId, 1);
    const lost = new Promise((resolve) => claim.lost.addEventListener("abort", resolve));
    const taken = await pair.two.step(
      startStep(drop, { epoch: null, change: { plan, identity, claim: "take" } }),
    );
    expect([taken.moved, taken.drop.epoch]).toEqual([true, 2]);
    await lost;
  });

  test("one drop for one identity, until it has failed", async () => {
    await using pair = await open();
    const [first, second] = [newDrop(), newDrop()];
    await pair.one.record(first);
    await pair.two.record(second);
    const guard = { identity: ["7/database:16384"] };
    expect((await pair.one.step(startStep(first, { guard }))).moved).toBe(true);
    const rival = await pair.two.step(startStep(second, { guard }));
    expect(rival).toMatchObject({ moved: false, why: "identity", other: first.dropId });
    await pair.one.step({
      ...startStep(first),
      from: ["started"],
      to: "failed",
      change: { error: "no", claim: "release" },
      events: [],
    });
    expect((await pair.two.step(startStep(second, { guard }))).moved).toBe(true);
  });

  test("no more drops in a window than the volume allows", async () => {
    await using pair = await open();
    const drops = Array.from({ length: 6 }, () => newDrop());
    for (const each of drops) await pair.one.record(each);
    const guard = { volume: { drops: 2, perMs: 60_000 } };
    const results = await Promise.all(
      drops.map(async (each, index) =>
        pair[index % 2 === 0 ? "one" : "two"].step(startStep(each, { guard })),
      ),
    );
    expect(results.filter((each) => each.moved)).toHaveLength(2);
    expect(results.filter((each) => !each.moved && each.why === "volume")).toHaveLength(4);
  });

  test("what is due: working states that nobody holds, holds and retentions that are over", async () => {
    await using pair = await open();
    const now = new Date();
    const past = new Date(now.getTime() - 1000);
    const later = new Date(now.getTime() + 60_000);
    const put = async (to: Drop["state"], change: Step["change"]): Promise<string> => {
      const drop = newDrop();
      await pair.one.record(drop);
      await pair.one.step(startStep(drop, { to, change: { ...change, claim: "release" }, events: [] }));
      return drop.dropId;
    };
    const hold = (expiresAt: Date) => ({ why: "policy" as const, approvers: 1, expiresAt, terms: null });
    const due = [
      await put("fenced", { plan }),
      await put("held", { hold: hold(past) }),
      await put("completed", { purgeAt: past }),
      await put("undone", { purgeAt: past }),
    ];
    await put("undone", { purgeAt: later });
    await put("undone", {});
    await put("held", { hold: hold(later) });
    await put("completed", { purgeAt: later });
    await put("completed", { purgeAt: null });
    await put("refused", {});
    await put("unproved", { plan });
    expect((await pair.two.due(now, 10)).map((each) => each.dropId).toSorted()).toEqual(due.toSorted());
  });
});
