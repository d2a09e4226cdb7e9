import { step } from "../../run/step.ts";
import type { PlantedFault } from "../events.ts";
import type { Comparison } from "../../backup/proof/judge.ts";
import type { ScratchServer } from "../ports.ts";
import type { Proof } from "../../backup/proof/proof.ts";
import { countSabotage } from "./count.ts";
import { catalogFaults, superuserFaults } from "./fault-plan.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { plantCatalogFaults } from "./plant-catalog-faults.ts";
import { plantChainFaults } from "./plant-chain-faults.ts";
import { plantDataFaults } from "./plant-data-faults.ts";
import type { Sabotage } from "./sabotage.ts";
import { createWitness } from "./witness.ts";

/**
 * Sabotage of the restored database, in transactions that are always rolled back: a clone that costs no copy. It reads again only
 * what it touched.
 */
export function plantInDatabase(scratch: ScratchServer, database: string): Sabotage {
  return async function* (proof, comparison) {
    const faults = yield* step(
      "sabotage",
      "plant faults: each must be found",
      () => plantAll(scratch, database, proof, comparison),
      {
        describe: (planted) =>
          `${planted.filter(({ detected }) => detected).length} of ${planted.length} found, in ${countSabotage(planted).planted} groups`,
      },
    );
    for (const fault of faults) yield { type: "fault-planted", fault };
    if (proof.post !== null && !faults.some(({ group }) => group === "chain")) {
      const message = `no fault was planted in the chain: it is empty, or custody cannot forge its profile (${proof.post.profile})`;
      yield { type: "noted", message };
    }
    return faults;
  };
}

async function plantAll(
  scratch: ScratchServer,
  database: string,
  proof: Proof,
  comparison: Comparison,
): Promise<readonly PlantedFault[]> {
  const witness = createWitness(proof, comparison);
  const faults: PlantedFault[] = [];
  {
    await using saboteur = await scratch.openSaboteur(database, false);
    faults.push(...(await plantCatalogFaults(saboteur, applicable(catalogFaults, proof), witness)));
    faults.push(...(await plantDataFaults(saboteur, witness)));
    faults.push(...(await plantChainFaults(saboteur, witness)));
  }
  await using superuser = await scratch.openSaboteur(database, true);
  faults.push(...(await plantCatalogFaults(superuser, superuserFaults, witness)));
  return faults;
}

function applicable(plans: readonly FaultPlan[], proof: Proof): readonly FaultPlan[] {
  return plans.filter(({ comparator }) => !proof.notApplicable.has(comparator));
}
