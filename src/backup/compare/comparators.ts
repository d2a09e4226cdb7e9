import type { Fingerprint } from "../fingerprint.ts";
import { compareLargeObjects, compareSequenceValues, compareTableContents } from "./compare-contents.ts";
import { compareObjects } from "./compare-objects.ts";
import { comparatorNames } from "./difference.ts";
import type { ComparatorName, Difference, Stage } from "./difference.ts";

/**
 * Compares one aspect. The comparators are disjoint: a fault in one aspect is found by its comparator and by no other, so
 * that a run without that comparator does not see it.
 */
export interface Comparator {
  readonly name: ComparatorName;
  compare(expected: Fingerprint, actual: Fingerprint, stage: Stage): readonly Difference[];
}

export const comparators: readonly Comparator[] = comparatorNames.map((name) => ({
  name,
  compare: (expected, actual, stage) =>
    [
      ...compareObjects(name, expected, actual, stage),
      ...compareData(name, expected, actual, stage),
    ].toSorted((left, right) => compareText(left.object, right.object)),
}));

function compareData(
  name: ComparatorName,
  expected: Fingerprint,
  actual: Fingerprint,
  stage: Stage,
): readonly Difference[] {
  switch (name) {
    case "content":
      return compareTableContents(expected, actual, stage);
    case "sequences":
      return compareSequenceValues(expected, actual, stage);
    case "large-objects":
      return compareLargeObjects(expected, actual, stage);
    default:
      return [];
  }
}

/** Everything that two databases do not share, in the order of the comparators. Empty: they are equal. */
export function compareFingerprints(
  expected: Fingerprint,
  actual: Fingerprint,
  stage: Stage,
  chosen: readonly Comparator[] = comparators,
): readonly Difference[] {
  return chosen.flatMap((comparator) => comparator.compare(expected, actual, stage));
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
