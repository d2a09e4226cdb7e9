import type { ChokepointPorts } from "../ports.ts";

export interface StatementPorts extends Pick<
  ChokepointPorts,
  "targets" | "ledger" | "breakers" | "now" | "newDropId" | "tell"
> {
  /** custody is about to stop, at `stop` at the latest: what waits for people is cancelled, what runs goes on. */
  readonly drain: AbortSignal;
  /** custody stops. */
  readonly stop: AbortSignal;
}
