import type { CheckedConfiguration } from "../../chokepoint/check-configuration.ts";
import type { Faces } from "../../chokepoint/faces.ts";
import type { ServerConfig } from "../../config/load-server.ts";
import type { LogLevel, ProcessEdge, Writer } from "../../run/shell.ts";
import type { Environment } from "../../postgres/settings.ts";
import type { ProxyPorts } from "../ports.ts";
import { createFactQueue } from "./fact-queue.ts";
import { openProxyLedger } from "./open-ledger.ts";
import type { ProxyLedger } from "./open-ledger.ts";
import type { JudgedConfiguration } from "./reload-on-hangup.ts";
import { startProxy } from "./start-proxy.ts";

export interface PortOptions {
  readonly config: ServerConfig;
  readonly checked: CheckedConfiguration;
  /** Reads and judges the configuration again, at SIGHUP. */
  readonly read: () => Promise<JudgedConfiguration>;
  readonly onHangup: ProcessEdge["onHangup"];
  readonly program: ProcessEdge["program"];
  /** That serve the listeners, this one among them. */
  readonly processes: number;
  readonly faces: Faces;
  readonly env: Environment;
  /** For people: who holds what. */
  readonly instanceName: string;
  readonly signal: AbortSignal;
  readonly stderr: Writer;
  readonly logLevel: LogLevel;
}

/** Facts that wait for a viewer who is slow. */
const mostFacts = 10_000;

/** The real thing behind every port of the proxy. */
export function openProxyPorts(options: PortOptions): ProxyPorts<ProxyLedger> {
  const queue = createFactQueue(mostFacts);
  return {
    warnings: options.checked.open,
    openLedger: () =>
      openProxyLedger({
        ...options,
        onTrouble: (error) => queue.tell({ type: "alarm", what: "ledger-down", message: error.message }),
      }),
    start: (ledger) => startProxy(ledger, queue, options),
  };
}
