import { faultGroups } from "../events.ts";
import type { PlantedFault } from "../events.ts";

export interface SabotageCount {
  /** Groups of faults (data, structure, sequences, access, chain) of which the database has something to plant. */
  readonly planted: number;
  /** Groups of which every planted fault was found. */
  readonly detected: number;
  readonly groups: readonly { readonly group: string; readonly planted: number; readonly detected: number }[];
}

/** Counts by group: a group counts as detected only when every fault planted in it was found. */
export function countSabotage(faults: readonly PlantedFault[]): SabotageCount {
  const groups = faultGroups
    .map((group) => {
      const own = faults.filter((fault) => fault.group === group);
      return { group, planted: own.length, detected: own.filter((fault) => fault.detected).length };
    })
    .filter((group) => group.planted > 0);
  return {
    planted: groups.length,
    detected: groups.filter((group) => group.detected === group.planted).length,
    groups,
  };
}
