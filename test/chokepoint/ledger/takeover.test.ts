import { describe, expect, test } from "bun:test";
import { moved, newDrop, openTestLedger, stepTo, testTerms } from "../../support/ledger.ts";
import { freshDatabase, startTestCluster } from "../../support/cluster.ts";
import { startLedgerProcess } from "../../support/ledger-process.ts";
import { poll } from "../../support/server-process.ts";

const cluster = await startTestCluster();
const long = 600_000;

describe("whose a drop is", () => {
  test("its holder's, as long as it is kept alive, and longer than a lease", async () => {
    await using database = await freshDatabase(cluster);
    await using one = await openTestLedger(database.settings, { leaseMs: 600 });
    await using two = await openTestLedger(database.settings, { leaseMs: 600 });
    const { drop } = await one.record(newDrop());
    const { drop: left } = await one.record(newDrop());
    {
      using claim = one.keepAlive(drop.dropId, drop.epoch);
      // The one that nobody keeps is free after its lease, by then the other would be, too.
      await poll(async () => (await two.due(new Date(), 9)).length > 0);
      const due = await two.due(new Date(), 9);
      expect(due.map((each) => each.dropId)).toEqual([left.dropId]);
      expect(await two.claim(drop.dropId)).toBeNull();
      expect(await one.claim(drop.dropId)).toBeNull();
      expect(claim.lost.aborted).toBe(false);
    }
    await poll(async () => (await two.claim(drop.dropId)) !== null);
    const claims = await Promise.all([one, two, one, two].map((each) => each.claim(left.dropId)));
    expect(claims.filter((each) => each !== null)).toHaveLength(1);
  });

  test("anybody's, when its holder has left in good order", async () => {
    await using database = await freshDatabase(cluster);
    await using two = await openTestLedger(database.settings, { leaseMs: long });
    const one = await openTestLedger(database.settings, { leaseMs: long });
    const { drop } = await one.record(newDrop());
    expect(await two.claim(drop.dropId)).toBeNull();
    await one[Symbol.asyncDispose]();
    expect(await two.claim(drop.dropId)).toMatchObject({ epoch: 2, state: "requested" });
  });

  test("anybody's, as soon as its holder was killed", async () => {
    await using database = await freshDatabase(cluster);
    await using ledger = await openTestLedger(database.settings, { leaseMs: long });
    using other = await startLedgerProcess(database.settings, { leaseMs: long });
    expect(await ledger.due(new Date(), 9)).toEqual([]);
    expect(await ledger.claim(other.drop.dropId)).toBeNull();
    other.signal("SIGKILL");
    await poll(async () => (await ledger.due(new Date(), 9)).length === 1);
    expect(await ledger.claim(other.drop.dropId)).toMatchObject({ epoch: 2 });
  }, 30_000);

  test("another's, once its holder hung beyond the lease: it wakes, is told, and moves nothing", async () => {
    await using database = await freshDatabase(cluster);
    await using ledger = await openTestLedger(database.settings, { leaseMs: 1500 });
    using other = await startLedgerProcess(database.settings, { leaseMs: 1500 });
    other.signal("SIGSTOP");
    expect(await ledger.claim(other.drop.dropId)).toBeNull();
    await poll(async () => (await ledger.claim(other.drop.dropId)) !== null);
    const started = moved(await ledger.step({ ...stepTo(other.drop, "started"), epoch: 2 }));
    const step = other.step();
    other.signal("SIGCONT");
    expect(await step).toBe("stale");
    await other.lost();
    expect(await ledger.find(other.drop.dropId)).toEqual(started);
  }, 30_000);

  test("who is robbed on purpose is told", async () => {
    await using database = await freshDatabase(cluster);
    await using one = await openTestLedger(database.settings, { leaseMs: 1500 });
    await using two = await openTestLedger(database.settings, { leaseMs: 1500 });
    const { drop } = await one.record(newDrop());
    using claim = one.keepAlive(drop.dropId, drop.epoch);
    const lost = new Promise<void>((resolve) => claim.lost.addEventListener("abort", () => resolve()));
    // Whoever takes it from a living holder does so on purpose.
    const taken = moved(
      await two.step(
        stepTo(drop, "held", {
          epoch: null,
          change: {
            claim: "take",
            hold: { why: "policy", approvers: 1, expiresAt: new Date(1), terms: null },
          },
        }),
      ),
    );
    expect(taken.epoch).toBe(2);
    await lost;
    expect((await one.due(new Date(0), 9)).map((each) => each.dropId)).toEqual([]);
    await poll(async () => (await one.due(new Date(), 9)).length === 1);
  });
});

