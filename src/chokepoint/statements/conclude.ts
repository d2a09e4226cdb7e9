import type { DropState, Outcome } from "../drop.ts";
import { describeKind } from "./kinds-of-statements.ts";
import type { RecordedDestruction, StatementEnd, StatementFacts } from "./statement.ts";

/** How a statement has ended. */
export interface Conclusion {
  readonly to: Extract<DropState, "completed" | "noop" | "failed" | "unknown">;
  readonly outcome: Outcome;
  readonly error: string | null;
}

/**
 * What the target says of everything that the statement would have taken away. `none`: it names nothing that could be asked for.
 * `nothing`: nothing of it was there before. `mixed`: some is gone.
 */
export type Left = "none" | "nothing" | "all" | "mixed" | "gone" | "busy" | "broken" | "unasked";

/** `part:id` of what is gone when the statement was carried out. */
export function vanishingParts({ destructions }: StatementFacts): ReadonlySet<string> {
  return new Set(destructions.filter(isVanishing).flatMap(({ parts }) => parts));
}

/** Whether everything that it names vanishes, and nothing of it was there. */
export function wasNothingThere({ destructions }: StatementFacts): boolean {
  return destructions.every((each) => isVanishing(each) && each.isWhole && each.parts.length === 0);
}

function isVanishing({ kind, what }: RecordedDestruction): boolean {
  const known = describeKind(kind);
  return known.isVanishing && known.vanishesBy?.test(what) !== false;
}

const stillThere = "the server has it still: it was rolled back";
const cutOff = "its destruction was cut off: half of it is gone, and only the rest can follow";

/**
 * The end of a statement from the server's word and from its catalog, which is believed before the word: an answer may come before a
 * rollback, and an error after the deed. `told` is null where nobody heard the server. Pure.
 */
export function concludeStatement(told: StatementEnd | null, left: Left): Conclusion {
  if (left === "broken") return failed("error", cutOff);
  switch (told?.outcome) {
    case "noop":
      return noop;
    case "ok":
      if (left === "nothing") return noop;
      return left === "all" ? failed("rolled_back", stillThere) : completed;
    case "rolled_back":
      return failed("rolled_back", wordsOf(told) ?? "it was rolled back");
    case "error":
      return failed("error", wordsOf(told) ?? "the server refused it");
    case "unknown":
    case undefined:
      if (left === "gone") return completed;
      if (left === "nothing") return noop;
      if (left === "all")
        return failed("rolled_back", `its session ended before its answer, and ${stillThere}`);
      return { to: "unknown", outcome: "unknown", error: `its session ended before its answer${why(left)}` };
  }
}

const completed: Conclusion = { to: "completed", outcome: "ok", error: null };
const noop: Conclusion = { to: "noop", outcome: "noop", error: null };

function failed(outcome: "error" | "rolled_back", error: string): Conclusion {
  return { to: "failed", outcome, error };
}

function wordsOf({ error }: StatementEnd): string | null {
  return error === null ? null : `${error.message} (${error.code})`;
}

function why(left: Left): string {
  if (left === "mixed") return ", and some of it is gone";
  if (left === "busy") return ", and the server was at it still";
  return left === "unasked" ? ", and the target could not be asked" : "";
}
