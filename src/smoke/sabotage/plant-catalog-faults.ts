import { z } from "zod";
import { identityOf } from "../../backup/fingerprint.ts";
import type { PlantedFault } from "../events.ts";
import type { Saboteur } from "../ports.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { Witness } from "./witness.ts";

const names = z.array(z.string());
const maxRounds = 4;

/**
 * Plants the faults together, as many as do not stand in one another's way, and reads the catalog once for all of them; what could
 * not be planted (its object had gone with another fault) has its turn in the next round.
 */
export async function plantCatalogFaults(
  saboteur: Saboteur,
  plans: readonly FaultPlan[],
  witness: Witness,
): Promise<readonly PlantedFault[]> {
  const faults: PlantedFault[] = [];
  let open = plans;
  for (let round = 0; round < maxRounds && open.length > 0; round += 1) {
    const planted = await plantRound(saboteur, open);
    if (planted.length === 0) break;
    const objects = await saboteur.readCatalog();
    await saboteur.undo();
    for (const { plan, object } of planted) {
      const detected =
        witness.sees(plan.comparator, object, { objects }) || (await isSeenAlone(saboteur, plan, witness));
      faults.push({ group: plan.group, fault: plan.fault, comparator: plan.comparator, object, detected });
    }
    open = open.filter((plan) => !planted.some((done) => done.plan === plan));
  }
  return faults;
}

/** One fault may hide another: what went unseen among the others is planted once more by itself. */
async function isSeenAlone(saboteur: Saboteur, plan: FaultPlan, witness: Witness): Promise<boolean> {
  const object = await plantOne(saboteur, plan);
  if (object === null) return false;
  const objects = await saboteur.readCatalog();
  await saboteur.undo();
  return witness.sees(plan.comparator, object, { objects });
}

interface Planted {
  readonly plan: FaultPlan;
  readonly object: string;
}

async function plantRound(saboteur: Saboteur, plans: readonly FaultPlan[]): Promise<readonly Planted[]> {
  const planted: Planted[] = [];
  for (const plan of plans) {
    const object = await plantOne(saboteur, plan);
    if (object !== null) planted.push({ plan, object });
  }
  return planted;
}

/** @returns the object that bears the fault; null when no candidate could bear it */
async function plantOne(saboteur: Saboteur, plan: FaultPlan): Promise<string | null> {
  for (const candidate of await saboteur.query(plan.candidates)) {
    if (await saboteur.attempt([String(candidate["statement"])]))
      return identityOf(...names.parse(candidate["object"]));
  }
  return null;
}
