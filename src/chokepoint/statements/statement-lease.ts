import type { Ledger } from "../ports.ts";

/** A row that this instance keeps for a session of its own, whose epoch others may raise: people, by their approvals. */
export interface StatementLease extends Disposable {
  /** To be called with the epoch of every row that was read. */
  follow(epoch: number): void;
}

const retryMs = 1000;

/** Keeps it through an outage of the ledger: a lease that was lost is asked for again until another instance has taken the row. */
export function openStatementLease(
  ledger: Pick<Ledger, "keepAlive">,
  dropId: string,
  first: number,
): StatementLease {
  let epoch = first;
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let claim = keep();

  function keep(): Disposable {
    const kept = ledger.keepAlive(dropId, epoch);
    kept.lost.addEventListener("abort", again, { once: true });
    return kept;
  }

  function again(): void {
    if (isOver || timer !== null) return;
    timer = setTimeout(renew, retryMs);
    timer.unref();
  }

  function renew(): void {
    timer = null;
    if (isOver) return;
    const before = claim;
    claim = keep();
    before[Symbol.dispose]();
  }

  return {
    follow(current) {
      if (current === epoch || isOver) return;
      epoch = current;
      renew();
    },
    [Symbol.dispose]() {
      isOver = true;
      if (timer !== null) clearTimeout(timer);
      claim[Symbol.dispose]();
    },
  };
}
