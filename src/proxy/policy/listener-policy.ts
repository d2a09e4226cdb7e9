import type { ListenerSection } from "../../config/listener-schema.ts";
import { compilePattern } from "../../config/pattern/compile-pattern.ts";
import type { NamePattern } from "../../config/pattern/compile-pattern.ts";
import type { DestructionKind } from "../../destruction/kinds.ts";
import type { WireAction } from "./default-actions.ts";

/** One rule of a listener, its patterns compiled. Each condition that is null holds for all. */
export interface WireRule {
  readonly kinds: ReadonlySet<DestructionKind> | null;
  readonly databases: readonly NamePattern[] | null;
  readonly roles: readonly NamePattern[] | null;
  readonly names: readonly NamePattern[] | null;
  /** All of them. */
  readonly tags: readonly (readonly [name: string, pattern: NamePattern])[] | null;
  readonly action: WireAction;
  readonly holdMs: number;
  readonly holdInTransactionMs: number;
  readonly reason: string | null;
}

/** What a listener's configuration says of destructions, defaults filled in. The first rule that matches decides. */
export interface ListenerPolicy {
  readonly rules: readonly WireRule[];
}

/** A client waits meanwhile. */
export const usualHoldMs = 10 * 60_000;
/** Locks wait with it. */
export const usualHoldInTransactionMs = 30_000;

export function readListenerPolicy({ policy = [] }: Pick<ListenerSection, "policy">): ListenerPolicy {
  return {
    rules: policy.map((rule) => ({
      kinds: rule.kinds === undefined ? null : new Set(rule.kinds),
      databases: compile(rule.databases),
      roles: compile(rule.roles),
      names: compile(rule.names),
      tags:
        rule.tags === undefined
          ? null
          : Object.entries(rule.tags).map(([name, pattern]) => [name, compilePattern(pattern)] as const),
      action: rule.action,
      holdMs: rule.hold?.expires ?? usualHoldMs,
      holdInTransactionMs: rule.hold?.in_transaction ?? usualHoldInTransactionMs,
      reason: rule.reason ?? null,
    })),
  };
}

function compile(patterns: readonly string[] | undefined): readonly NamePattern[] | null {
  return patterns?.map(compilePattern) ?? null;
}
