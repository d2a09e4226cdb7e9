import type { ChokepointPorts } from "../ports.ts";

export interface StatementPorts extends Pick<
  ChokepointPorts,
  "targets" | "ledger" | "breakers" | "now" | "newDropId" | "tell"
> {
  /** custody stops: what waits is cancelled. */
  readonly stop: AbortSignal;
}
