import type { PlantedFault } from "../events.ts";
import type { Saboteur } from "../ports.ts";
import { planChainFaults } from "./chain-faults.ts";
import type { Witness } from "./witness.ts";

/** Forges the chain in ways that its own verifier does not see. Nothing where the database has no chain. */
export async function plantChainFaults(
  saboteur: Saboteur,
  witness: Witness,
): Promise<readonly PlantedFault[]> {
  const { pre, post, isPreKnown } = witness.proof;
  if (post === null) return [];
  const faults: PlantedFault[] = [];
  for (const { fault, variants } of planChainFaults(post)) {
    for (const statements of variants) {
      if (!(await saboteur.attempt(statements))) continue;
      const forged = await saboteur.readChain(post.mark);
      await saboteur.undo();
      // With nothing known from before, the chain that was just read back is the measure: its rows were proved to be the archive's.
      const detected = witness.comparison.compareChains(isPreKnown ? pre : post, forged, true).length > 0;
      faults.push({
        group: "chain",
        fault,
        comparator: "chain",
        object: `chain ${post.schema}.audit_events`,
        detected,
      });
      break;
    }
  }
  return faults;
}
