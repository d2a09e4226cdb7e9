import type { Answered, Sent } from "../../../wire/postgres/tallies.ts";

/**
 * Cycles of a session: each Query, FunctionCall and Sync is answered by one ReadyForQuery, and so is the start-up, which is cycle 0. But what
 * a client pipelines behind a COPY FROM STDIN: while data are read, the server ignores Sync (PostgreSQL documentation, "COPY Operations").
 */
export interface Cycles {
  /** The cycle of the message that the client sends next. */
  sending(): number;
  /** The cycle that the server answers now. */
  answering(): number;
  /** The client sent CopyDone or CopyFail. */
  copyEnded(): void;
  /** The server wants data. */
  copyBegan(): void;
  /** The server is ready again. */
  ready(): void;
  /** Whether the server waits for data that the client has not ended. */
  isCopying(): boolean;
  /** Resolves once the server has answered all cycles that are complete. */
  quiet(): Promise<void>;
}

export function createCycles(sent: Readonly<Sent>, answered: Readonly<Answered>): Cycles {
  let swallowed = 0;
  let bindsAtReady = 0;
  /** The client's cycle at each end of data that no CopyInResponse was seen for yet. */
  let ends: number[] = [];
  /** The cycle that data are read in, and whether a Query began it. */
  let copying: { readonly isQuery: boolean } | null = null;
  let waiting: (() => void)[] = [];

  const sending = (): number => 1 + sent.cycles - swallowed;
  const answering = (): number => answered.ready;

  function swallow(end: number, isQuery: boolean): void {
    swallowed += Math.max(0, end - answering() - (isQuery ? 1 : 0));
    wake();
  }
  function wake(): void {
    if (waiting.length === 0 || answering() < sending()) return;
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  }

  return {
    sending,
    answering,
    copyEnded() {
      if (copying === null) ends.push(sending());
      else swallow(sending(), copying.isQuery);
      copying = null;
    },
    copyBegan() {
      const isQuery = answered.binds === bindsAtReady;
      const end = ends.shift();
      if (end === undefined) copying = { isQuery };
      else swallow(end, isQuery);
    },
    ready() {
      bindsAtReady = answered.binds;
      copying = null;
      if (ends.length > 0) ends = ends.filter((end) => end > answering());
      wake();
    },
    isCopying: () => copying !== null,
    async quiet() {
      if (answering() >= sending()) return;
      await new Promise<void>((resolve) => void waiting.push(resolve));
    },
  };
}
