import type { Drop } from "../../src/chokepoint/drop.ts";
import type { Candidate } from "../../src/chokepoint/reconcile/explain-loss.ts";
import type { ReconcileFact } from "../../src/chokepoint/reconcile/facts.ts";
import { keyOf, matchRound } from "../../src/chokepoint/reconcile/match-round.ts";
import type { KnownThing, RowChange } from "../../src/chokepoint/reconcile/match-round.ts";
import { newDrop, testTerms } from "./ledger.ts";

/** One thing that happens; numbers choose among what is there. */
export type Happening =
  | { readonly do: "create" }
  | { readonly do: "rename"; readonly which: number }
  | { readonly do: "gate"; readonly which: number; readonly mode: "fence" | "off" }
  | { readonly do: "advance"; readonly which: number }
  | { readonly do: "purge"; readonly which: number }
  | { readonly do: "undo"; readonly which: number }
  | { readonly do: "behind"; readonly which: number }
  | { readonly do: "round"; readonly isCutOff: boolean };

interface Standing {
  name: string;
}

/** A server, its gate and its reconciliation, as simple as can be: what the real ones must agree with. */
export function createModel() {
  let clock = Date.parse("2026-11-22T00:00:00Z");
  const now = (): Date => new Date((clock += 1000));
  const standing = new Map<string, Standing>();
  const drops: { drop: Drop; wasDestroyed: boolean }[] = [];
  const rows = new Map<string, KnownThing>();
  let previous: Date | null = null;
  let nextId = 16384;
  const seenByRounds = new Set<string>();
  /** Ids that somebody destroyed behind the gate's back. */
  const stolen = new Set<string>();
  /** Ids that the gate destroyed. */
  const destroyed = new Set<string>();
  const facts: ReconcileFact[] = [];

  const pick = <T>(list: readonly T[], which: number): T | undefined =>
    list[which % Math.max(list.length, 1)];
  const move = (at: number, change: Partial<Drop>, wasDestroyed?: boolean): void => {
    const entry = drops[at];
    if (entry === undefined) return;
    drops[at] = {
      drop: { ...entry.drop, ...change, updatedAt: now() },
      wasDestroyed: wasDestroyed ?? entry.wasDestroyed,
    };
  };

  function happen(each: Happening): void {
    switch (each.do) {
      case "create":
        standing.set(String((nextId += 1)), { name: `db_${nextId}` });
        return;
      case "rename": {
        const found = pick([...standing.values()], each.which);
        if (found !== undefined && !found.name.startsWith("custody_")) found.name = `${found.name}_new`;
        return;
      }
      case "gate": {
        const busy = new Set(
          drops
            .filter(({ drop }) => !["undone", "failed", "purged"].includes(drop.state))
            .map(({ drop }) => drop.identity?.parts[0]?.id),
        );
        const free = [...standing].filter(([id]) => !busy.has(id));
        const found = pick(free, each.which);
        if (found === undefined) return;
        const [id, { name }] = found;
        const fenceName = `custody_tomb_${drops.length}`;
        const identity = {
          systemIdentifier: "7",
          parts: [{ part: "database" as const, name, id, sizeBytes: null }],
        };
        drops.push({
          drop: {
            ...newDrop(),
            state: "started",
            startedAt: now(),
            identity,
            plan: {
              identity,
              fenceNames: { database: fenceName },
              saved: { off: each.mode === "off" },
              terms: testTerms,
              salt: "",
            },
            updatedAt: now(),
          },
          wasDestroyed: false,
        });
        return;
      }
      case "advance":
        return advance(each.which);
      case "purge": {
        const at = chooseDrop(
          each.which,
          ({ state, fencedAt }) => state === "completed" && fencedAt !== null,
        );
        if (at === null) return;
        move(at, { state: "purge_started" }, true);
        return;
      }
      case "undo": {
        const at = chooseDrop(
          each.which,
          ({ state, fencedAt }) => state === "completed" && fencedAt !== null,
        );
        const drop = at === null ? undefined : drops[at]?.drop;
        const part = drop?.identity?.parts[0];
        const there = part === undefined ? undefined : standing.get(part.id);
        if (at === null || part === undefined) return;
        if (there === undefined) move(at, { state: "undo_failed" });
        else {
          there.name = part.name;
          move(at, { state: "undone", finishedAt: now() });
        }
        return;
      }
      case "behind": {
        const found = pick([...standing.keys()], each.which);
        if (found === undefined) return;
        standing.delete(found);
        stolen.add(found);
        return;
      }
      case "round":
        return round(each.isCutOff);
    }
  }

  /** The next step of a drop that is under way, as the engine takes it: the row moves after what was done, but for what announces it. */
  function advance(which: number): void {
    const at = chooseDrop(which, ({ state }) => ["started", "fenced", "purge_started"].includes(state));
    const drop = at === null ? undefined : drops[at]?.drop;
    const part = drop?.identity?.parts[0];
    if (at === null || drop === undefined || part === undefined) return;
    const there = standing.get(part.id);
    if (drop.state === "started" && drop.plan?.saved["off"] === true) {
      // The server is quicker than the row: a round may come in between.
      if (there !== undefined) {
        standing.delete(part.id);
        destroyed.add(part.id);
      } else move(at, { state: "completed", finishedAt: now() }, true);
    } else if (drop.state === "started") {
      if (there === undefined) move(at, { state: "failed", finishedAt: now() });
      else {
        there.name = drop.plan?.fenceNames.database ?? "";
        move(at, { state: "fenced", fencedAt: now() });
      }
    } else if (drop.state === "fenced") move(at, { state: "completed", purgeAt: now() });
    else {
      if (there !== undefined) {
        standing.delete(part.id);
        destroyed.add(part.id);
      } else move(at, { state: "purged", purgeAt: null });
    }
  }

  function chooseDrop(which: number, isMeant: (drop: Drop) => boolean): number | null {
    const meant = drops.map(({ drop }, index) => ({ drop, index })).filter(({ drop }) => isMeant(drop));
    return pick(meant, which)?.index ?? null;
  }

  function round(isCutOff: boolean): void {
    const at = now();
    const items = [...standing].map(([id, { name }]) => ({ part: "database" as const, id, name }));
    const candidates = new Map<string, Candidate[]>();
    for (const each of drops) {
      const part = each.drop.identity?.parts[0];
      if (part === undefined) continue;
      const key = keyOf(part);
      candidates.set(key, [...(candidates.get(key) ?? []), each]);
    }
    const matched = matchRound({
      target: "customers",
      kind: "postgres",
      at,
      previous,
      known: [...rows.values()],
      inventory: { systemIdentifier: "7", items, witnessed: [], blind: [] },
      candidates,
      madeByUndo: new Map(),
      canaries: new Set(),
    });
    // Cut off before its commit, a round leaves nothing behind and tells nothing.
    if (isCutOff) return;
    for (const change of matched.changes) keep(change);
    for (const { id } of items) seenByRounds.add(id);
    facts.push(...matched.facts);
    previous = at;
  }

  function keep(change: RowChange): void {
    const { part, id, name } = change;
    const row = rows.get(keyOf(change));
    switch (change.kind) {
      case "appeared":
      case "returned":
      case "renamed":
        rows.set(keyOf(change), {
          part,
          id,
          name,
          isAlive: true,
          spent: row?.spent ?? [],
          orphan: row?.orphan ?? null,
          dropId: row?.dropId ?? null,
        });
        return;
      case "orphan":
        if (row !== undefined)
          rows.set(keyOf(change), { ...row, orphan: change.reason, dropId: change.dropId });
        return;
      case "gone":
        if (row !== undefined)
          rows.set(keyOf(change), {
            ...row,
            isAlive: false,
            spent: change.dropId === null ? row.spent : [...row.spent, change.dropId],
          });
    }
  }

  /** Whatever is under way comes to its end, and two rounds see it. */
  function settle(): void {
    for (let step = 0; step < drops.length * 6; step += 1) advance(0);
    round(false);
    round(false);
  }

  /** Ids of which a ledger row says that they are to be destroyed, or were. */
  const announced = (): ReadonlySet<string> =>
    new Set(
      drops.flatMap(({ drop, wasDestroyed }) => (wasDestroyed ? [drop.identity?.parts[0]?.id ?? ""] : [])),
    );

  return { happen, settle, facts, stolen, destroyed, seenByRounds, announced };
}
