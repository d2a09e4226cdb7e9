import { isOutcomeUnknown } from "../../audit/chain-errors.ts";
import { InterruptedError, OpsError } from "../../errors.ts";
import { connect } from "../../postgres/connect.ts";
import type { ConnectionSettings } from "../../postgres/connection-settings.ts";
import type { Session } from "../../postgres/session.ts";

/** A place for one session, which is replaced when it is lost. */
export interface SessionSlot extends AsyncDisposable {
  /**
   * Runs the work with the session, opening one where there is none. A session that was lost, or that did not answer within the
   * time, is given up. Throws what the work throws, and `OpsError` when no session can be had or no answer came.
   */
  use<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** How many are using it now. */
  load(): number;
}

export interface SlotOptions {
  readonly settings: ConnectionSettings;
  readonly name: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Longer than the server's own statement_timeout: it is for a server that says nothing. */
  readonly answerMs?: number;
  readonly signal: AbortSignal;
}

/** For each host: an outage is told of within seconds. */
const connectSeconds = 3;
export const answerMs = 8000;

/** What every session of the ledger begins with, whatever the role or the database has set. */
export const ledgerParameters: Readonly<Record<string, string>> = {
  search_path: "pg_catalog",
  synchronous_commit: "on",
  default_transaction_isolation: "read committed",
  default_transaction_read_only: "off",
  statement_timeout: "5s",
  lock_timeout: "5s",
  idle_in_transaction_session_timeout: "10s",
  TimeZone: "UTC",
  DateStyle: "ISO, YMD",
};

interface Open {
  readonly session: Session;
  end(): void;
}

export function createSessionSlot(options: SlotOptions): SessionSlot {
  const { settings } = options;
  let current: Promise<Open> | null = null;
  let users = 0;
  const ending = new Set<Promise<unknown>>();
  let isClosed = false;

  async function open(): Promise<Open> {
    const life = new AbortController();
    const session = await connect(
      { ...settings, connectTimeoutSeconds: settings.connectTimeoutSeconds ?? connectSeconds },
      {
        applicationName: options.name,
        prepare: true,
        parameters: { ...ledgerParameters, ...options.parameters },
        signal: AbortSignal.any([options.signal, life.signal]),
      },
    );
    return {
      session,
      end() {
        life.abort();
        const end = Promise.allSettled([session[Symbol.asyncDispose]()]);
        ending.add(end);
        void end.then(() => ending.delete(end));
      },
    };
  }

  async function give(): Promise<Open> {
    if (isClosed) throw new InterruptedError();
    const opening = (current ??= open());
    try {
      return await opening;
    } catch (error) {
      if (current === opening) current = null;
      throw error;
    }
  }

  return {
    load: () => users,
    async use(work) {
      users += 1;
      const opened = give();
      try {
        const { session } = await opened;
        return await within(options.answerMs ?? answerMs, work(session));
      } catch (error) {
        if (isLost(error)) await giveUp(opened);
        throw error;
      } finally {
        users -= 1;
      }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      const last = current;
      current = null;
      const opened = await last?.catch(() => undefined);
      await opened?.session[Symbol.asyncDispose]();
      await Promise.allSettled(ending);
    },
  };

  async function giveUp(opened: Promise<Open>): Promise<void> {
    const lost = await opened.catch(() => undefined);
    if (lost === undefined) return;
    if ((await current?.catch(() => undefined)) === lost) current = null;
    lost.end();
  }
}

/** Whether the session that failed so is of no more use: its connection is gone, or what it is doing is not known. */
export function isLost(error: unknown): boolean {
  return isOutcomeUnknown(error);
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unanswered(ms)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // Late or not, what it ends with is somebody's.
    work.catch(() => undefined);
  }
}

function unanswered(ms: number): OpsError {
  return new OpsError(
    "timeout",
    `the ledger's server did not answer within ${ms / 1000} s`,
    "check the server and the network; what was asked goes on as soon as it answers",
  );
}
