import { z } from "zod";
import type { Chokepoint } from "../../chokepoint/api.ts";
import {
  describeRound,
  reconcileBodySchema,
  roundsDocumentSchema,
} from "../../chokepoint/documents/round-document.ts";
import type { RoundDocument } from "../../chokepoint/documents/round-document.ts";
import type { ReconcileFact } from "../../chokepoint/reconcile/facts.ts";
import type { TargetPolicy } from "../../chokepoint/target-policy.ts";
import { redactSecrets } from "../../commandline/redact.ts";
import { answerJson, Problem } from "../problem.ts";
import { defineRoute } from "../route.ts";
import type { Route } from "../route.ts";

export function reconcileTargets(
  chokepoint: Pick<Chokepoint, "reconcile">,
  targets: readonly TargetPolicy[],
): Route {
  return defineRoute({
    method: "post",
    path: "/v1/reconcile",
    // It writes what it finds into a ledger that nobody may delete from, and it answers what is on the target.
    scope: ["request", "read"],
    name: "reconcileTargets",
    summary:
      "Look at the targets once, or at one: what vanished with no record; with canary also that it is missed",
    query: z.strictObject({}),
    body: reconcileBodySchema,
    answers: {
      200: {
        describe:
          "What one round of each target found, in their order. A target that could not be looked at says so in its facts",
        schema: roundsDocumentSchema,
      },
    },
    problems: [413, 415, 422],
    async handle({ asker, body }) {
      const wanted = body?.target ?? null;
      const canary = body?.canary ?? false;
      const isTheirs = (name: string): boolean => asker.targets === null || asker.targets.includes(name);
      if (wanted !== null && !isTheirs(wanted))
        throw new Problem("forbidden", `${asker.name} may not look at ${wanted}`);
      // It makes and destroys something on the target, and asks no policy, no breaker and no other person.
      if (canary && !asker.scopes.includes("approve"))
        throw new Problem("forbidden", `${asker.name} has not the scope approve, which a canary needs`);
      const rounds: RoundDocument[] = [];
      for (const { name } of targets.filter((each) => isTheirs(each.name))) {
        if (wanted !== null && name !== wanted) continue;
        const facts = await chokepoint.reconcile(name, { canary });
        if (facts !== null) rounds.push(describeRound(name, facts.map(withoutSecrets)));
      }
      if (wanted !== null && rounds.length === 0)
        throw new Problem("invalid", `no target is named ${wanted}`);
      return answerJson(200, { targets: rounds });
    },
  });
}

function withoutSecrets(fact: ReconcileFact): ReconcileFact {
  return fact.type === "target-unseen" ? { ...fact, error: redactSecrets(fact.error) } : fact;
}
