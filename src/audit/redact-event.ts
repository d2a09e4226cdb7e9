import { OpsError } from "../errors.ts";
import { serverErrorOf } from "../postgres/explain-error.ts";
import { qualifiedName } from "../postgres/identifiers.ts";
import type { Session } from "../postgres/session.ts";
import { explainChainError, isPassing } from "./chain-errors.ts";

/** A row of the chain, as far as the role may read it. */
export interface ChainRow {
  readonly id: string;
  /** Null, as `rowHash` is, where the role may not read it. */
  readonly seq: string | null;
  /** Hex. */
  readonly rowHash: string | null;
}

export interface Redaction {
  /** Whose details were erased. */
  readonly row: ChainRow;
  /** The event `audit.redacted` that says so. */
  readonly event: ChainRow;
}

const attempts = 5;

/**
 * Erases the details of one event for good, and appends the event that says so, in one transaction, which is committed when
 * this returns. Serialization failures and deadlocks are tried again. Throws `bad-input` for an event that is not there or
 * cannot be redacted, `permission-denied`, and other `OpsError`s; then nothing was changed.
 *
 * @param redaction.actor who is said to have done it; null: the session's user
 */
export async function redactEvent(
  session: Session,
  place: { readonly schema: string },
  redaction: { readonly id: string; readonly reason: string; readonly actor: string | null },
): Promise<Redaction> {
  const { id, reason, actor } = redaction;
  const redact = qualifiedName(place.schema, "audit_events_redact");
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [row] = await session.sql.unsafe<{ event: string }[]>(
        `select ${redact}($1::pg_catalog.text, $2::pg_catalog.text, $3::pg_catalog.text) as event`,
        [id, reason, actor],
      );
      return await readBoth(session, place, id, row?.event ?? "");
    } catch (error) {
      if (attempt < attempts && isPassing(error)) continue;
      throw await explainRefusal(error, session, place, id);
    }
  }
}

async function readBoth(
  session: Session,
  { schema }: { readonly schema: string },
  id: string,
  eventId: string,
): Promise<Redaction> {
  const unknown = { row: { id, seq: null, rowHash: null }, event: { id: eventId, seq: null, rowHash: null } };
  try {
    const rows = await session.sql.unsafe<{ id: string; seq: string; hash: string }[]>(
      `select e.id, e.seq::pg_catalog.text as seq, pg_catalog.encode(e.row_hash, 'hex') as hash
         from ${qualifiedName(schema, "audit_events")} e where e.id operator(pg_catalog.=) any (array[$1::pg_catalog.text, $2::pg_catalog.text])`,
      [id, eventId],
    );
    const of = (wanted: string, otherwise: ChainRow): ChainRow => {
      const found = rows.find((each) => each.id === wanted);
      return found === undefined ? otherwise : { id: wanted, seq: found.seq, rowHash: found.hash };
    };
    return { row: of(id, unknown.row), event: of(eventId, unknown.event) };
  } catch {
    // It is committed. A role may redact and not read; whatever else is wrong now, what was done is to be told.
    return unknown;
  }
}

/** By SQLSTATE: no such event, one that cannot be redacted, what the function or the rules of a row refuse. */
async function explainRefusal(
  error: unknown,
  session: Session,
  place: { readonly schema: string },
  id: string,
): Promise<OpsError> {
  const server = serverErrorOf(error);
  const state = server?.sqlstate ?? "";
  if (state === "P0002") {
    return refused(
      `there is no event ${JSON.stringify(id)}`,
      "see whether its row was pruned: what is in an archive is erased there, not here",
      error,
    );
  }
  if (state === "CU001") return explainKept(error, session, place, id);
  if (/^(22|23)/.test(state)) {
    return refused(
      `the redaction is refused: ${server?.message}`,
      "nothing was erased; correct it and redact again",
      error,
    );
  }
  if (state === "42501" || state === "42883") {
    return new OpsError(
      "permission-denied",
      `redacting event ${JSON.stringify(id)}: ${server?.message} (SQLSTATE ${state})`,
      `use the chain's owner, or let it grant: GRANT EXECUTE ON FUNCTION ${qualifiedName(place.schema, "audit_events_redact")} TO <role>`,
      { cause: error },
    );
  }
  const explained = explainChainError(error, `redacting event ${JSON.stringify(id)}`);
  if (explained.code !== "connection-lost") return explained;
  return new OpsError(
    explained.code,
    `${explained.message}; nobody knows whether it was redacted`,
    "redact it again: an event that is redacted already is told, and nothing is done twice",
    { cause: error, isOutcomeUnknown: true },
  );
}

/** The chain's rules keep the event: because it was redacted before, or because of what it is. */
async function explainKept(
  error: unknown,
  session: Session,
  { schema }: { readonly schema: string },
  id: string,
): Promise<OpsError> {
  const row = await readState(session, schema, id);
  if (row?.erased === true) {
    return refused(
      `event ${JSON.stringify(id)} is redacted already`,
      "its details are gone; the event audit.redacted of it says when, by whom and why",
      error,
    );
  }
  if (row === null) {
    return refused(
      `event ${JSON.stringify(id)} cannot be redacted`,
      "it is redacted already, or one of audit.* and drop.*, which keep their details: this role may not read which",
      error,
    );
  }
  return refused(
    `event ${JSON.stringify(id)} (${row.action}) cannot be redacted`,
    "events audit.* and drop.* are what the trail stands on: they keep their details",
    error,
  );
}

/** Null where the role may not read it. */
async function readState(
  session: Session,
  schema: string,
  id: string,
): Promise<{ readonly action: string; readonly erased: boolean } | null> {
  try {
    const [row] = await session.sql.unsafe<{ action: string; erased: boolean }[]>(
      `select e.action, e.details_salt is null as erased from ${qualifiedName(schema, "audit_events")} e
        where e.id operator(pg_catalog.=) $1::pg_catalog.text`,
      [id],
    );
    return row ?? null;
  } catch {
    return null;
  }
}

function refused(message: string, hint: string, cause: unknown): OpsError {
  return new OpsError("bad-input", message, hint, { cause });
}
