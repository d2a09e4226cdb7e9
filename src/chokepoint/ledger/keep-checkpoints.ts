import { setTimeout as delay } from "node:timers/promises";
import type { ChainMark } from "../../audit/verify-chain.ts";
import { InterruptedError, OpsError } from "../../errors.ts";
import { explainServerError } from "../../postgres/explain-error.ts";
import { qualifiedName } from "../../postgres/identifiers.ts";
import { createSessionSlot } from "./session-slot.ts";
import type { SessionSlot } from "./session-slot.ts";
import { signLedger } from "./sign-ledger.ts";
import { verifyLedger } from "./verify-ledger.ts";
import type { GuardedLedger, VerifiedLedger } from "./verify-ledger.ts";

/** What became known of the ledger's chain; log lines and metrics read it. */
export type GuardFact =
  | { readonly type: "ledger-verified"; readonly rows: number; readonly at: Date }
  /** It does not verify, or another stands in its place: nothing that it records can be relied on. */
  | { readonly type: "ledger-broken"; readonly error: OpsError; readonly at: Date }
  | {
      readonly type: "checkpoint-signed";
      readonly size: number;
      readonly rootHash: string;
      readonly witnessedBy: readonly string[];
      readonly at: Date;
    }
  /** Of a witness that refused or could not be reached. `witness-conflict` means that it has seen another history. */
  | { readonly type: "witness-refused"; readonly error: OpsError; readonly at: Date }
  /** It could not be read or signed now; it is tried again. */
  | { readonly type: "checkpoint-delayed"; readonly error: OpsError; readonly at: Date };

export interface KeepOptions {
  /** A checkpoint is signed when so much time has passed, and something was appended; left out: 10 minutes. */
  readonly everyMs?: number | undefined;
  /** Or when so many events were appended; left out: 1000. */
  readonly everyEvents?: number | undefined;
  /** How often everything is read again, from the first event on; left out: 6 hours. */
  readonly fullEveryMs?: number | undefined;
  readonly witnesses: readonly string[];
  readonly now: () => Date;
  /** Never throws, never waits. */
  readonly tell: (fact: GuardFact) => void;
}

const pollMs = 2000;
/** Of a ledger that cannot be read, or that another process signs. */
const pauseMs = 15_000;

/**
 * Signs checkpoints from now on, and verifies everything again and again. Goes on when something was found: each finding is told. What
 * is still unsigned is signed when it is disposed of, unless the ledger's signal has fired.
 */
export function keepCheckpoints(
  ledger: GuardedLedger,
  verified: VerifiedLedger,
  options: KeepOptions,
): AsyncDisposable {
  const { tell, now, everyMs = 600_000, everyEvents = 1000, fullEveryMs = 6 * 3_600_000 } = options;
  const over = new AbortController();
  const stop = AbortSignal.any([ledger.signal, over.signal]);
  const slot = createSessionSlot({ settings: ledger.settings, name: "ledger guard", signal: ledger.signal });
  let mark: ChainMark | null = verified.mark;
  let signedSize = verified.anchoredRows;
  let signedAt = performance.now();
  let readAt = performance.now();

  /** Tells what kept the work from being done; false then. */
  async function attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof InterruptedError || ledger.signal.aborted) return false;
      if (!(error instanceof OpsError)) throw error;
      // Another custody of this machine is at it.
      if (error.code === "state-in-use") return false;
      // What is known to be broken is not signed on from where it was whole.
      if (isBreak(error)) mark = null;
      tell({ type: isBreak(error) ? "ledger-broken" : "checkpoint-delayed", error, at: now() });
      return false;
    }
  }

  async function sign(): Promise<void> {
    const signed = await signLedger(ledger, { since: mark, witnesses: options.witnesses });
    signedAt = performance.now();
    if (signed === null) return;
    const { size, rootHash, witnessedBy } = signed;
    ({ mark } = signed);
    signedSize = size;
    tell({ type: "checkpoint-signed", size, rootHash, witnessedBy, at: now() });
    for (const error of signed.refusals) tell({ type: "witness-refused", error, at: now() });
  }

  async function readAll(): Promise<void> {
    const whole = await verifyLedger(ledger);
    readAt = performance.now();
    ({ mark } = whole);
    tell({ type: "ledger-verified", rows: whole.rows, at: now() });
  }

  async function round(): Promise<boolean> {
    if (performance.now() - readAt >= fullEveryMs && !(await attempt(readAll))) return false;
    const size = await readSize(slot, ledger.schema);
    const isDue = size - signedSize >= everyEvents || performance.now() - signedAt >= everyMs;
    return size === signedSize || !isDue || (await attempt(sign));
  }

  async function loop(): Promise<void> {
    while (!stop.aborted) {
      let isDone = false;
      await attempt(async () => {
        isDone = await round();
      });
      await delay(isDone ? Math.min(pollMs, everyMs) : Math.min(pauseMs, everyMs), undefined, {
        signal: stop,
      }).catch(() => undefined);
    }
  }

  const looping = loop();
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await looping;
      await slot[Symbol.asyncDispose]();
      if (!ledger.signal.aborted) await attempt(sign);
    },
  };
}

function isBreak({ code }: OpsError): boolean {
  return (
    code === "chain-broken" || code === "chain-changed" || code === "no-checkpoint" || code === "no-chain"
  );
}

/** What the head says: cheap, and believed by nobody who signs. */
async function readSize(slot: SessionSlot, schema: string): Promise<number> {
  try {
    const [head] = await slot.use((session) =>
      session.sql.unsafe<{ seq: string }[]>(
        `select h.seq::pg_catalog.text as seq from ${qualifiedName(schema, "audit_chain_head")} h where h.id = 1`,
      ),
    );
    return Number(head?.seq ?? 0);
  } catch (error) {
    throw explainServerError(error, "reading the head of the ledger");
  }
}
