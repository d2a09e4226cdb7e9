import type { ReconcileFact } from "../../chokepoint/reconcile/facts.ts";

/** The targets of a configuration, and the ledger that remembers them. */
export interface ReconcilePorts {
  readonly targets: readonly { readonly name: string; readonly kind: string }[];
  /** One round of one target; with `canary`, where its kind has one, a canary first. Throws what only a bug throws, and interruptions. */
  look(target: string, options: { readonly canary: boolean }): Promise<readonly ReconcileFact[]>;
}
