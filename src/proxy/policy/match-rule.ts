import type { NamePattern } from "../../config/pattern/compile-pattern.ts";
import type { DestructionKind } from "../../destruction/kinds.ts";
import { finalNames } from "../final-names.ts";
import type { Sighting } from "../sessions/ports.ts";
import type { WireRule } from "./listener-policy.ts";

/** One thing that a sighting destroys; `name` null: it names none, or one that is not known before it runs. */
export interface Loss {
  readonly kind: DestructionKind;
  readonly name: string | null;
}

/** Longer ones are no names of anything; what is longer is cut, and never fits a pattern to its end. */
const longestText = 1024;

/**
 * Whether a rule speaks of a loss. One that denies or holds is for whoever has any of the roles that it names, and for what may bear a
 * name of it; one that is milder, only for whom and what it certainly is: nobody gets its mercy for a role that he could take on beside his
 * own, nor for a name that is put together at run time.
 */
export function matchesRule(rule: WireRule, { kind, name }: Loss, { speaker, tags }: Sighting): boolean {
  if (rule.kinds !== null && !rule.kinds.has(kind)) return false;
  const isStrict = rule.action === "deny" || rule.action === "hold";
  const isMet = (given: readonly string[], patterns: readonly NamePattern[] | null): boolean => {
    if (patterns === null) return true;
    const names = given.flatMap((each) => finalNames(each, speaker.protocol));
    const fits = (each: string): boolean => isOne(each, patterns);
    return isStrict ? names.some(fits) : names.every(fits);
  };
  if (!isMet([speaker.database], rule.databases)) return false;
  if (!isMet([speaker.role, ...speaker.otherRoles], rule.roles)) return false;
  if (rule.names !== null && (name === null ? !isStrict : !isOne(name, rule.names))) return false;
  return (
    rule.tags === null ||
    rule.tags.every(([tag, pattern]) => {
      const value = tags.get(tag);
      return value !== undefined && isOne(value, [pattern]);
    })
  );
}

function isOne(text: string, patterns: readonly NamePattern[]): boolean {
  return text.length <= longestText && patterns.some((pattern) => pattern.test(text));
}
