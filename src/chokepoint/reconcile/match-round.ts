import type { Inventory } from "../backend.ts";
import type { Drop } from "../drop.ts";
import type { TargetKind } from "../resource.ts";
import { explainLoss, isIdentityKept } from "./explain-loss.ts";
import type { Candidate } from "./explain-loss.ts";
import type { OrphanReason, ReconcileFact, Thing } from "./facts.ts";
import { findOrphan } from "./find-orphan.ts";

/** A row of `custody_inventory` that is alive, or whose id came back. */
export interface KnownThing extends Thing {
  readonly isAlive: boolean;
  readonly spent: readonly string[];
  readonly orphan: OrphanReason | null;
  /** Of an orphan, the drop that has to do with it. */
  readonly dropId: string | null;
}

/** What a round writes; all of it or nothing. */
export type RowChange =
  | (Thing & { readonly kind: "appeared" | "returned" | "renamed" })
  | (Thing & {
      readonly kind: "gone";
      readonly finding: "attributed" | "unattributed" | "changed";
      readonly dropId: string | null;
    })
  | (Thing & {
      readonly kind: "orphan";
      readonly reason: OrphanReason | null;
      readonly dropId: string | null;
    });

export interface MadeByUndo {
  readonly dropId: string;
  /** Nobody is at that undo, nor was while the inventory was read: what it made is left over. */
  readonly isOver: boolean;
}

export interface Round {
  readonly target: string;
  readonly kind: TargetKind;
  /** Before the inventory was read, by the ledger's clock. */
  readonly at: Date;
  /** Null: nothing is known of this server, and nobody is accused. */
  readonly previous: Date | null;
  readonly known: readonly KnownThing[];
  readonly inventory: Inventory;
  /** Read after the inventory: whatever removed something was recorded before it did. By `part:id`. */
  readonly candidates: ReadonlyMap<string, readonly Candidate[]>;
  /** What custody itself made to undo a drop, by `part:id`. */
  readonly madeByUndo: ReadonlyMap<string, MadeByUndo>;
  /** `part:id` of canaries that custody itself dropped. */
  readonly canaries: ReadonlySet<string>;
}

export interface Matched {
  readonly changes: readonly RowChange[];
  readonly facts: readonly ReconcileFact[];
}

export const keyOf = ({ part, id }: Pick<Thing, "part" | "id">): string => `${part}:${id}`;

/** Compares what stands there with what stood there, one to one by identity. Pure: the same round gives the same answer. */
export function matchRound(round: Round): Matched {
  const { target, inventory, known } = round;
  const changes: RowChange[] = [];
  const facts: ReconcileFact[] = [];
  const present = new Map(inventory.items.map((item) => [keyOf(item), item]));
  const knownByKey = new Map(known.map((row) => [keyOf(row), row]));

  for (const [key, { part, id, name }] of present) {
    const thing: Thing = { part, id, name };
    const row = knownByKey.get(key);
    const made = findMade(key, row);
    // It comes and goes with that undo, and nobody else had it before: it is not recorded, nor missed.
    if (made?.isOver === false && row?.isAlive !== true) continue;
    if (row === undefined) changes.push({ ...thing, kind: "appeared" });
    else if (!row.isAlive) changes.push({ ...thing, kind: "returned" });
    else if (row.name !== name) {
      changes.push({ ...thing, kind: "renamed" });
      facts.push({ ...thing, type: "thing-renamed", target, from: row.name });
    }
    judgePresent(thing, row, made);
  }
  for (const row of known) if (row.isAlive && !present.has(keyOf(row))) judgeLoss(row);
  return { changes, facts };

  /** A thing that was seen under another name is what it was, whatever it is called now: nothing hides behind such a name. */
  function findMade(key: string, row: KnownThing | undefined): MadeByUndo | undefined {
    const isOther = row?.isAlive === true && row.orphan !== "left-over";
    return isOther ? undefined : round.madeByUndo.get(key);
  }

  function judgePresent(thing: Thing, row: KnownThing | undefined, made: MadeByUndo | undefined): void {
    const found =
      made === undefined
        ? findOrphan(thing, round.candidates.get(keyOf(thing)) ?? [], round.at)
        : ({ reason: "left-over", dropId: made.dropId } as const);
    const told = row?.isAlive === true ? row.orphan : null;
    if (found === null) {
      if (told !== null) changes.push({ ...thing, kind: "orphan", reason: null, dropId: null });
      return;
    }
    if (told === found.reason) return;
    changes.push({ ...thing, kind: "orphan", reason: found.reason, dropId: found.dropId });
    facts.push({
      ...thing,
      type: "drop-orphaned",
      target,
      systemIdentifier: inventory.systemIdentifier,
      reason: found.reason,
      dropId: found.dropId,
    });
  }

  function judgeLoss(row: KnownThing): void {
    const thing: Thing = { part: row.part, id: row.id, name: row.name };
    // custody's own, and told as such: whether the next undo or a person took it away.
    if (row.orphan === "left-over" && row.dropId !== null) {
      changes.push({ ...thing, kind: "gone", finding: "attributed", dropId: row.dropId });
      facts.push({ ...thing, type: "loss-attributed", target, dropId: row.dropId });
      return;
    }
    const lastSeen = round.previous ?? round.at;
    const candidates = round.candidates.get(keyOf(row)) ?? [];
    const usable = candidates.filter(({ drop }) => !row.spent.includes(drop.dropId));
    const answers = usable.map((each) => ({
      drop: each.drop,
      answer: explainLoss(each, round.kind, lastSeen),
    }));
    const explaining = latest(answers.filter(({ answer }) => answer === "explains").map(({ drop }) => drop));
    if (explaining !== null) {
      changes.push({ ...thing, kind: "gone", finding: "attributed", dropId: explaining.dropId });
      facts.push({ ...thing, type: "loss-attributed", target, dropId: explaining.dropId });
      return;
    }
    const pending = answers.find(({ answer }) => answer === "pending");
    if (pending !== undefined) {
      facts.push({ ...thing, type: "loss-pending", target, dropId: pending.drop.dropId });
      return;
    }
    const isReplaced = inventory.items.some((item) => item.part === row.part && item.name === row.name);
    if (isReplaced && !isIdentityKept(round.kind)) {
      changes.push({ ...thing, kind: "gone", finding: "changed", dropId: null });
      facts.push({ ...thing, type: "thing-changed", target });
      return;
    }
    const related = latest(candidates.map(({ drop }) => drop));
    changes.push({ ...thing, kind: "gone", finding: "unattributed", dropId: related?.dropId ?? null });
    const witnessed = inventory.witnessed.find((each) => each.part === row.part && each.id === row.id);
    facts.push({
      ...thing,
      type: "loss-unattributed",
      target,
      systemIdentifier: inventory.systemIdentifier,
      lastSeen: lastSeen.toISOString(),
      isCanary: round.canaries.has(keyOf(row)),
      relatedDropId: related?.dropId ?? null,
      witness: witnessed?.witness ?? null,
    });
  }
}

/** Only one of two drops of one thing can have run: the one that started last. */
function latest(drops: readonly Drop[]): Drop | null {
  return drops.toSorted((a, b) => (b.startedAt?.getTime() ?? 0) - (a.startedAt?.getTime() ?? 0))[0] ?? null;
}
