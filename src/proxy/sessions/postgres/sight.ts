import type { Destruction } from "../../../destruction/destruction.ts";
import type { SqlJudgement } from "../../../destruction/sql/wire/judgement.ts";
import type { Sighting, Speaker } from "../ports.ts";

/** What is known of the place where a text is run. */
export interface Place {
  readonly speaker: Speaker;
  readonly isInTransaction: boolean;
  /** Whether nothing else is run with it: no statement beside it in its message, none before it in its pipeline. */
  readonly isFirst: boolean;
}

/** What a text asks for, as it is decided on; null where it destroys nothing. Pure. */
export function sight(judgements: readonly SqlJudgement[], place: Place): Sighting | null {
  const [first] = judgements;
  const destructions = judgements.flatMap((each): readonly Destruction[] => each.destructions);
  if (first === undefined || destructions.length === 0) return null;
  const isOne = judgements.length === 1 && first.statements === 1;
  return {
    speaker: place.speaker,
    destructions,
    fingerprint: first.fingerprint(),
    tags: first.tags(),
    isInTransaction: place.isInTransaction,
    isAlone: isOne && place.isFirst && !place.isInTransaction,
    isForced: judgements.some(({ isForced }) => isForced),
  };
}

/** What running a statement that the proxy has not seen prepared may do: anything. */
export function unknownStatement(name: string): Destruction {
  const what = name === "" ? "an unknown unnamed statement" : "an unknown prepared statement";
  return { kind: "opaque", what, names: name === "" ? [] : [name], at: 0, certainty: "likely" };
}
