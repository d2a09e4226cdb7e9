import { explainAppendError } from "../../audit/append-events.ts";
import { InterruptedError, OpsError } from "../../errors.ts";
import type { Session } from "../../postgres/session.ts";
import { commitBatch, findWritten } from "./commit-batch.ts";
import type { Item, Row, Written } from "./commit-batch.ts";
import type { SessionSlot } from "./session-slot.ts";
import type { Tables } from "./tables.ts";

/** Commits what arrives while a commit is under way together, with the next one: a disk that is waited for is waited for once. */
export interface GroupCommit extends AsyncDisposable {
  /**
   * Committed when this resolves, with the rows that the item's statement gave, or, after an answer that was lost, those of its proof.
   * Throws `OpsError` where nothing was committed; `isOutcomeUnknown` where that could not be found out.
   */
  commit(item: Item): Promise<{ readonly rows: readonly Row[]; readonly isFound: boolean }>;
}

interface Waiting {
  readonly item: Item;
  readonly isRetry: boolean;
  resolve(result: { readonly rows: readonly Row[]; readonly isFound: boolean }): void;
  reject(error: unknown): void;
}

const mostItems = 64;
const mostBytes = 1 << 20;

export function createGroupCommit(slot: SessionSlot, tables: Tables): GroupCommit {
  const queue: Waiting[] = [];
  let working: Promise<void> | null = null;
  let isClosed = false;

  async function work(): Promise<void> {
    while (queue.length > 0) await send(take(queue));
    working = null;
  }

  async function send(batch: readonly Waiting[]): Promise<void> {
    const sent: { backend: Backend | null } = { backend: null };
    let written: Written;
    try {
      written = await slot.use(async (session) => {
        sent.backend = await backendOf(session);
        const result = await commitBatch(
          session,
          tables,
          batch.map((each) => each.item),
        );
        // The slot replaces the session that lost its connection.
        if (result.kind === "lost") throw new LostCommit(result.error);
        return result;
      });
    } catch (error) {
      if (sent.backend !== null)
        return lookUp(batch, sent.backend, error instanceof LostCommit ? error.cause : error);
      // Nothing was sent. A session may have been lost while it was idle; a server that cannot be reached is not asked again.
      const isOver = error instanceof OpsError || error instanceof InterruptedError;
      return isOver ? rejectAll(batch, error) : again(batch, error);
    }
    if (written.kind === "committed") {
      for (const [index, each] of batch.entries())
        each.resolve({ rows: written.rows[index] ?? [], isFound: false });
    } else if (written.kind === "failed") await fail(batch, written);
  }

  /** One that cannot be written fails none of the others. */
  async function fail(
    batch: readonly Waiting[],
    failed: Extract<Written, { kind: "failed" }>,
  ): Promise<void> {
    if (batch.length > 1 && (failed.isOfOne || failed.mayPass)) {
      for (const each of batch) await send([each]);
    } else if (failed.mayPass) again(batch, failed.error);
    else rejectAll(batch, failed.error);
  }

  /** Tried once more, where it is known that nothing was written. */
  function again(batch: readonly Waiting[], error: unknown): void {
    const first = batch.filter((each) => !each.isRetry);
    rejectAll(
      batch.filter((each) => each.isRetry),
      error,
    );
    queue.unshift(...first.map((each) => ({ ...each, isRetry: true })));
  }

  async function lookUp(batch: readonly Waiting[], backend: Backend, error: unknown): Promise<void> {
    const absent: Waiting[] = [];
    try {
      await slot.use(async (session) => {
        await endBackend(session, backend);
        for (const each of batch) {
          const rows = await findWritten(session, each.item);
          if (rows === null) absent.push(each);
          else each.resolve({ rows, isFound: true });
        }
      });
    } catch (cause) {
      for (const each of batch) each.reject(unknownOutcome(error, cause));
      return;
    }
    again(absent, error);
  }

  function rejectAll(batch: readonly Waiting[], error: unknown): void {
    for (const each of batch) {
      try {
        each.reject(error instanceof InterruptedError ? error : explainAppendError(error, "the ledger"));
      } catch (bug) {
        each.reject(bug);
      }
    }
  }

  return {
    async commit(item) {
      if (isClosed) throw new InterruptedError();
      return await new Promise((resolve, reject) => {
        queue.push({ item, isRetry: false, resolve, reject });
        working ??= work();
      });
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await working;
    },
  };
}

class LostCommit extends Error {
  constructor(cause: unknown) {
    super("the answer to a commit was lost", { cause });
  }
}

function take(queue: Waiting[]): readonly Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const { item } of queue) {
    bytes += item.input.length;
    if (count === mostItems || (count > 0 && bytes > mostBytes)) break;
    count += 1;
  }
  return queue
    .splice(0, count)
    .toSorted((left, right) =>
      left.item.order < right.item.order ? -1 : left.item.order > right.item.order ? 1 : 0,
    );
}

/** Which process of the server works for a session, and since when: its number alone may be another's by now. */
interface Backend {
  readonly pid: number;
  readonly since: string;
}

const backends = new WeakMap<Session, Backend>();

async function backendOf(session: Session): Promise<Backend> {
  const known = backends.get(session);
  if (known !== undefined) return known;
  const [row] = await session.sql<Backend[]>`
    select a.pid, a.backend_start::pg_catalog.text as since from pg_catalog.pg_stat_activity a
     where a.pid = pg_catalog.pg_backend_pid()`;
  if (row === undefined) throw new Error("a session of the ledger is not in pg_stat_activity");
  backends.set(session, row);
  return row;
}

/** Bytes may still be on their way: only what can commit no more can be looked up. Throws where it does not end. */
async function endBackend(session: Session, backend: Backend): Promise<void> {
  const [row] = await session.sql<{ ended: boolean }[]>`
    select pg_catalog.pg_terminate_backend(a.pid, 3000) as ended from pg_catalog.pg_stat_activity a
     where a.pid = ${backend.pid} and a.backend_start::pg_catalog.text = ${backend.since}`;
  if (row?.ended === false) throw new Error("the session that lost its client goes on");
}

function unknownOutcome(error: unknown, cause: unknown): OpsError {
  const why = cause instanceof OpsError ? cause.message : "the ledger could not be asked";
  return new OpsError(
    "connection-lost",
    `the connection to the ledger was lost at a commit, and whether it was done is not known: ${why}`,
    "check the ledger's server; what was recorded shows when it can be read again",
    { cause: error, isOutcomeUnknown: true },
  );
}
