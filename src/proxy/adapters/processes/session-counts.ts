/** Sessions of one listener: all of them, and those of one address. */
export interface SessionCount {
  readonly listener: string;
  readonly host: string;
  readonly all: number;
  readonly ofHost: number;
}

/** How many sessions of a listener other processes have: what they told last, which may be some milliseconds ago. */
export interface SessionsElsewhere {
  all(): number;
  of(host: string): number;
}

/** The counts of several processes, each told as a whole number: what is told again counts once. */
export interface SessionBook {
  set(process: number, count: SessionCount): void;
  /** It is gone, and its sessions with it. */
  forget(process: number): void;
  /** Of all processes but this one. */
  elsewhere(process: number, listener: string): SessionsElsewhere;
  total(listener: string): number;
  /** For a process that is new: all that is not zero elsewhere. */
  known(process: number): readonly SessionCount[];
}

interface OfListener {
  readonly all: Map<number, number>;
  readonly hosts: Map<string, Map<number, number>>;
}

/** `changed` is told what a process has changed for the others. */
export function createSessionBook(
  changed: (process: number, listener: string, host: string) => void,
): SessionBook {
  const listeners = new Map<string, OfListener>();

  return {
    set(process, { listener, host, all, ofHost }) {
      let of = listeners.get(listener);
      if (of === undefined) listeners.set(listener, (of = { all: new Map(), hosts: new Map() }));
      put(of.all, process, all);
      let hosts = of.hosts.get(host);
      if (hosts === undefined) of.hosts.set(host, (hosts = new Map()));
      put(hosts, process, ofHost);
      if (hosts.size === 0) of.hosts.delete(host);
      changed(process, listener, host);
    },
    forget(process) {
      for (const [listener, { all, hosts }] of listeners) {
        all.delete(process);
        for (const [host, counts] of hosts) {
          if (!counts.delete(process)) continue;
          if (counts.size === 0) hosts.delete(host);
          changed(process, listener, host);
        }
      }
    },
    elsewhere: (process, listener) => ({
      all: () => sum(listeners.get(listener)?.all, process),
      of: (host) => sum(listeners.get(listener)?.hosts.get(host), process),
    }),
    total: (listener) => sum(listeners.get(listener)?.all, null),
    known: (process) =>
      Array.from(listeners, ([listener, { all, hosts }]) =>
        Array.from(hosts, ([host, counts]) => ({
          listener,
          host,
          all: sum(all, process),
          ofHost: sum(counts, process),
        })),
      ).flat(),
  };
}

function put(counts: Map<number, number>, process: number, count: number): void {
  if (count === 0) counts.delete(process);
  else counts.set(process, count);
}

function sum(counts: ReadonlyMap<number, number> | undefined, but: number | null): number {
  let total = 0;
  for (const [process, count] of counts ?? []) if (process !== but) total += count;
  return total;
}
