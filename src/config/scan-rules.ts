/** Rules of `scan` about the policy itself, beside those that are kinds of destruction. */
export const policyRules = [
  /** A sanctioned function is reached other than through the chokepoint. */
  "bypass",
  /** A bare name of the policy has more than one definition, or none. */
  "chokepoint-ambiguous",
  /** The policy names sanctioned functions, and no destruction was seen in any. */
  "nothing-sanctioned",
  "suppression-malformed",
  "suppression-expired",
  /** A suppression, where there is nothing to suppress. */
  "suppression-unused",
] as const;
export type PolicyRule = (typeof policyRules)[number];

export const severities = ["error", "warning", "note"] as const;
export type Severity = (typeof severities)[number];
