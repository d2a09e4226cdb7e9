import type { SmokeEvent, PlantedFault } from "../events.ts";
import type { Comparison } from "../../backup/proof/judge.ts";
import type { Proof } from "../../backup/proof/proof.ts";

/**
 * Plants one fault of each kind that the database has something for, and tells which of them the very comparison of the proof
 * found. What is planted is always undone.
 */
export type Sabotage = (
  proof: Proof,
  comparison: Comparison,
) => AsyncGenerator<SmokeEvent, readonly PlantedFault[]>;
