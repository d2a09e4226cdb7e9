import type { SessionCommand } from "./session-command.ts";
import type { Sighted } from "./sight.ts";

/** What a MULTI has queued so far, as the server will run it. */
export interface Transaction {
  /** How many commands, whatever they are. */
  queued: number;
  readonly sighted: Sighted[];
  /** Of each that destroys: its place, and what it is. */
  readonly places: Map<number, string>;
  /** Run once EXEC has: what is not so before. */
  readonly afterwards: (() => void)[];
  /** It holds a command after which replies cannot be counted. */
  isUncountable: boolean;
}

/** So many destructions one transaction may hold: a bound on what is remembered of it. */
export const mostSighted = 1000;

export function beginTransaction(): Transaction {
  return { queued: 0, sighted: [], places: new Map(), afterwards: [], isUncountable: false };
}

const immediate: ReadonlySet<string> = new Set(["DISCARD", "EXEC", "MULTI", "QUIT", "RESET", "WATCH"]);

/** Whether the server queues it, where a transaction is open (processCommand in server.c). */
export function isQueued({ name }: SessionCommand): boolean {
  return !immediate.has(name);
}
