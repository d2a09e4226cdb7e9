import { setTimeout as delay } from "node:timers/promises";
import { InterruptedError, OpsError } from "../../errors.ts";
import type { Caller, Drop, DropState } from "../drop.ts";
import { concludeStatement } from "./conclude.ts";
import { finishStatement } from "./end-statement.ts";
import { lookAtWhatIsLeft } from "./look-at-what-is-left.ts";
import type { StatementEnd } from "./statement.ts";
import type { StatementPorts } from "./statement-ports.ts";

/** Another instance may have concluded it, from the catalog alone, while this one could not reach the ledger: who heard the server knows better. */
const open: ReadonlySet<DropState> = new Set(["started", "unknown", "failed"]);

/**
 * Records how a statement ended that was let through: by the server's word, and its catalog by identity. Null: nobody heard the server.
 * Returns the row. Throws as the ledger, and `InterruptedError` at `signal`.
 */
export async function concludeStarted(
  drop: Drop,
  told: StatementEnd | null,
  actor: Caller,
  ports: StatementPorts,
  signal: AbortSignal,
): Promise<Drop> {
  const target = ports.targets.get(drop.request.target);
  const { left, gone } = await lookAtWhatIsLeft(drop, target, ports.breakers, signal);
  const conclusion = concludeStatement(told, left);
  const details = {
    told: told?.outcome ?? null,
    ...(told?.error ? { sqlstate: told.error.code } : {}),
    left,
    gone,
    // What reconciliation goes by: only what is gone can be explained by it.
    destroyed: conclusion.to === "completed",
  };
  for (let current = drop; ;) {
    const result = await finishStatement(current, conclusion, details, actor, ports);
    if (result.moved) return result.drop;
    const isBetter = told !== null && told.outcome !== "unknown" && conclusion.to !== result.drop.state;
    if (!open.has(result.drop.state) || !isBetter) return result.drop;
    current = result.drop;
  }
}

const longestPauseMs = 10_000;

/** As `concludeStarted`, until the ledger takes it: what the server said is known here alone. Gives up at `stop`, after one try more. */
export async function settleStatement(
  drop: Drop,
  told: StatementEnd,
  ports: StatementPorts,
  warn: (message: string) => void,
): Promise<void> {
  const { stop } = ports;
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const isLast = stop.aborted;
    try {
      const signal = isLast ? AbortSignal.timeout(lastTryMs) : stop;
      await concludeStarted(drop, told, drop.caller, ports, signal);
      return;
    } catch (error) {
      if (!(error instanceof OpsError) && !(error instanceof InterruptedError)) throw error;
      if (isLast) return warn(`how statement ${drop.dropId} ended is not recorded: ${error.message}`);
    }
    await delay(pauseMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

const lastTryMs = 2000;
