import type { DropApi } from "../ports.ts";
import { chooseTargets } from "../reconcile/choose-targets.ts";
import type { ReconcilePorts } from "../reconcile/ports.ts";

/** Rounds that a running custody makes. Throws as `DropApi` does, and `bad-usage` for a target that is not there for this caller. */
export async function reconcileOverHttp(
  api: Pick<DropApi, "targets" | "reconcile">,
  wanted: readonly string[],
): Promise<ReconcilePorts> {
  const targets = chooseTargets(await api.targets(), wanted);
  return {
    targets: targets.map(({ name, kind }) => ({ name, kind })),
    look: (target, { canary }) => api.reconcile(target, { canary }),
  };
}
