import { describeFactDocument } from "../../chokepoint/documents/round-document.ts";
import type { FactDocument } from "../../chokepoint/documents/round-document.ts";
import type { ReconcileFact } from "../../chokepoint/reconcile/facts.ts";
import { exitCodes } from "../../errors.ts";
import type { ExitCode } from "../../errors.ts";
import { conclude } from "../../run/conclude.ts";
import type { Check, Feature, Outcome, Report } from "../../run/contract.ts";
import { throwIfInterrupted } from "../../run/interrupt.ts";
import { step } from "../../run/step.ts";
import { describeFact, elsewhere } from "./describe-fact.ts";
import type { ReconcilePorts } from "./ports.ts";
import { isUnseen, isWrong, judgeFacts, reduceReconcile } from "./state.ts";
import type { ReconcileEvent, ReconcileInput, ReconcileState, ReconcileVerdict } from "./state.ts";

export const dropReconcile: Feature<
  ReconcileInput,
  ReconcilePorts,
  ReconcileEvent,
  ReconcileVerdict,
  ReconcileState
> = {
  command: "drop reconcile",
  async *run(input, ports, signal) {
    const all: ReconcileFact[] = [];
    for (const target of input.targets) {
      throwIfInterrupted(signal);
      const look = (): Promise<readonly ReconcileFact[]> => ports.look(target, { canary: input.canary });
      const facts = yield* step(`look-${target}`, `Look at ${target}`, look);
      for (const fact of facts) yield fact;
      all.push(...facts);
    }
    return judgeFacts(all);
  },
  initial: () => ({ facts: [] }),
  reduce: reduceReconcile,
  report,
};

const codes: Readonly<Record<ReconcileVerdict, ExitCode>> = {
  reconciled: exitCodes.good,
  unreconciled: exitCodes.bad,
  unseen: exitCodes.couldNotRun,
  "not-run": exitCodes.couldNotRun,
};

/** The last round of each target: with a canary there are two. */
function roundsOf(
  facts: readonly ReconcileFact[],
): readonly Extract<ReconcileFact, { type: "round-finished" }>[] {
  const rounds = facts.filter((fact) => fact.type === "round-finished");
  return [...new Map(rounds.map((round) => [round.target, round])).values()];
}

function report({ facts }: ReconcileState, outcome: Outcome<ReconcileVerdict>): Report {
  const { verdict, head, document } = conclude("drop reconcile", outcome, codes, "not-run");
  const wrong = facts.filter(isWrong);
  return {
    ...head,
    document: document({
      targets: roundsOf(facts).map(({ target, systemIdentifier, isFirst, seen, blind }) => ({
        name: target,
        system_identifier: systemIdentifier,
        first: isFirst,
        seen,
        blind,
      })),
      unseen: facts.filter(isUnseen).map((fact) => ({
        name: fact.target,
        error: fact.type === "target-unseen" ? fact.error : elsewhere,
      })),
      findings: facts.flatMap(findingOf),
    }),
    checks: checksOf(facts),
    metrics: [],
    summary:
      outcome.kind === "error"
        ? []
        : [
            ...facts.map(describeFact),
            ...roundsOf(facts).flatMap(({ target, blind }) =>
              blind.map(
                (each) => ({ tone: "dim", text: `${"not seen".padEnd(13)}${target}: ${each}` }) as const,
              ),
            ),
            verdict === "reconciled"
              ? {
                  tone: "good",
                  text: `RECONCILED targets=${roundsOf(facts).length}`,
                }
              : {
                  tone: "bad",
                  text: verdict === "unseen" ? "NOT SEEN" : `UNRECONCILED findings=${wrong.length}`,
                },
          ],
  };
}

/** What a program reads: each thing that is gone, changed or should not be there, as HTTP tells it. */
function findingOf(fact: ReconcileFact): readonly FactDocument[] {
  return fact.type === "round-finished" || isUnseen(fact) ? [] : [describeFactDocument(fact)];
}

function checksOf(facts: readonly ReconcileFact[]): readonly Check[] {
  const targets = [...new Set(facts.map(({ target }) => target))];
  return targets.map((target): Check => {
    const ofTarget = facts.filter((fact) => fact.target === target);
    const wrong = ofTarget.filter((fact) => isWrong(fact) || isUnseen(fact));
    const check = { group: "drop.reconcile", name: target, expected: "what vanished has its record" };
    if (wrong.length === 0) return { ...check, outcome: "passed", actual: "it has" };
    return { ...check, outcome: "failed", actual: wrong.map((fact) => describeFact(fact).text).join("; ") };
  });
}
