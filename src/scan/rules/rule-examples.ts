import type { RuleId } from "../finding.ts";
import { aboutChokepoint, aboutSuppressions } from "./examples/about-policy.ts";
import { inClients } from "./examples/in-clients.ts";
import { sqlInCode } from "./examples/sql-in-code.ts";
import { sqlInScripts } from "./examples/sql-in-scripts.ts";
import { statementExamples } from "./examples/sql-statements.ts";
import { moreExamples } from "./examples/more.ts";
import { rules } from "./find-rule.ts";
import type { RuleExample } from "./rule.ts";

/** Every example of a rule: what a self-test plants, and what `--explain` shows. */
export function examplesOf(rule: RuleId): readonly RuleExample[] {
  switch (rule) {
    case "bypass":
    case "chokepoint-ambiguous":
    case "nothing-sanctioned":
      return aboutChokepoint(rule);
    case "suppression-malformed":
    case "suppression-expired":
    case "suppression-unused":
      return aboutSuppressions(rule);
    case "acl-user":
    case "flush":
    case "keys":
    case "mongo-database":
    case "mongo-user":
    case "collection":
    case "stream":
    case "server":
      return [...inClients(rule), ...moreExamples[rule]].map((example) => ({ rule, ...example }));
    default: {
      const statement = statementExamples[rule];
      return [...sqlInCode(statement), ...sqlInScripts(statement)].map((example) => ({ rule, ...example }));
    }
  }
}

export function allExamples(): readonly RuleExample[] {
  return rules.flatMap(({ id }) => examplesOf(id));
}
