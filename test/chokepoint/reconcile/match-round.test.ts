import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { matchRound } from "../../../src/chokepoint/reconcile/match-round.ts";
import type { Round } from "../../../src/chokepoint/reconcile/match-round.ts";
import { createModel } from "../../support/reconcile-model.ts";
import type { Happening } from "../../support/reconcile-model.ts";
import { newDrop, testTerms } from "../../support/ledger.ts";

const which = fc.nat(7);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { arbitrary: fc.constant({ do: "create" } as const), weight: 4 },
  { arbitrary: fc.record({ do: fc.constant("rename" as const), which }), weight: 1 },
  {
    arbitrary: fc.record({
      do: fc.constant("gate" as const),
      which,
      mode: fc.constantFrom("fence" as const, "off" as const),
    }),
    weight: 4,
  },
  { arbitrary: fc.record({ do: fc.constant("advance" as const), which }), weight: 8 },
  { arbitrary: fc.record({ do: fc.constant("purge" as const), which }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant("undo" as const), which }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant("behind" as const), which }), weight: 3 },
  { arbitrary: fc.record({ do: fc.constant("round" as const), isCutOff: fc.boolean() }), weight: 6 },
);

test("every loss behind the gate's back is told once, and nothing that the gate destroyed is accused", () => {
  let losses = 0;
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 80, size: "max" }), (history) => {
      const model = createModel();
      for (const each of history) model.happen(each);
      model.settle();
      const told = model.facts.flatMap((fact) => (fact.type === "loss-unattributed" ? [fact.id] : []));
      const attributed = model.facts.flatMap((fact) => (fact.type === "loss-attributed" ? [fact.id] : []));
      expect(new Set(told).size).toBe(told.length);
      expect(new Set(attributed).size).toBe(attributed.length);
      for (const id of told) expect(model.stolen.has(id)).toBe(true);
      for (const id of model.destroyed) expect(told).not.toContain(id);
      const announced = model.announced();
      for (const id of attributed) expect(announced.has(id)).toBe(true);
      // What nobody had seen cannot be missed; what a drop was announced for that destroys it has its record, whoever was quicker.
      const missed = [...model.stolen].filter((id) => model.seenByRounds.has(id) && !attributed.includes(id));
      expect(told.toSorted()).toEqual(missed.toSorted());
      losses += told.length;
    }),
  );
  expect(losses).toBeGreaterThan(50);
});

test("a loss is only attributed behind the gate's back where the drop's own destruction was recorded before", () => {
  const model = createModel();
  const gate: readonly Happening[] = [
    { do: "create" },
    { do: "round", isCutOff: false },
    { do: "gate", which: 0, mode: "fence" },
    { do: "advance", which: 0 },
    { do: "advance", which: 0 },
  ];
  for (const each of gate) model.happen(each);
  model.happen({ do: "behind", which: 0 });
  model.settle();
  expect(model.facts.filter(({ type }) => type === "loss-unattributed")).toEqual([
    expect.objectContaining({ id: "16385", relatedDropId: expect.any(String) }),
  ]);
});

const at = new Date("2026-11-22T12:00:00Z");
const before = new Date(at.getTime() - 60_000);
const thing = { part: "database", id: "16400", name: "db_1" } as const;
const identity = { systemIdentifier: "7", parts: [{ ...thing, sizeBytes: null }] };
const plan = { identity, fenceNames: { database: "custody_tomb_x" }, saved: {}, terms: testTerms, salt: "" };
const settled = { identity, plan, startedAt: before, fencedAt: before, updatedAt: before };

function round(given: Partial<Round>): Round {
  return {
    target: "customers",
    kind: "postgres",
    at,
    previous: before,
    known: [{ ...thing, isAlive: true, spent: [], orphan: null, dropId: null }],
    inventory: { systemIdentifier: "7", items: [thing], witnessed: [], blind: [] },
    candidates: new Map(),
    madeByUndo: new Map(),
    canaries: new Set(),
    ...given,
  };
}
const none = { systemIdentifier: "7", items: [], witnessed: [], blind: [] };
const factsOf = (given: Partial<Round>) => matchRound(round(given)).facts;
const candidates = (drop: ReturnType<typeof newDrop>, wasDestroyed = false) =>
  new Map([["database:16400", [{ drop, wasDestroyed }]]]);

