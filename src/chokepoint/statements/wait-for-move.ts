import { OpsError } from "../../errors.ts";
import type { Drop } from "../drop.ts";
import type { StatementPorts } from "./statement-ports.ts";

/** Whoever was not notified looks so often. */
const lookMs = 1000;

/** The row once somebody may have moved it, a second is over, it expires, its client is gone, or custody stops; as it was in an outage of the ledger. */
export async function waitForMove(
  drop: Drop,
  expiresAt: Date,
  signal: AbortSignal,
  { ledger, now, drain }: StatementPorts,
): Promise<Drop> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  using _moved = ledger.onMoved((dropId) => {
    if (dropId === drop.dropId) wake();
  });
  const timer = setTimeout(wake, Math.max(0, Math.min(lookMs, expiresAt.getTime() - now().getTime())));
  const signals = [signal, drain];
  for (const each of signals) each.addEventListener("abort", wake, { once: true });
  if (!signals.some(({ aborted }) => aborted)) await promise;
  clearTimeout(timer);
  for (const each of signals) each.removeEventListener("abort", wake);
  try {
    return (await ledger.find(drop.dropId)) ?? drop;
  } catch (error) {
    if (error instanceof OpsError) return drop;
    throw error;
  }
}
