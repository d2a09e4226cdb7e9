import { join } from "node:path";
import { openLedger } from "../../chokepoint/ledger/open-ledger.ts";
import type { Ledger } from "../../chokepoint/ports.ts";
import type { ServerConfig } from "../../config/load-server.ts";
import type { OpsError } from "../../errors.ts";
import { openPrivateCluster } from "../../postgres/private/open-private-cluster.ts";
import { displayAddress, resolveSettings } from "../../postgres/settings.ts";
import type { ConnectionSettings, Environment } from "../../postgres/settings.ts";
import type { ProxyEvent } from "../events.ts";
import { guardLedger } from "./guard-ledger.ts";
import type { OpenedLedger } from "../ports.ts";

export interface ProxyLedger extends OpenedLedger {
  readonly ledger: Ledger;
  /** Where its tables are: reconciliation keeps its inventory beside them. */
  readonly store: { readonly settings: ConnectionSettings; readonly schema: string };
  /** Keeps checkpoints, and verifies again and again; until it is disposed of. To be called once it was verified. */
  guard(tell: (event: ProxyEvent) => void): AsyncDisposable;
}

/** Opens the ledger of a configuration, starting the private cluster where it has no `ledger.url`, and migrates it. */
export async function openProxyLedger(options: {
  readonly config: ServerConfig;
  readonly env: Environment;
  readonly instanceName: string;
  readonly onTrouble: (error: OpsError) => void;
}): Promise<ProxyLedger> {
  const { config, env, instanceName } = options;
  const section = config.sections.ledger;
  await using stack = new AsyncDisposableStack();
  // What was begun when custody is told to stop is recorded: the ledger closes last, by being disposed of.
  const { signal } = new AbortController();
  const settings =
    section?.url === undefined
      ? stack.use(
          await openPrivateCluster({
            directory: join(config.stateDir, "ledger"),
            env,
            onTrouble: options.onTrouble,
            signal,
          }),
        ).settings
      : await resolveSettings(section.url, env);
  const schema = section?.schema ?? "public";
  const ledger = stack.use(
    await openLedger({
      settings,
      schema,
      instanceName,
      now: () => new Date(),
      signal,
    }),
  );
  const owned = stack.move();
  return {
    address: displayAddress(settings),
    ledger,
    store: { settings, schema },
    ...(await guardLedger(config, { settings, signal })),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
