import type { ProxyEvent } from "./events.ts";

/** A proxy that decides: from the moment that its ledger was verified. */
export interface RunningProxy extends AsyncDisposable {
  readonly started: Extract<ProxyEvent, { type: "proxy-started" }>;
  /** Facts as they come, until the signal fires. A viewer that is too slow loses some, and is told how many. */
  facts(signal: AbortSignal): AsyncGenerator<ProxyEvent, void>;
  /** Lets nobody in any more, and resolves once who is in has gone, or has been cut off when its time was over. */
  drain(): Promise<void>;
}

export interface OpenedLedger extends AsyncDisposable {
  /** Without secrets. */
  readonly address: string;
  /** Verifies the chain against its own newest checkpoint. Throws `chain-broken`: then nothing is decided. */
  verify(): Promise<{ readonly rows: number }>;
}

export interface ProxyPorts<Opened extends OpenedLedger = OpenedLedger> {
  /** What the configuration leaves open that protects, one line each. */
  readonly warnings: readonly string[];
  /** Starts the private cluster where there is no `ledger.url`, and migrates. */
  openLedger(): Promise<Opened>;
  /** Targets, API, worker, checkpoints. */
  start(ledger: Opened): Promise<RunningProxy>;
}
