import { mostFindings } from "../findings/feature.ts";
import type { FindingsPorts } from "../findings/feature.ts";
import type { DropApi } from "../ports.ts";
import { chooseTargets } from "../reconcile/choose-targets.ts";
import type { ReconcilePorts } from "../reconcile/ports.ts";

/** Rounds that a running custody makes. Throws as `DropApi` does, and `bad-usage` for a target that is not there for this caller. */
export async function reconcileOverHttp(
  api: Pick<DropApi, "targets" | "reconcile" | "findings">,
  wanted: readonly string[],
): Promise<ReconcilePorts & FindingsPorts> {
  const targets = chooseTargets(await api.targets(), wanted);
  return {
    targets: targets.map(({ name, kind }) => ({ name, kind })),
    look: (target, { canary }) => api.reconcile(target, { canary }),
    async findings(since) {
      const query = {
        limit: String(mostFindings),
        ...(since === null ? {} : { since: since.toISOString() }),
      };
      const pages = await Promise.all(
        wanted.length === 0
          ? [api.findings(query)]
          : wanted.map((target) => api.findings({ ...query, target })),
      );
      const all = pages.flatMap(({ findings }) => findings).toSorted((left, right) => right.seq - left.seq);
      return {
        findings: all.slice(0, mostFindings),
        has_more: all.length > mostFindings || pages.some(({ has_more }) => has_more),
      };
    },
  };
}
