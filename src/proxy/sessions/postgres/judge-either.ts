import type { SqlJudgement } from "../../../destruction/sql/wire/judgement.ts";
import type { SqlState } from "../../../destruction/sql/wire/sql-state.ts";
import { meaningOf } from "./meaning-of.ts";

/** Of a text that is read in one way or in another, by what the session has set by then. */
const twofold = meaningOf([
  { kind: "opaque", what: "a text that may be read in two ways", names: [], at: 0, certainty: "likely" },
]);

/**
 * Judges a text of which it is not known how its strings are read: as it is now, and as standard_conforming_strings has it otherwise. What
 * differs is opaque. So is a backslash behind a byte beyond ASCII: in some encodings of clients it is half of a character.
 */
export function judgeEither(
  text: Uint8Array,
  state: SqlState,
  judge: (text: Uint8Array, state: SqlState) => SqlJudgement,
): SqlJudgement {
  const now = judge(text, state);
  const differs = otherStates(state)
    .map((other) => judge(text, other))
    .find((other) => !isSame(now, other));
  if (differs === undefined && !createLedBackslash()(text)) return now;
  const all = [now, differs ?? twofold, twofold];
  return meaningOf(
    all.flatMap(({ destructions }) => destructions),
    all.flatMap(({ effects }) => effects),
  );
}

/** How else the server may read what is sent before it has told what is set. */
export function otherStates(state: SqlState): readonly SqlState[] {
  return [{ ...state, isStandardStrings: !state.isStandardStrings }];
}

/** Whether a backslash stands right behind a byte beyond ASCII, in a text that comes in pieces. */
export function createLedBackslash(): (piece: Uint8Array) => boolean {
  let last = 0;
  return (piece) => {
    for (const byte of piece) {
      if (byte === 0x5c && last >= 0x80) return true;
      last = byte;
    }
    return false;
  };
}

function isSame(one: SqlJudgement, other: SqlJudgement): boolean {
  const shown = ({ destructions, effects }: SqlJudgement): string => JSON.stringify([destructions, effects]);
  return shown(one) === shown(other);
}
