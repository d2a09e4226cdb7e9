import { OpsError } from "../errors.ts";
import { explainServerError, serverErrorOf } from "../postgres/explain-error.ts";
import { qualifiedName } from "../postgres/identifiers.ts";
import type { Session } from "../postgres/session.ts";
import { interruptible, throwIfInterrupted } from "../run/interrupt.ts";
import { explainAppendError, isRefusal, linkNow } from "./append-events.ts";
import { isOutcomeUnknown } from "./chain-errors.ts";

/** One event of a batch: a JSON object whose keys are the names of a writer's columns, and the line that it came from. */
export interface BatchEvent {
  readonly line: number;
  /** Kept as it is: the server reads it, so that no number passes through JavaScript. */
  readonly json: string;
}

export interface AppendedBatch {
  readonly appended: number;
  /** Events whose id was there already. */
  readonly skipped: number;
  /** Of those appended, which stand side by side; null where there are none, or where the role may not read the head. */
  readonly firstSeq: bigint | null;
  readonly lastSeq: bigint | null;
  /** The head, hex: the hash of the last one. */
  readonly rowHash: string | null;
}

export interface BatchOptions {
  /** What happens to an event whose id is in the chain: the whole batch is refused, or the event is passed over. */
  readonly onConflict: "refuse" | "skip";
  readonly signal: AbortSignal;
  /** Told when the commit is sent: who ends the session from then on does not know what became of the events. */
  readonly onCommit: () => void;
  /** Told how many events have reached the server. */
  readonly onProgress: (events: number) => void;
}

/** How much goes to the server at once. */
const mostEvents = 500;
const mostCharacters = 256 * 1024;

/**
 * Appends events in one transaction, which is committed when this returns: all of them, or none. Memory stays at one
 * statement's events, whatever their number. Throws `bad-input` with the line for what the chain refuses, what `events`
 * throws, `InterruptedError` at the signal, and other `OpsError`s.
 */
export async function appendBatch(
  session: Session,
  place: { readonly schema: string },
  events: AsyncIterable<BatchEvent>,
  options: BatchOptions,
): Promise<AppendedBatch> {
  const table = qualifiedName(place.schema, "audit_events");
  const head = qualifiedName(place.schema, "audit_chain_head");
  const statement = insertStatement(table, options.onConflict);
  await session.sql.unsafe("begin isolation level read committed");
  try {
    let given = 0;
    let appended = 0;
    for await (const chunk of inChunks(events, options.signal)) {
      throwIfInterrupted(options.signal);
      appended += await insertChunk(session, statement, chunk, table);
      given += chunk.length;
      options.onProgress(given);
    }
    await explained(table, interruptible(linkNow(session), options.signal));
    const newest = appended === 0 ? null : await readHead(session, head);
    throwIfInterrupted(options.signal);
    options.onCommit();
    await commit(session, table);
    return {
      appended,
      skipped: given - appended,
      firstSeq: newest === null ? null : newest.seq - BigInt(appended) + 1n,
      lastSeq: newest?.seq ?? null,
      rowHash: newest?.rowHash ?? null,
    };
  } catch (error) {
    // While a statement is under way a rollback would wait for it; the session ends with its owner, and nothing is kept.
    if (!options.signal.aborted) await session.sql.unsafe("rollback").catch(() => undefined);
    throw error;
  }
}

async function explained(table: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw serverErrorOf(error) === undefined ? error : explainAppendError(error, table);
  }
}

/** An answer that did not come leaves open whether the batch is in the chain. */
async function commit(session: Session, table: string): Promise<void> {
  try {
    await session.sql.unsafe("commit");
  } catch (error) {
    const failure = explainAppendError(error, table);
    if (!isOutcomeUnknown(error)) throw failure;
    throw new OpsError(
      "connection-lost",
      "the connection was lost at the commit: whether the batch was appended is not known",
      "append it again with --on-conflict skip, which passes over the events that are there",
      { cause: error, isOutcomeUnknown: true },
    );
  }
}

