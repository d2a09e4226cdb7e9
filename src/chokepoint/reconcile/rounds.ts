import { InterruptedError, OpsError } from "../../errors.ts";
import type { Environment } from "../../postgres/settings.ts";
import { createSlots } from "../../run/slots.ts";
import type { Target } from "../ports.ts";
import type { ReconcileFact } from "./facts.ts";
import { flyCanary } from "./fly-canary.ts";
import type { InventoryStoreOptions } from "./inventory-store.ts";
import { readFindings } from "./read-findings.ts";
import type { FindingFilter, FindingPage } from "./read-findings.ts";
import { reconcileTarget } from "./reconcile-target.ts";

export interface RoundOptions {
  /** A canary first, where the kind of the target has one. */
  readonly canary: boolean;
}

/** One round of one target, with a canary where its kind has one. Throws what only a bug throws, and interruptions. */
export async function lookAt(
  target: Target,
  { canary }: RoundOptions,
  store: InventoryStoreOptions,
  env: Environment,
): Promise<readonly ReconcileFact[]> {
  return canary && target.policy.kind === "postgres"
    ? await flyCanary(target, store, env, store.signal)
    : await reconcileTarget(target, store, store.signal);
}

const stopping = "custody is stopping";

/** The rounds of one process, whoever asks for them: its loop, and people. */
export interface Rounds {
  /** Throws what only a bug throws. A round that custody's end cuts off is `target-unseen`. */
  look(target: Target, options: RoundOptions): Promise<readonly ReconcileFact[]>;
  /** What rounds have told, whoever made them. One reading at a time: each is of the whole chain. Throws `OpsError`. */
  findings(filter: FindingFilter): Promise<FindingPage>;
  /** Resolves once none is under way. */
  settled(): Promise<void>;
}

/**
 * Whoever asked, each fact is told once, before the answer. While a target is looked at, nobody else's round of it is begun, and none
 * takes a connection to the ledger: `round-elsewhere`, as where another instance is at it.
 */
export function createRounds(options: {
  /** The ledger's database, as `openLedger` was given it; its tables are there. */
  readonly store: Omit<InventoryStoreOptions, "signal">;
  readonly env: Environment;
  /** Never throws, never waits. */
  readonly tell: (fact: ReconcileFact) => void;
  readonly signal: AbortSignal;
}): Rounds {
  const { env, tell, signal } = options;
  const store = { ...options.store, signal };
  const running = new Map<string, Promise<unknown>>();
  const readings = createSlots(1);

  const lookAndTell = async (target: Target, round: RoundOptions): Promise<readonly ReconcileFact[]> => {
    try {
      const facts = await lookAt(target, round, store, env);
      for (const fact of facts) tell(fact);
      return facts;
    } catch (error) {
      if (!(error instanceof InterruptedError)) throw error;
      return [{ type: "target-unseen", target: target.policy.name, error: stopping }];
    }
  };

  return {
    async look(target, round) {
      const { name } = target.policy;
      if (running.has(name)) return [{ type: "round-elsewhere", target: name }];
      const work = lookAndTell(target, round);
      running.set(name, work);
      try {
        return await work;
      } finally {
        running.delete(name);
      }
    },
    async findings(filter) {
      try {
        using _reading = await readings.take(signal);
        return await readFindings(store, filter);
      } catch (error) {
        if (!(error instanceof InterruptedError)) throw error;
        throw new OpsError("server-error", stopping, "ask again when it runs");
      }
    },
    async settled() {
      await Promise.allSettled(running.values());
    },
  };
}
