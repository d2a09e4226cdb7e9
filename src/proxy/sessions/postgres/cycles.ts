import type { Answered, Sent } from "../../../wire/postgres/tallies.ts";

/**
 * Cycles of a session: each Query, FunctionCall and Sync is answered by one ReadyForQuery, and so is the start-up, which is cycle 0. But while
 * the server reads the data of a COPY FROM STDIN it ignores Sync (PostgreSQL documentation, "COPY Operations"): libpq sends one behind the
 * Execute, before it knows that data are wanted. Any other Sync about data may be read before or after the COPY has failed, and nobody
 * can tell: then nothing is certain of the session any more.
 */
export interface Cycles {
  /** The cycle of the message that the client sends next. */
  sending(): number;
  /** The cycle that the server answers now. */
  answering(): number;
  /** The client sends CopyData right behind a Sync, CopyDone or CopyFail (`isEnd`); not counted yet. */
  copySent(isEnd: boolean): void;
  /** The server wants data. */
  copyBegan(): void;
  /** The server said no. `code`: its SQLSTATE. */
  failed(code: () => string): void;
  /** The server is ready again. */
  ready(): void;
  /** Whether the server waits for data that the client has not ended. */
  isCopying(): boolean;
  /** Resolves once the server has answered all cycles that are complete. */
  quiet(): Promise<void>;
}

/** What may end a COPY before the server has read what it was sent: a cancel or a time-out, and what is no message of a COPY's. */
const sudden: ReadonlySet<string> = new Set(["57014", "08P01"]);

export function createCycles(
  sent: Readonly<Sent>,
  answered: Readonly<Answered>,
  /** Which answer is to what is not known any more. */
  onLost: () => void,
): Cycles {
  let swallowed = 0;
  /** The cycle that Syncs were swallowed in last. */
  let swallowedIn = -1;
  /** While data are read: `sent.cycles` when the server asked for them. */
  let copyingSince: number | null = null;
  /** Ends of data that were sent before the server asked for these. */
  let ahead = 0;
  let waiting: (() => void)[] = [];

  const sending = (): number => 1 + sent.cycles - swallowed;
  const answering = (): number => answered.ready;
  const isIdle = (): boolean => answering() >= sending() && sent.extended === sent.before.extended;

  function wake(): void {
    if (waiting.length === 0 || answering() < sending()) return;
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  }

  return {
    sending,
    answering,
    copySent(isEnd) {
      if (copyingSince === null) {
        // Of a COPY that has failed: the server throws it away.
        if (isIdle()) return;
        if (sent.syncs > 0) onLost();
        if (isEnd) ahead += 1;
        return;
      }
      if (sent.syncs > 0) {
        if (sent.hasData || sent.cycles !== copyingSince) return onLost();
        swallowed += sent.syncs;
        swallowedIn = answering();
        wake();
      }
      if (isEnd) copyingSince = null;
    },
    copyBegan() {
      if (ahead > 0) ahead -= 1;
      else copyingSince = sent.cycles;
    },
    failed(code) {
      copyingSince = null;
      if (swallowedIn === answering() && sudden.has(code())) onLost();
    },
    ready() {
      copyingSince = null;
      if (answering() > sending()) onLost();
      if (isIdle()) ahead = 0;
      wake();
    },
    isCopying: () => copyingSince !== null,
    async quiet() {
      if (answering() >= sending()) return;
      await new Promise<void>((resolve) => void waiting.push(resolve));
    },
  };
}
