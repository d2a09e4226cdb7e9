import { describe, expect, test } from "bun:test";
import type { Drop } from "../../src/chokepoint/drop.ts";
import type { Step } from "../../src/chokepoint/ports.ts";
import type { RecordedType } from "../../src/chokepoint/resource.ts";
import { startTestCluster } from "../support/cluster.ts";
import { newDrop, provisioner } from "../support/ledger.ts";
import { memoryPair, postgresPair } from "../support/ledger-pair.ts";
import { wireStatement } from "../support/statements.ts";

const cluster = await startTestCluster();

function statement(
  given: Partial<Drop> & {
    readonly type?: RecordedType;
    readonly used?: string;
    readonly requestId?: string;
  } = {},
): Drop {
  const { type = "database", used, ...rest } = given;
  const drop = newDrop(rest);
  const { session, tags } = wireStatement();
  return {
    ...drop,
    request: { ...drop.request, resourceType: type },
    statement: {
      session,
      tags,
      destructions: [{ kind: "database", what: "DROP DATABASE", names: ["a"], parts: [], isWhole: true }],
      action: "audit",
      isInTransaction: false,
      ticket: used === undefined ? null : { of: "x", sha256: used, approvedBy: ["ann"] },
    },
  };
}

const refusal = { site: "policy", reason: "no", isPassing: false, outcome: "refused" } as const;

function stepOf(drop: Drop, from: Drop["state"], to: Drop["state"], more: Partial<Step> = {}): Step {
  return {
    dropId: drop.dropId,
    epoch: drop.epoch,
    from: [from],
    to,
    change: { claim: "keep" },
    events: [{ action: `drop.${to}`, details: {} }],
    actor: provisioner,
    ...more,
  };
}

describe.each([
  ["in memory", memoryPair],
  ["in PostgreSQL", () => postgresPair(cluster)],
])("statements of sessions in a ledger %s", (_, open) => {
  test("begin as refused, held by nobody; as requested; or as started, in one commit", async () => {
    await using pair = await open();
    const refused = statement({ state: "refused", outcome: "refused", refusal });
    const requested = statement();
    const started = statement({ state: "started", startedAt: new Date() });
    for (const each of [refused, requested, started])
      expect(await pair.one.record(each)).toMatchObject({ kind: "new", drop: { state: each.state } });
    const actions = async ({ dropId }: Drop) => (await pair.two.timeline(dropId)).map(({ action }) => action);
    expect(await actions(refused)).toEqual(["drop.refused"]);
    expect(await actions(requested)).toEqual(["drop.requested"]);
    expect(await actions(started)).toEqual(["drop.requested", "drop.started"]);
    expect(await pair.two.due(new Date(), 10)).toEqual([]);
    await pair.killOne();
    const due = await pair.two.due(new Date(), 10);
    expect(due.map(({ dropId }) => dropId).toSorted()).toEqual([requested.dropId, started.dropId].toSorted());
    expect((await pair.two.find(started.dropId))?.statement).toEqual(started.statement);
  });

  test("bear a request_id that is not theirs alone, and takes none from a request", async () => {
    await using pair = await open();
    const requestId = "r-shared";
    expect((await pair.one.record(statement({ requestId }))).kind).toBe("new");
    const [first, second] = [newDrop({ requestId }), statement({ requestId })];
    expect((await pair.one.record(first)).kind).toBe("new");
    expect((await pair.one.record(second)).kind).toBe("new");
    const repeat = await pair.two.record({ ...first, dropId: `${first.dropId}-2` });
    expect([repeat.kind, repeat.drop.dropId]).toEqual(["repeat", first.dropId]);
  });

  test("use a ticket once, whoever comes first", async () => {
    await using pair = await open();
    const rows = Array.from({ length: 6 }, () =>
      statement({ state: "started", startedAt: new Date(), used: "ab".repeat(32) }),
    );
    const answers = await Promise.all(
      rows.map((row, index) => (index % 2 === 0 ? pair.one : pair.two).record(row)),
    );
    const winners = answers.filter(({ kind }) => kind === "new");
    expect(winners).toHaveLength(1);
    for (const each of answers.filter(({ kind }) => kind !== "new"))
      expect(each).toMatchObject({ kind: "conflict", drop: { dropId: winners[0]?.drop.dropId } });
    const other = statement({ state: "started", startedAt: new Date(), used: "cd".repeat(32) });
    expect((await pair.one.record(other)).kind).toBe("new");
  });

  test("stay whose they were while people approve, and the epoch tells two of those apart", async () => {
    await using pair = await open();
    const drop = statement();
    await pair.one.record(drop);
    const hold = {
      why: "policy",
      approvers: 2,
      expiresAt: new Date(Date.now() + 60_000),
      terms: null,
    } as const;
    await pair.one.step(stepOf(drop, "requested", "held", { change: { hold, claim: "keep" } }));
    const approve = { change: { approvals: [], claim: "count" as const }, to: null };
    const said = await pair.two.step(stepOf(drop, "held", "held", approve));
    expect([said.moved, said.drop.epoch]).toEqual([true, 2]);
    expect(await pair.two.step(stepOf(drop, "held", "held", approve))).toMatchObject({ why: "stale" });
    // It waits in the first instance still: nobody else has it.
    expect(await pair.two.claim(drop.dropId)).toBeNull();
    expect(await pair.two.due(new Date(), 10)).toEqual([]);
    await pair.killOne();
    expect((await pair.two.due(new Date(), 10)).map(({ dropId }) => dropId)).toEqual([drop.dropId]);
  });

  test("wait for nobody once their end is unknown, and keep no identity from anybody", async () => {
    await using pair = await open();
    const guard = { identity: ["7/database:1"] };
    const drop = statement();
    await pair.one.record(drop);
    await pair.one.step(stepOf(drop, "requested", "started", { guard }));
    await pair.one.step(stepOf(drop, "started", "unknown", { change: { claim: "release" } }));
    expect(await pair.two.due(new Date(Date.now() + 86_400_000), 10)).toEqual([]);
    const other = newDrop();
    await pair.one.record(other);
    expect((await pair.one.step(stepOf(other, "requested", "started", { guard }))).moved).toBe(true);
  });

  test("count for the volume where they take away what a customer has, not where they empty tables", async () => {
    await using pair = await open();
    const since = new Date(Date.now() - 60_000);
    for (const type of ["table", "truncate", "opaque"] as const)
      await pair.one.record(statement({ type, state: "started", startedAt: new Date() }));
    expect(await pair.one.startedSince("customers", "provisioner", since)).toBe(0);
    await pair.one.record(statement({ state: "started", startedAt: new Date() }));
    expect(await pair.one.startedSince("customers", "provisioner", since)).toBe(1);
    const drop = newDrop();
    await pair.one.record(drop);
    const step = stepOf(drop, "requested", "started", { guard: { volume: { drops: 1, perMs: 60_000 } } });
    expect(await pair.one.step(step)).toMatchObject({ moved: false, why: "volume" });
    const wide = stepOf(drop, "requested", "started", { guard: { volume: { drops: 2, perMs: 60_000 } } });
    expect((await pair.one.step(wide)).moved).toBe(true);
  });
});
