import { openLedger } from "../../chokepoint/ledger/open-ledger.ts";
import type { Ledger } from "../../chokepoint/ports.ts";
import type { ServerConfig } from "../../config/load-server.ts";
import { OpsError } from "../../errors.ts";
import { displayAddress, resolveSettings } from "../../postgres/settings.ts";
import type { Environment } from "../../postgres/settings.ts";
import type { ProxyEvent } from "../events.ts";
import type { OpenedLedger } from "../ports.ts";

export interface ProxyLedger extends OpenedLedger {
  readonly ledger: Ledger;
  /** Keeps checkpoints, and verifies again and again; until it is disposed of. */
  guard(tell: (event: ProxyEvent) => void): Disposable;
}

/** Opens the ledger of a configuration, and migrates it. */
export async function openProxyLedger(options: {
  readonly config: ServerConfig;
  readonly env: Environment;
  readonly signal: AbortSignal;
  readonly instanceName: string;
}): Promise<ProxyLedger> {
  const { config, env, signal, instanceName } = options;
  const section = config.sections.ledger;
  if (section?.url === undefined) throw new OpsError("bad-config", "wip", "wip");
  const settings = await resolveSettings(section.url, env);
  await using stack = new AsyncDisposableStack();
  const ledger = stack.use(
    await openLedger({
      settings,
      schema: section.schema ?? "public",
      instanceName,
      now: () => new Date(),
      signal: new AbortController().signal,
    }),
  );
  void signal;
  const owned = stack.move();
  return {
    address: displayAddress(settings),
    ledger,
    verify: () => Promise.resolve({ rows: 0 }),
    guard: () => ({ [Symbol.dispose]: () => undefined }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
