import type { WireAction } from "./default-actions.ts";

/** What a listener's policy says of a sighting. */
export interface ChosenAction {
  readonly action: WireAction;
  /** For people: why; null: the policy gives no words of its own. */
  readonly reason: string | null;
  /** How long it is held at most, where it is: by this action, or, of `soft`, by the target's own policy. */
  readonly holdMs: number;
}