describe("orphans", () => {
  test("what was purged and stands there", () => {
    const drop = newDrop({ ...settled, state: "purged" });
    expect(factsOf({ candidates: candidates(drop, true) })).toEqual([
      expect.objectContaining({ type: "drop-orphaned", reason: "not-destroyed", dropId: drop.dropId }),
    ]);
  });

  test("once: what was told is not told again", () => {
    const drop = newDrop({ ...settled, state: "purged" });
    const known = [{ ...thing, isAlive: true, spent: [], orphan: "not-destroyed" as const, dropId: null }];
    expect(factsOf({ known, candidates: candidates(drop, true) })).toEqual([]);
  });

  test("not while the drop moved after the inventory was begun", () => {
    const drop = newDrop({ ...settled, state: "purged", updatedAt: at });
    expect(factsOf({ candidates: candidates(drop, true) })).toEqual([]);
  });

  test("a fence that somebody lifted: back under its own name", () => {
    const drop = newDrop({ ...settled, state: "completed", purgeAt: at });
    expect(factsOf({ candidates: candidates(drop) })).toEqual([
      expect.objectContaining({ reason: "fence-lifted", dropId: drop.dropId }),
    ]);
  });

  test("a fence that stands is none", () => {
    const drop = newDrop({ ...settled, state: "completed", purgeAt: at });
    const items = [{ ...thing, name: "custody_tomb_x" }];
    const facts = factsOf({ inventory: { ...none, items }, candidates: candidates(drop) });
    expect(facts.map(({ type }) => type)).toEqual(["thing-renamed"]);
  });

  test("a fence without a drop", () => {
    const items = [{ ...thing, name: "custody_tomb_y" }];
    expect(factsOf({ inventory: { ...none, items } })).toContainEqual(
      expect.objectContaining({ type: "drop-orphaned", reason: "fence-without-drop", dropId: null }),
    );
  });
});

describe("a fence that nobody will destroy or bring back", () => {
  const items = [{ ...thing, name: "custody_tomb_x" }];
  const inventory = { ...none, items };

  test.each(["undone", "undo_failed", "failed"] as const)("of a drop that is %s", (state) => {
    const drop = newDrop({ ...settled, state, purgeAt: null });
    expect(factsOf({ inventory, candidates: candidates(drop) })).toContainEqual(
      expect.objectContaining({
        type: "drop-orphaned",
        reason: "fence-abandoned",
        dropId: drop.dropId,
      }),
    );
  });

  test.each(["started", "fenced", "completed", "unproved", "undo_started", "purge_started"] as const)(
    "is none while its drop is %s",
    (state) => {
      const drop = newDrop({ ...settled, state });
      const facts = factsOf({ inventory, candidates: candidates(drop) });
      expect(facts.map(({ type }) => type)).toEqual(["thing-renamed"]);
    },
  );

  test("is none where its drop came back from the tombstone, and the retention will end it", () => {
    const drop = newDrop({ ...settled, state: "undone", undoFrom: "tombstone", purgeAt: at });
    const facts = factsOf({ inventory, candidates: candidates(drop) });
    expect(facts.map(({ type }) => type)).toEqual(["thing-renamed"]);
  });

  test("another drop of the same thing does not explain it: its fence has another name", () => {
    const earlier = newDrop({ ...settled, state: "undone" });
    const fenceNames = { database: "custody_tomb_y" };
    const later = newDrop({ ...settled, state: "completed", plan: { ...plan, fenceNames } });
    const both = [earlier, later].map((drop) => ({ drop, wasDestroyed: false }));
    expect(factsOf({ inventory, candidates: new Map([["database:16400", both]]) })).toContainEqual(
      expect.objectContaining({ reason: "fence-lifted", dropId: later.dropId }),
    );
  });
});

describe("what an undo makes beside what comes back", () => {
  const role = { part: "role", id: "16500", name: "custody_tomb_x" } as const;
  const seen = { ...none, items: [role] };
  const own = (isOver: boolean) => new Map([["role:16500", { dropId: "d1", isOver }]]);
  const leftOver = { ...role, isAlive: true, spent: [], orphan: "left-over", dropId: "d1" } as const;

  test("is neither recorded nor an orphan while the undo is under way", () => {
    const matched = matchRound(round({ known: [], inventory: seen, madeByUndo: own(false) }));
    expect(matched).toEqual({ changes: [], facts: [] });
  });

  test("is left over when the undo is over, once, and whoever removes it is not accused", () => {
    expect(factsOf({ known: [], inventory: seen, madeByUndo: own(true) })).toEqual([
      expect.objectContaining({ type: "drop-orphaned", reason: "left-over", dropId: "d1", part: "role" }),
    ]);
    for (const isOver of [true, false])
      expect(factsOf({ known: [leftOver], inventory: seen, madeByUndo: own(isOver) })).toEqual([]);
    expect(factsOf({ known: [leftOver], inventory: none })).toEqual([
      expect.objectContaining({ type: "loss-attributed", id: "16500", dropId: "d1" }),
    ]);
  });

  test("hides nothing that had another name before", () => {
    const known = [{ ...role, name: "usr_1", isAlive: true, spent: [], orphan: null, dropId: null }];
    for (const isOver of [true, false]) {
      const facts = factsOf({ known, inventory: seen, madeByUndo: own(isOver) });
      expect(facts.map(({ type }) => type)).toEqual(["thing-renamed", "drop-orphaned"]);
    }
    const renamed = [{ ...role, isAlive: true, spent: [], orphan: null, dropId: null }];
    expect(factsOf({ known: renamed, inventory: none })).toEqual([
      expect.objectContaining({ type: "loss-unattributed", id: "16500" }),
    ]);
  });
});

