import { policyRules } from "../../config/scan-rules.ts";
import { destructionKinds } from "../../destruction/kinds.ts";
import type { RuleId } from "../finding.ts";
import { kindRules } from "./kind-rules.ts";
import { policyRuleTexts } from "./policy-rules.ts";
import type { Rule } from "./rule.ts";

/** Every rule, the kinds first. */
export const rules: readonly Rule[] = [
  ...destructionKinds.map((id) => ({ id, ...kindRules[id] })),
  ...policyRules.map((id) => ({ id, ...policyRuleTexts[id] })),
];

const byId: ReadonlyMap<string, Rule> = new Map(rules.map((rule) => [rule.id, rule]));

export function ruleOf(id: RuleId): Rule {
  const rule = byId.get(id);
  if (rule === undefined) throw new Error(`no rule is named ${id}`);
  return rule;
}

/** Null for a name that somebody mistyped. */
export function findRule(name: string): Rule | null {
  return byId.get(name) ?? null;
}
