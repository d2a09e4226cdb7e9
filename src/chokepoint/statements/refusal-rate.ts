/** Whose refusals are counted together. */
export interface RefusalKey {
  readonly listener: string;
  readonly role: string;
  /** The network address, without its port. */
  readonly address: string;
}

/** Refusals of one minute that were not recorded singly. */
export interface CountedRefusals {
  /** Null: of all that came after so many others that nobody keeps them apart. */
  readonly key: RefusalKey | null;
  readonly count: number;
  readonly since: Date;
}

export interface RefusalRate {
  /** Whether this one is recorded singly; otherwise it is counted. */
  isSingle(key: RefusalKey, now: Date): boolean;
  /** What was counted in minutes that are over, or in all of them; and forgets it. */
  take(now: Date, all?: boolean): readonly CountedRefusals[];
}

interface Window {
  readonly key: RefusalKey | null;
  readonly since: Date;
  seen: number;
  counted: number;
}

const minuteMs = 60_000;

/**
 * So that nobody can flood a ledger that nobody may delete from (formats.md section 6): of each listener, role and address so many a
 * minute are recorded singly, the rest as one event with its count. Of keys beyond `mostKeys` in one minute none is. Pure.
 */
export function createRefusalRate({ perMinute = 60, mostKeys = 4096 } = {}): RefusalRate {
  const windows = new Map<string, Window>();
  const others = "";

  function open(name: string, key: RefusalKey | null, now: Date): Window {
    const window = { key, since: now, seen: 0, counted: 0 };
    windows.set(name, window);
    return window;
  }

  /** Those that counted nothing are forgotten when they are over; those that did, when they are taken. */
  function prune(now: Date): void {
    for (const [name, { since, counted }] of windows)
      if (counted === 0 && isOver(since, now)) windows.delete(name);
  }

  return {
    isSingle(key, now) {
      const name = JSON.stringify([key.listener, key.role, key.address]);
      let window = windows.get(name);
      if (window !== undefined && window.counted === 0 && isOver(window.since, now)) window = undefined;
      if (window === undefined && windows.size >= mostKeys) prune(now);
      if (window === undefined && windows.size >= mostKeys && !windows.has(name)) {
        const rest = windows.get(others) ?? open(others, null, now);
        rest.counted += 1;
        return false;
      }
      window ??= open(name, key, now);
      window.seen += 1;
      if (window.seen <= perMinute) return true;
      window.counted += 1;
      return false;
    },
    take(now, all = false) {
      const taken: CountedRefusals[] = [];
      for (const [name, { key, since, counted }] of windows) {
        if (!all && !isOver(since, now)) continue;
        windows.delete(name);
        if (counted > 0) taken.push({ key, count: counted, since });
      }
      return taken;
    },
  };
}

function isOver(since: Date, now: Date): boolean {
  return now.getTime() - since.getTime() >= minuteMs;
}