describe("what is due", () => {
  test("is what waits, oldest first, and what has come to its time", async () => {
    await using database = await freshDatabase(cluster);
    await using ledger = await openTestLedger(database.settings, { leaseMs: long });
    const at = (seconds: number): Date => new Date(Date.UTC(2030, 0, 1, 0, 0, seconds));
    const tombstone = {
      folder: "f",
      bytes: 1,
      fingerprint: "x",
      madeAt: at(0),
      provedAt: null,
      isEncrypted: false,
      contents: {},
    };
    const free = { claim: "release" } as const;
    const make = async (seconds: number, ...[state, change]: [Parameters<typeof stepTo>[1], object?]) => {
      const { drop } = await ledger.record(newDrop({ requestedAt: at(seconds) }));
      return moved(await ledger.step(stepTo(drop, state, { change: { ...free, ...change } }))).dropId;
    };
    const expected = [
      await make(1, "completed", { purgeAt: at(100) }),
      await make(2, "held", { hold: { why: "policy", approvers: 1, expiresAt: at(100), terms: null } }),
      await make(3, "started"),
      await make(4, "undone", { tombstone, tombstoneUntil: at(100) }),
      await make(5, "unknown"),
    ];
    await make(1, "completed");
    await make(1, "undone", { tombstone });
    await make(1, "undone", { tombstoneUntil: at(1) });
    await make(1, "unproved", { purgeAt: at(1), tombstone, tombstoneUntil: at(1) });
    // A dump that never came about: there is a fence, and no way to destroy it.
    await make(1, "unproved", { purgeAt: at(1) });
    await make(1, "failed");
    await ledger.record(newDrop({ requestedAt: at(0) }));
    const due = (now: Date, limit = 50) =>
      ledger.due(now, limit).then((all) => all.map((each) => each.dropId));
    expect(await due(at(100))).toEqual(expected);
    expect(await due(at(100), 2)).toEqual(expected.slice(0, 2));
    expect(await due(at(99))).toEqual([expected[2]!, expected[4]!]);
    expect(await ledger.count()).toEqual({
      held: 1,
      tombstones: { made: 0, proved: 0, encrypted: 0, unproved: 2, undone: 2 },
    });
    const pages: string[] = [];
    let before: { at: Date; dropId: string } | undefined;
    for (;;) {
      const page = await ledger.list({ limit: 3, ...(before && { before }) });
      const last = page.at(-1);
      if (last === undefined) break;
      pages.push(...page.map((each) => each.dropId));
      before = { at: last.requestedAt, dropId: last.dropId };
    }
    expect(new Set(pages).size).toBe(12);
    expect(pages).toHaveLength(12);
    const listed = await ledger.list({
      states: ["started", "unknown"],
      target: "customers",
      caller: "provisioner",
      token: "t1",
      since: at(4),
      limit: 9,
    });
    expect(listed.map((each) => each.dropId)).toEqual([expected[4]!]);
  });
});

test("a secret is kept as long as an undo may need it, and no longer", async () => {
  await using database = await freshDatabase(cluster);
  await using ledger = await openTestLedger(database.settings);
  const { drop } = await ledger.record(newDrop());
  const identity = { systemIdentifier: "1", parts: [] };
  const plan = { identity, fenceNames: {}, saved: {}, secret: { verifier: "x" }, terms: testTerms, salt: "" };
  const at = new Date();
  const tombstone = {
    folder: "f",
    bytes: 1,
    fingerprint: "x",
    madeAt: at,
    provedAt: null,
    isEncrypted: false,
    contents: {},
  };
  const secretAfter = async (step: Parameters<typeof ledger.step>[0]): Promise<unknown> => {
    moved(await ledger.step(step));
    return ledger.findSecret(drop.dropId);
  };
  const any = { from: ["requested", "started", "fenced", "completed", "purged"] } as const;
  expect(await secretAfter(stepTo(drop, "started", { change: { plan, identity } }))).toEqual({
    verifier: "x",
  });
  expect(await secretAfter(stepTo(drop, "fenced", { ...any, change: { fencedAt: at, tombstone } }))).toEqual({
    verifier: "x",
  });
  expect(await secretAfter(stepTo(drop, "completed", { ...any, change: { purgeAt: at } }))).toEqual({
    verifier: "x",
  });
  expect(await secretAfter(stepTo(drop, "purged", { ...any, change: { purgeAt: null } }))).toEqual({
    verifier: "x",
  });
  expect(
    await secretAfter({ ...stepTo(drop, "purged", any), to: null, change: { tombstone: null } }),
  ).toBeNull();
});