describe("losses", () => {
  test("the first round accuses nobody", () => {
    expect(factsOf({ previous: null, known: [] })).toEqual([]);
  });

  test("with what the WAL remembers", () => {
    const witnessed = [{ part: "database", id: "16400", at, witness: { wal: "0/1" } }] as const;
    expect(factsOf({ inventory: { ...none, witnessed } })).toEqual([
      expect.objectContaining({ type: "loss-unattributed", witness: { wal: "0/1" }, isCanary: false }),
    ]);
  });

  test("of a canary", () => {
    const canaries = new Set(["database:16400"]);
    expect(factsOf({ inventory: none, canaries })).toEqual([expect.objectContaining({ isCanary: true })]);
  });

  test("where a drop that failed has to do with it", () => {
    const drop = newDrop({ ...settled, fencedAt: null, state: "failed" });
    expect(factsOf({ inventory: none, candidates: candidates(drop) })).toEqual([
      expect.objectContaining({ type: "loss-unattributed", relatedDropId: drop.dropId }),
    ]);
  });

  test.each(["started", "unknown"] as const)("a drop that is %s is waited for", (state) => {
    const drop = newDrop({ ...settled, fencedAt: null, state });
    expect(factsOf({ inventory: none, candidates: candidates(drop) })).toEqual([
      expect.objectContaining({ type: "loss-pending", dropId: drop.dropId }),
    ]);
  });

  test("a drop explains one loss of an id, not a second", () => {
    const drop = newDrop({ ...settled, state: "purged" });
    const known = [{ ...thing, isAlive: true, spent: [drop.dropId], orphan: null, dropId: null }];
    expect(factsOf({ known, inventory: none, candidates: candidates(drop, true) })).toEqual([
      expect.objectContaining({ type: "loss-unattributed" }),
    ]);
  });

  test("a drop that was never started explains nothing", () => {
    const drop = newDrop({ ...settled, startedAt: null, fencedAt: null, state: "denied" });
    expect(factsOf({ inventory: none, candidates: candidates(drop) })).toEqual([
      expect.objectContaining({ type: "loss-unattributed" }),
    ]);
  });

  test("Redis: a fence takes the identity away; a user whose rules changed is no loss", () => {
    const user = { part: "user", id: "usr_1@a", name: "usr_1" } as const;
    const known = [{ ...user, isAlive: true, spent: [], orphan: null, dropId: null }];
    const drop = newDrop({ ...settled, state: "completed", purgeAt: at });
    const fenced = new Map([["user:usr_1@a", [{ drop, wasDestroyed: false }]]]);
    const kind = "redis" as const;
    expect(factsOf({ kind, known, inventory: none, candidates: fenced })).toEqual([
      expect.objectContaining({ type: "loss-attributed" }),
    ]);
    const changed = { ...none, items: [{ ...user, id: "usr_1@b" }] };
    expect(factsOf({ kind, known, inventory: changed })).toEqual([
      expect.objectContaining({ type: "thing-changed" }),
    ]);
    expect(factsOf({ kind, known, inventory: none })).toEqual([
      expect.objectContaining({ type: "loss-unattributed" }),
    ]);
    // Seen after it was undone, it is explained by that drop no more.
    const undone = newDrop({ ...settled, state: "undone", updatedAt: new Date(before.getTime() - 1) });
    const again = new Map([["user:usr_1@a", [{ drop: undone, wasDestroyed: false }]]]);
    expect(factsOf({ kind, known, inventory: none, candidates: again })).toEqual([
      expect.objectContaining({ type: "loss-unattributed" }),
    ]);
  });

  test("PostgreSQL: another of the same name is a loss", () => {
    const items = [{ ...thing, id: "16999" }];
    expect(factsOf({ inventory: { ...none, items } })).toEqual([
      expect.objectContaining({ type: "loss-unattributed", id: "16400" }),
    ]);
  });
});
