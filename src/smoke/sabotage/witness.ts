import type { Fingerprint } from "../../backup/fingerprint.ts";
import type { Comparison } from "../../backup/proof/judge.ts";
import type { Proof } from "../../backup/proof/proof.ts";

/** What a planter needs to know whether its fault was seen. */
export interface Witness {
  readonly proof: Proof;
  readonly comparison: Comparison;
  /** Whether the comparator of that name, asked about the restored database with these parts read anew, names the object. */
  sees(comparator: string, object: string, readAnew: Partial<Fingerprint>): boolean;
}

export function createWitness(proof: Proof, comparison: Comparison): Witness {
  return {
    proof,
    comparison,
    sees: (name, object, readAnew) =>
      comparison.comparators
        .filter((comparator) => comparator.name === name)
        .flatMap((comparator) =>
          comparator.compare(proof.expected, { ...proof.restored, ...readAnew }, "restore"),
        )
        .some((difference) => difference.object.includes(object)),
  };
}
