import { OpsError } from "../../errors.ts";
import type { Inventory } from "../backend.ts";
import type { Drop } from "../drop.ts";
import { fencePrefix } from "../fence-prefix.ts";
import type { Target } from "../ports.ts";
import type { ReconcileFact } from "./facts.ts";
import { findMadeByUndo } from "./find-made-by-undo.ts";
import { openRound } from "./inventory-store.ts";
import type { InventoryRound, InventoryStoreOptions } from "./inventory-store.ts";
import { keyOf, matchRound } from "./match-round.ts";
import { roundEvents } from "./round-events.ts";
import { chooseTracked } from "./choose-tracked.ts";
import { hearWitnesses } from "./hear-witnesses.ts";

/**
 * Looks at one target once: what vanished with no record of it, and what was recorded and did not vanish. Facts are told when their
 * events are committed, in that order. What cannot be asked is a fact (`target-unseen`), never an exception, and changes nothing.
 */
export async function reconcileTarget(
  target: Target,
  store: InventoryStoreOptions,
  signal: AbortSignal,
): Promise<readonly ReconcileFact[]> {
  const { name } = target.policy;
  try {
    await using round = await openRound(store, name);
    if (round === null) return [{ type: "round-elsewhere", target: name }];
    return await lookOnce(target, round, signal);
  } catch (error) {
    if (error instanceof OpsError) return [{ type: "target-unseen", target: name, error: error.message }];
    throw error;
  }
}

/** Moved in the hour before the last round, a drop is asked once more: clocks of instances differ. */
const marginMs = 60 * 60_000;

/** One round under the lock that `round` holds. */
export async function lookOnce(
  target: Target,
  round: InventoryRound,
  signal: AbortSignal,
): Promise<readonly ReconcileFact[]> {
  const { policy, backend } = target;
  const at = await round.now();
  const inventory: Inventory = chooseTracked(await backend.inventory(signal), policy);
  const { systemIdentifier } = inventory;
  const { previous, known, canaries } = await round.read(systemIdentifier);
  const present = new Set(inventory.items.map(keyOf));
  // What is gone, what an alarm was raised for, and every fence is looked up however old its drop is.
  const asked = [
    ...known.filter((row) => row.isAlive && (!present.has(keyOf(row)) || row.orphan !== null)),
    ...inventory.items.filter((item) => item.name.startsWith(fencePrefix)),
  ];
  const since = new Date((previous ?? at).getTime() - marginMs);
  const candidates = await round.candidates(systemIdentifier, asked.map(keyOf), since);
  const undos = backend.madeByUndo === undefined ? [] : await round.undos(systemIdentifier);
  const { changes, facts: matched } = matchRound({
    target: policy.name,
    kind: policy.kind,
    at,
    previous,
    known,
    inventory,
    candidates,
    madeByUndo: findMadeByUndo(backend, inventory, undos, at),
    canaries,
  });
  const { facts, blind } = await hearWitnesses(matched, backend, round, previous ?? at, signal);
  const drops = new Map<string, Drop>(
    [...[...candidates.values()].flat().map(({ drop }) => drop), ...undos].map((drop) => [drop.dropId, drop]),
  );
  await round.commit({ systemIdentifier, at, changes, events: roundEvents(facts, target, drops, at) });
  return [
    ...facts,
    {
      type: "round-finished",
      target: policy.name,
      systemIdentifier,
      isFirst: previous === null,
      seen: inventory.items.length,
      blind: [...inventory.blind, ...blind],
    },
  ];
}
