import { OpsError } from "../../errors.ts";
import type { Caller } from "../drop.ts";
import type { Ledger } from "../ports.ts";
import { createRefusalRate } from "./refusal-rate.ts";
import type { CountedRefusals, RefusalKey } from "./refusal-rate.ts";

/** Refusals of one sort: singly up to a rate, the rest once a minute by their count. */
export interface RefusalLog extends AsyncDisposable {
  /** Whether this one is to be recorded by its caller; otherwise it is counted here. */
  isSingle(key: RefusalKey): boolean;
  /** Appends what was counted in minutes that are over. Throws nothing: what the ledger does not take is counted on. */
  flush(all?: boolean): Promise<void>;
}

interface Options {
  readonly ledger: Pick<Ledger, "append">;
  /** `drop.refused` or `connection.refused`. */
  readonly action: string;
  readonly actor: Caller;
  readonly now: () => Date;
  /** Absent: 60. */
  readonly perMinute?: number;
}

const flushMs = 60_000;
/** Of what the ledger has not taken yet. */
const mostWaiting = 10_000;

/** Writes what was counted every minute until it is disposed of, and then what is left. */
export function openRefusalLog({ ledger, action, actor, now, perMinute = 60 }: Options): RefusalLog {
  const rate = createRefusalRate({ perMinute });
  const waiting: CountedRefusals[] = [];
  let writing: Promise<void> = Promise.resolve();

  async function write(all: boolean): Promise<void> {
    waiting.push(...rate.take(now(), all).slice(0, mostWaiting - waiting.length));
    while (waiting[0] !== undefined) {
      const { key, count, since } = waiting[0];
      try {
        await ledger.append({
          action,
          details: {
            count,
            since: since.toISOString(),
            until: now().toISOString(),
            listener: key?.listener ?? null,
            role: key?.role ?? null,
            peer: key?.address ?? null,
          },
          resourceType: "listener",
          resourceId: key?.listener ?? "*",
          actor,
        });
      } catch (error) {
        if (error instanceof OpsError && !error.isOutcomeUnknown) return;
        if (!(error instanceof OpsError)) throw error;
      }
      waiting.shift();
    }
  }

  const flush = (all = false): Promise<void> => (writing = writing.then(() => write(all)));
  const timer = setInterval(() => void flush(), flushMs);
  timer.unref();
  return {
    isSingle: (key) => rate.isSingle(key, now()),
    flush,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await flush(true);
    },
  };
}
