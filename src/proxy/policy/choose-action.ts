import type { Destruction } from "../../destruction/destruction.ts";
import type { Sighting } from "../sessions/ports.ts";
import type { ChosenAction } from "./chosen-action.ts";
import { defaultAction } from "./default-actions.ts";
import type { WireAction } from "./default-actions.ts";
import { usualHoldInTransactionMs, usualHoldMs } from "./listener-policy.ts";
import type { ListenerPolicy, WireRule } from "./listener-policy.ts";
import { matchesRule } from "./match-rule.ts";
import type { Loss } from "./match-rule.ts";
import { whyNotSoft } from "./why-not-soft.ts";

/** Why no session may destroy something of a sighting, whatever the policy says; null: nothing is against it. Pure. */
export type Protection = (sighting: Pick<Sighting, "destructions" | "speaker">) => string | null;

/** The gravest word for any of several destructions counts: they are carried out together, or not at all. */
const gravity: Readonly<Record<WireAction, number>> = { pass: 0, audit: 1, soft: 2, hold: 3, deny: 4 };

interface Standing {
  /** Whoever speaks could drop what others own, as the gate said; where that cannot be known he could. */
  readonly isAdmin: boolean;
  readonly protect: Protection;
}

interface Said {
  readonly action: WireAction;
  /** Null: the default. */
  readonly rule: WireRule | null;
}

/**
 * What the policy of a listener says of a sighting: each thing that is destroyed takes the first rule that matches it, else the default of its
 * kind. Pure.
 */
export function chooseAction(
  sighting: Sighting,
  policy: ListenerPolicy,
  { isAdmin, protect }: Standing,
): ChosenAction {
  const said = sighting.destructions
    .flatMap(lossesOf)
    .map((loss) => sayOf(loss, sighting, policy, isAdmin))
    .toSorted((one, other) => gravity[other.action] - gravity[one.action]);
  const [gravest = { action: "deny", rule: null } as const] = said;
  const holdMs = shortestHold(said, sighting);
  const protectedBy = protect(sighting);
  if (protectedBy !== null) return { action: "deny", reason: protectedBy, holdMs };
  // What is to be fenced is not destroyed by the session, not even once somebody approved what stands beside it.
  if (said.some(({ action }) => action === "soft")) {
    const why = whyNotSoft(sighting);
    if (why !== null) return { action: "deny", reason: why, holdMs };
  }
  return { action: gravest.action, reason: gravest.rule?.reason ?? null, holdMs };
}

function sayOf(loss: Loss, sighting: Sighting, { rules }: ListenerPolicy, isAdmin: boolean): Said {
  const rule = rules.find((each) => matchesRule(each, loss, sighting)) ?? null;
  return { action: rule?.action ?? defaultAction(loss.kind, isAdmin), rule };
}

function lossesOf({ kind, names }: Destruction): readonly Loss[] {
  if (names.length === 0) return [{ kind, name: null }];
  return names.map((name) => ({ kind, name: isKnown(name) ? name : null }));
}

/** A hole is a value that is put in at run time. */
function isKnown(name: string): boolean {
  return name !== "" && !name.includes("…");
}

/** Of several holds the shortest; within a transaction none is longer than that allows. */
function shortestHold(said: readonly Said[], { isInTransaction }: Sighting): number {
  const usual = isInTransaction ? usualHoldInTransactionMs : usualHoldMs;
  const held = said.flatMap(({ action, rule }) =>
    rule !== null && (action === "hold" || action === "soft")
      ? [isInTransaction ? Math.min(rule.holdMs, rule.holdInTransactionMs) : rule.holdMs]
      : [],
  );
  return held.length === 0 ? usual : Math.min(...held);
}
