import { setTimeout as delay } from "node:timers/promises";
import type { ListenerSection } from "../../../config/listener-schema.ts";
import type { CancelAnswer } from "../../sessions/postgres/cancel-keys.ts";
import { startServing } from "./serving-process.ts";
import type { ServingOptions, ServingProcess } from "./serving-process.ts";

/** One process that serves, or that is started again since it ended. Disposing ends it at once. */
export interface KeptProcess extends AsyncDisposable {
  /** What its sessions say to a CancelRequest; null: it has no such session. Never rejects. */
  cancel(key: string): Promise<CancelAnswer | null>;
  /** Has it read what is to be in force; what that returns replaces it. Rejects with `OpsError`. */
  prepare(listeners: readonly ListenerSection[]): Promise<() => Promise<void>>;
  /** Resolves when its sessions have ended, and it has; after the deadline it is ended. */
  drain(deadlineMs: number): Promise<void>;
}

export interface KeepOptions extends Omit<ServingOptions, "serve"> {
  /** What it is to serve by now. */
  readonly serve: () => ServingOptions["serve"];
  /** It ended unasked, or had to be ended. */
  readonly onDeath: (message: string) => void;
}

const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** After one that ran so long the pauses begin anew. */
const soundMs = 60_000;

/** Resolves when it listens. Rejects with `OpsError` where the first start fails; what ends later is started again. */
export async function keepProcess(options: KeepOptions): Promise<KeptProcess> {
  const { onDeath } = options;
  const over = new AbortController();
  const start = (): ServingProcess => startServing({ ...options, serve: options.serve() });
  let current: ServingProcess | null = null;

  async function keep(first: ServingProcess): Promise<void> {
    let pauseMs = firstPauseMs;
    for (let serving = first; ; serving = start()) {
      current = serving;
      serving.listening.catch(() => undefined);
      const startedMs = performance.now();
      const how = await serving.ended;
      current = null;
      if (over.signal.aborted) return;
      if (performance.now() - startedMs >= soundMs) pauseMs = firstPauseMs;
      onDeath(`ended with ${how}: its sessions are cut; it is started again in ${pauseMs} ms`);
      await delay(pauseMs, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  const first = start();
  try {
    await first.listening;
  } catch (error) {
    await first.ended;
    throw error;
  }
  const keeping = keep(first);

  return {
    cancel: async (key) => (await current?.cancel(key)) ?? null,
    async prepare(listeners) {
      const asked = current;
      const prepared = (await asked?.prepare(listeners)) ?? null;
      return async () => {
        // One that was started meanwhile may go by what was in force before: started once more, it does not.
        if (current !== asked) current?.kill();
        else if (prepared !== null) await asked?.take(prepared);
      };
    },
    async drain(deadlineMs) {
      over.abort();
      const draining = current;
      if (draining !== null && !(await draining.drain(deadlineMs))) {
        onDeath("did not drain in time, and is ended");
        draining.kill();
      }
      await keeping;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      current?.disconnect();
      await keeping;
    },
  };
}
