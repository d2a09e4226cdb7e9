import type { Answered, Sent } from "../../../wire/postgres/tallies.ts";

/** What may end a COPY before the server has read what it was sent: a cancel or a time-out, and what is no message of a COPY's. */
const sudden: ReadonlySet<string> = new Set(["57014", "08P01"]);

/**
 * Cycles of a session: each Query, FunctionCall and Sync is answered by one ReadyForQuery, and so is the start-up, which is cycle 0. But while
 * the server reads the data of a COPY FROM STDIN it ignores Sync (PostgreSQL documentation, "COPY Operations"): libpq sends one behind the
 * Execute, before it knows that data are wanted. Any other Sync about data may be read before or after the COPY has failed, and nobody
 * can tell: then nothing is certain of the session any more.
 */
export class Cycles {
  readonly #sent: Readonly<Sent>;
  readonly #answered: Readonly<Answered>;
  readonly #onLost: () => void;
  #swallowed = 0;
  /** The cycle that Syncs were swallowed in last. */
  #swallowedIn = -1;
  /** While data are read: `cycles` sent when the server asked for them; else -1. */
  #copyingSince = -1;
  /** Ends of data that were sent before the server asked for these. */
  #ahead = 0;
  #waiting: (() => void)[] | null = null;

  /** `onLost`: which answer is to what is not known any more. */
  constructor(sent: Readonly<Sent>, answered: Readonly<Answered>, onLost: () => void) {
    this.#sent = sent;
    this.#answered = answered;
    this.#onLost = onLost;
  }

  /** The cycle of the message that the client sends next. */
  sending(): number {
    return 1 + this.#sent.cycles - this.#swallowed;
  }

  /** The cycle that the server answers now. */
  answering(): number {
    return this.#answered.ready;
  }

  /** The client sends CopyData right behind a Sync, CopyDone or CopyFail (`isEnd`); not counted yet. */
  copySent(isEnd: boolean): void {
    const { syncs, hasData, cycles } = this.#sent;
    if (this.#copyingSince < 0) {
      // Of a COPY that has failed: the server throws it away.
      if (this.#isIdle()) return;
      if (syncs > 0) this.#onLost();
      if (isEnd) this.#ahead += 1;
      return;
    }
    if (syncs > 0) {
      if (hasData || cycles !== this.#copyingSince) return this.#onLost();
      this.#swallowed += syncs;
      this.#swallowedIn = this.answering();
      this.#wake();
    }
    if (isEnd) this.#copyingSince = -1;
  }

  /** The server wants data. */
  copyBegan(): void {
    if (this.#ahead > 0) this.#ahead -= 1;
    else this.#copyingSince = this.#sent.cycles;
  }

  /** The server said no. `code`: its SQLSTATE. */
  failed(code: () => string): void {
    this.#copyingSince = -1;
    if (this.#swallowedIn === this.answering() && sudden.has(code())) this.#onLost();
  }

  /** The server is ready again. */
  ready(): void {
    this.#copyingSince = -1;
    if (this.answering() > this.sending()) this.#onLost();
    if (this.#ahead > 0 && this.#isIdle()) this.#ahead = 0;
    this.#wake();
  }

  /** Whether the server waits for data that the client has not ended. */
  isCopying(): boolean {
    return this.#copyingSince >= 0;
  }

  /** Resolves once the server has answered all cycles that are complete. */
  async quiet(): Promise<void> {
    if (this.answering() >= this.sending()) return;
    await new Promise<void>((resolve) => void (this.#waiting ??= []).push(resolve));
  }

  #isIdle(): boolean {
    return this.answering() >= this.sending() && this.#sent.extended === this.#sent.extendedBefore;
  }

  #wake(): void {
    if (this.#waiting === null || this.answering() < this.sending()) return;
    const woken = this.#waiting;
    this.#waiting = null;
    for (const resolve of woken) resolve();
  }
}
