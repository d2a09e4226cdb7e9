import type { SessionCommand } from "./session-command.ts";
import type { Sighted } from "./sight.ts";

/** What a MULTI has queued so far, as the server will run it. */
export interface Transaction {
  /** How many commands, whatever they are. */
  queued: number;
  readonly sighted: Sighted[];
  /** Of each that destroys: its place, and what it is. */
  readonly places: Map<number, string>;
  /** Users that it logs in, so far: whoever is one by the time of EXEC runs what stands behind. */
  readonly users: Set<string>;
  /** Of each SELECT: its place, and the database. */
  readonly selects: Map<number, string>;
  /** Something that destroys stands behind a SELECT of another database; which of the two it meets only EXEC shows. */
  isElsewhere: boolean;
  /** Run once EXEC has: what is not so before. */
  readonly afterwards: (() => void)[];
  /** It holds a command after which replies cannot be counted. */
  isUncountable: boolean;
}

/** So many destructions one transaction may hold: a bound on what is remembered of it. */
export const mostSighted = 1000;

export function beginTransaction(): Transaction {
  return {
    queued: 0,
    sighted: [],
    places: new Map(),
    users: new Set(),
    selects: new Map(),
    isElsewhere: false,
    afterwards: [],
    isUncountable: false,
  };
}

const immediate: ReadonlySet<string> = new Set(["DISCARD", "EXEC", "MULTI", "QUIT", "RESET", "WATCH"]);

/** Whether the server queues it, where a transaction is open (processCommand in server.c). */
export function isQueued({ name }: SessionCommand): boolean {
  return !immediate.has(name);
}
