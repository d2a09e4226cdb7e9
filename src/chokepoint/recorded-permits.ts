declare const granted: unique symbol;

/**
 * The right to send bytes that fence or destroy: it exists only where a ledger's commit of the event that announces them was
 * answered. Backends ask for one, and only `recordPermit` makes one.
 */
export interface Permit {
  readonly [granted]: true;
  readonly dropId: string;
  /** The event that is committed: `drop.started`, `drop.undo_started`, `drop.purge_started`. */
  readonly event: string;
  readonly epoch: number;
}

const made = new WeakSet<object>();

/** For the one module that awaits the ledger's commit, `record-step.ts`; an import rule keeps it from all others. */
export function recordPermit(facts: Pick<Permit, "dropId" | "event" | "epoch">): Permit {
  const permit = Object.freeze({ ...facts });
  made.add(permit);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand is this very module's
  return permit as Permit;
}

export function isRecorded(permit: Permit): boolean {
  return made.has(permit);
}