function insertStatement(table: string, onConflict: BatchOptions["onConflict"]): string {
  const text = (column: string): string => `e OPERATOR(pg_catalog.->>) '${column}'`;
  return `insert into ${table} (id, actor, actor_type, action, resource_type, resource_id, details, "timestamp", event_category)
    select ${["id", "actor", "actor_type", "action", "resource_type", "resource_id"].map(text).join(", ")},
           (e OPERATOR(pg_catalog.->) 'details')::pg_catalog.text::pg_catalog.jsonb,
           coalesce((${text("timestamp")})::pg_catalog.timestamptz, pg_catalog.clock_timestamp()), ${text("event_category")}
      from pg_catalog.json_array_elements($1::pg_catalog.text::pg_catalog.json) with ordinality as given (e, place)
     order by place${onConflict === "skip" ? " on conflict do nothing" : ""}`;
}

/** How many went in. What is refused is looked for line by line, so that the error names it. */
async function insertChunk(
  session: Session,
  statement: string,
  chunk: readonly BatchEvent[],
  table: string,
): Promise<number> {
  const insert = async (events: readonly BatchEvent[]): Promise<number> =>
    (
      await session.sql.unsafe(statement, [`[${events.map((each) => each.json).join(",")}]`], {
        prepare: true,
      })
    ).count;
  try {
    await session.sql.unsafe("savepoint batch");
    const count = await insert(chunk);
    await session.sql.unsafe("release batch");
    return count;
  } catch (error) {
    if (!isRefusal(error)) throw explainAppendError(error, table);
    await session.sql.unsafe("rollback to batch");
    for (const event of chunk) {
      try {
        await insert([event]);
      } catch (refusal) {
        throw refusedLine(refusal, event.line, table);
      }
    }
    throw explainAppendError(error, table);
  }
}

function refusedLine(error: unknown, line: number, table: string): OpsError {
  const server = serverErrorOf(error);
  if (server === undefined || !isRefusal(error)) return explainAppendError(error, table);
  const isThere = server.sqlstate === "23505";
  return new OpsError(
    "bad-input",
    `line ${line}: the event is refused: ${server.message}`,
    isThere
      ? "nothing was appended; --on-conflict skip passes over events whose id is there"
      : "nothing was appended; correct the line and append the batch again",
    { cause: error },
  );
}

async function* inChunks(
  events: AsyncIterable<BatchEvent>,
  signal: AbortSignal,
): AsyncGenerator<readonly BatchEvent[]> {
  let chunk: BatchEvent[] = [];
  let characters = 0;
  const each = events[Symbol.asyncIterator]();
  for (;;) {
    // Whoever writes the batch may never end it.
    const { done, value: event } = await interruptible(each.next(), signal);
    if (done === true) break;
    chunk.push(event);
    characters += event.json.length;
    if (chunk.length < mostEvents && characters < mostCharacters) continue;
    yield chunk;
    chunk = [];
    characters = 0;
  }
  if (chunk.length > 0) yield chunk;
}

/** An appender may not read the head: then null. The transaction holds it, so it is its own last event. */
async function readHead(
  session: Session,
  head: string,
): Promise<{ readonly seq: bigint; readonly rowHash: string } | null> {
  try {
    const [may] = await session.sql.unsafe<{ may: boolean }[]>(
      "select pg_catalog.has_table_privilege($1::pg_catalog.text, 'SELECT') as may",
      [head],
    );
    if (may?.may !== true) return null;
    const [row] = await session.sql.unsafe<{ seq: string; row_hash: string }[]>(
      `select seq::pg_catalog.text as seq, row_hash from ${head} where id operator(pg_catalog.=) 1`,
    );
    return row === undefined ? null : { seq: BigInt(row.seq), rowHash: row.row_hash };
  } catch (error) {
    throw explainServerError(error, `reading ${head}`);
  }
}
