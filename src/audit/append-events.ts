import { randomUUID } from "node:crypto";
import { OpsError } from "../errors.ts";
import { explainServerError, serverErrorOf } from "../postgres/explain-error.ts";
import { qualifiedName } from "../postgres/identifiers.ts";
import type { Session } from "../postgres/session.ts";
import { explainChainError, isOutcomeUnknown, isPassing } from "./chain-errors.ts";

/** One event as its writer gives it. */
export interface NewEvent {
  /** A random UUID when left out. */
  readonly id?: string;
  readonly actor: string;
  readonly actorType: string;
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string;
  /** JSON text: kept to the digit, as no JavaScript number would. */
  readonly details?: string;
  /** When it happened, as PostgreSQL reads a timestamptz; the time of the insert when left out. */
  readonly timestamp?: string;
  readonly category?: string;
}

type NamedEvent = NewEvent & { readonly id: string };

/** An event that is in the chain. seq and row_hash (hex) are null where the role may not read them. */
export interface AppendedEvent {
  readonly id: string;
  readonly seq: string | null;
  readonly rowHash: string | null;
}

const attempts = 5;

/**
 * Appends events in one transaction, which is committed when this returns: all of them, or none. Serialization failures
 * and deadlocks are tried again. Throws `bad-input` for what the chain refuses, and other `OpsError`s. `onCommit` is told when
 * the commit is sent: who ends the session from then on does not know what became of the events.
 */
export async function appendEvents(
  session: Session,
  place: { readonly schema: string },
  events: readonly NewEvent[],
  onCommit: () => void,
): Promise<readonly AppendedEvent[]> {
  const named = events.map((event) => ({ ...event, id: event.id ?? randomUUID() }));
  const table = qualifiedName(place.schema, "audit_events");
  for (let attempt = 1; ; attempt += 1) {
    try {
      await insertAll(session, table, named, onCommit);
      break;
    } catch (error) {
      if (attempt < attempts && isPassing(error)) continue;
      throw explainAppendError(error, table);
    }
  }
  return readAppended(
    session,
    table,
    named.map((event) => event.id),
  );
}

/**
 * Links the transaction's events before its commit: what the chain has against them is told then, the head is theirs, and the
 * commit waits for no other writer. The second statement moves the head, which linking many puts off.
 */
export async function linkNow(session: Session): Promise<void> {
  for (let part = 0; part < 2; part += 1) await session.sql.unsafe("set constraints all immediate");
}

/** Links wait for one another: in READ COMMITTED, whatever the database's default is. */
async function insertAll(
  session: Session,
  table: string,
  events: readonly NamedEvent[],
  onCommit: () => void,
): Promise<void> {
  await session.sql.unsafe("begin isolation level read committed");
  try {
    for (const event of events) await session.sql.unsafe(...insertStatement(table, event));
    await linkNow(session);
  } catch (error) {
    await session.sql.unsafe("rollback").catch(() => undefined);
    throw error;
  }
  onCommit();
  try {
    await session.sql.unsafe("commit");
  } catch (error) {
    const explained = explainAppendError(error, table);
    if (!isOutcomeUnknown(error)) throw isPassing(error) ? error : explained;
    throw new OpsError(
      "connection-lost",
      "the connection was lost at the commit: whether the event was appended is not known",
      `append it again with --id=${events[0]?.id}: it is refused if it is there`,
      { cause: error, isOutcomeUnknown: true },
    );
  }
}

function insertStatement(table: string, event: NewEvent): [string, string[]] {
  const given = [
    ["id", event.id],
    ["actor", event.actor],
    ["actor_type", event.actorType],
    ["action", event.action],
    ["resource_type", event.resourceType],
    ["resource_id", event.resourceId],
    ["details", event.details],
    ['"timestamp"', event.timestamp],
    ["event_category", event.category],
  ].flatMap(([column, value]) => (column === undefined || value === undefined ? [] : [{ column, value }]));
  const values = given.map(({ column }, index) =>
    column === "details"
      ? `$${index + 1}::pg_catalog.text::pg_catalog.jsonb`
      : column === '"timestamp"'
        ? `$${index + 1}::pg_catalog.text::pg_catalog.timestamptz`
        : `$${index + 1}::pg_catalog.text`,
  );
  return [
    `insert into ${table} (${given.map((each) => each.column).join(", ")}) values (${values.join(", ")})`,
    given.map((each) => each.value),
  ];
}

async function readAppended(
  session: Session,
  table: string,
  ids: readonly string[],
): Promise<readonly AppendedEvent[]> {
  try {
    const rows = await session.sql.unsafe<{ id: string; seq: string; hash: string }[]>(
      `select id, seq::pg_catalog.text as seq, pg_catalog.encode(row_hash, 'hex') as hash from ${table}
        where id operator(pg_catalog.=) any (array(select pg_catalog.json_array_elements_text($1::pg_catalog.text::pg_catalog.json)))`,
      [JSON.stringify(ids)],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => ({ id, seq: byId.get(id)?.seq ?? null, rowHash: byId.get(id)?.hash ?? null }));
  } catch (error) {
    // Only a bug is thrown on: the events are committed. An appender has no SELECT, or the connection was lost by now.
    explainServerError(error, `reading what was appended to ${table}`);
    return ids.map((id) => ({ id, seq: null, rowHash: null }));
  }
}

/** What the chain's own rules refuse is the input's fault: class 22 (data), 23 (constraints), 54 (limits), CU002 (reserved), CU005 (no redaction). */
export function isRefusal(error: unknown): boolean {
  return /^(22|23|54|CU002|CU005)/.test(serverErrorOf(error)?.sqlstate ?? "");
}

/** What an append failed of, for a user: `bad-input` for a refusal, `chain-broken`, `timeout`, or what the server says. */
export function explainAppendError(error: unknown, table: string): OpsError {
  const server = serverErrorOf(error);
  if (server === undefined) return explainServerError(error, `appending to ${table}`);
  if (isRefusal(error)) {
    const hint =
      server.sqlstate === "23505"
        ? "nothing was appended; an event with this id is there: if it is this one, nothing is left to do"
        : "nothing was appended; correct it and append again";
    return new OpsError("bad-input", `the event is refused: ${server.message}`, hint, { cause: error });
  }
  const explained = explainChainError(error, `appending to ${table}`);
  if (server.sqlstate !== "42501") return explained;
  return new OpsError(
    "permission-denied",
    explained.message,
    "nothing was appended; the chain's owner lets a role append: custody chain init --appender ROLE",
    { cause: error },
  );
}
