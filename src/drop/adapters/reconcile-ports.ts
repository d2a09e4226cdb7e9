import { join } from "node:path";
import { describeFindings } from "../../chokepoint/documents/finding-document.ts";
import { installDrops } from "../../chokepoint/ledger/install-drops.ts";
import { openTargets } from "../../chokepoint/open-targets.ts";
import { readPolicy } from "../../chokepoint/read-policy.ts";
import { readFindings } from "../../chokepoint/reconcile/read-findings.ts";
import { lookAt } from "../../chokepoint/reconcile/rounds.ts";
import type { ServerConfig } from "../../config/load-server.ts";
import { connect } from "../../postgres/connect.ts";
import { openPrivateCluster } from "../../postgres/private/open-private-cluster.ts";
import { resolveSettings } from "../../postgres/settings.ts";
import type { Environment } from "../../postgres/settings.ts";
import { mostFindings } from "../findings/feature.ts";
import type { FindingsPorts } from "../findings/feature.ts";
import { chooseTargets } from "../reconcile/choose-targets.ts";
import type { ReconcilePorts } from "../reconcile/ports.ts";

interface PortOptions {
  readonly config: ServerConfig;
  /** Those that are asked for; empty: all. */
  readonly targets: readonly string[];
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** The targets and the ledger of a configuration, beside whatever custody runs with it. Throws `bad-usage` for a target that is not there. */
export async function openReconcilePorts({
  config,
  targets: wanted,
  env,
  signal,
}: PortOptions): Promise<ReconcilePorts & FindingsPorts & AsyncDisposable> {
  const policies = (config.sections.targets ?? []).map((section) => readPolicy(section, config));
  const chosen = chooseTargets(policies, wanted);
  await using stack = new AsyncDisposableStack();
  const { ledger } = config.sections;
  const schema = ledger?.schema ?? "public";
  const settings =
    ledger?.url === undefined
      ? stack.use(
          await openPrivateCluster({
            directory: join(config.stateDir, "ledger"),
            env,
            // It is short: what could not be asked is told by the round.
            onTrouble: () => undefined,
            signal,
          }),
        ).settings
      : await resolveSettings(ledger.url, env);
  {
    await using session = await connect(settings, { applicationName: "ledger migration", signal });
    await installDrops(session, schema);
  }
  const targets = await openTargets(chosen, { env, jobs: 1 });
  for (const { backend } of targets.values()) stack.defer(() => backend.close());
  const store = { settings, schema, signal };
  const owned = stack.move();
  return {
    targets: chosen.map(({ name, kind }) => ({ name, kind })),
    async look(name, options) {
      const target = targets.get(name);
      if (target === undefined) throw new Error(`${name} was not opened`);
      return await lookAt(target, options, store, env);
    },
    async findings(since) {
      const names = wanted.length === 0 ? null : wanted;
      return describeFindings(await readFindings(store, { since, targets: names, limit: mostFindings }));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
