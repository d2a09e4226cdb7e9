import type { SqlJudgement } from "../../../destruction/sql/wire/judgement.ts";
import type { Sent } from "../../../wire/postgres/tallies.ts";
import { meaningOf } from "./meaning-of.ts";

/**
 * The server computes what it can of a statement when it plans it, at Bind and at EXPLAIN: functions that are declared immutable or stable are
 * called then, and so is whatever they call (PostgreSQL documentation, "Function Volatility Categories").
 */

/** Whether to plan it may do more than to plan: of a call that is not known, and of what could not be read. */
export function mayRunWhenPlanned({ destructions }: SqlJudgement): boolean {
  return destructions.some(({ kind }) => kind === "opaque");
}

/** What is done where it is planned and not run; what it executes is planned as well. */
export function whenPlanned({ destructions, effects }: SqlJudgement): SqlJudgement {
  return meaningOf(
    destructions.filter(({ kind }) => kind === "opaque"),
    effects
      .filter(({ type }) => type === "execute" || type === "plan")
      .map((effect) => (effect.type === "execute" ? { ...effect, type: "plan" } : effect)),
  );
}

/** Whether what was sent in this cycle may have set how strings are read: the server tells that at the cycle's end. */
export function mayHaveSet({ binds, bindsBefore, executes, executesBefore }: Readonly<Sent>): boolean {
  return binds !== bindsBefore || executes !== executesBefore;
}
