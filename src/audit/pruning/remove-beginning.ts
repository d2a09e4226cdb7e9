import { InterruptedError, OpsError } from "../../errors.ts";
import { serverErrorOf } from "../../postgres/explain-error.ts";
import type { Session } from "../../postgres/session.ts";
import { toHex } from "../../run/sha256.ts";
import { explainChainError, isPassing } from "../chain-errors.ts";
import { relationName } from "../find-chain.ts";
import type { ChainPlace } from "../find-chain.ts";
import type { ChainMark } from "../waypoints.ts";

/** A beginning of a chain that was verified and archived, as it is to be found again. */
export interface ArchivedBeginning {
  /** Where it is cut: size, row_hash of its last row, RFC 6962 frontier. */
  readonly cut: ChainMark;
  readonly chainId: string;
  /** Rows below it that are there to be removed, and how many of them are redacted. */
  readonly rows: number;
  readonly erased: number;
  /** SHA-256 of the archive's report, 32 bytes. */
  readonly archiveSha256: Uint8Array;
  /** Who is said to have done it; null: the session's user. */
  readonly actor: string | null;
}

/** What became of a removal. `unknown`: the connection was lost while it was being committed. */
export type Removal =
  | { readonly outcome: "removed"; readonly eventId: string }
  | { readonly outcome: "unknown"; readonly error: OpsError };

const attempts = 3;

/**
 * Removes the beginning and appends the event that says so, in one transaction. The head is locked first, so that nothing is
 * linked or redacted meanwhile, and what is there is compared with what was archived. Throws `chain-changed` when it is
 * not the same any more, `permission-denied`, `timeout` and others; then nothing was removed. Deadlocks are tried again.
 *
 * @param interruption ends it until the commit is sent, of which `onCommit` tells: from then on nobody would know what became of it
 */
export async function removeBeginning(
  session: Session,
  place: ChainPlace,
  beginning: ArchivedBeginning,
  { interruption, onCommit }: { readonly interruption: AbortSignal; readonly onCommit: () => void },
): Promise<Removal> {
  const what = `removing the first ${beginning.cut.size} rows of ${relationName(place, place.definition.table)}`;
  for (let attempt = 1; ; attempt += 1) {
    let eventId: string;
    try {
      eventId = await remove(session, place, beginning);
      if (interruption.aborted) throw new InterruptedError();
    } catch (error) {
      await session.sql.unsafe("rollback").catch(() => undefined);
      if (interruption.aborted) throw new InterruptedError();
      if (attempt < attempts && isPassing(error)) continue;
      throw explainRefusal(error, what);
    }
    onCommit();
    try {
      await session.sql.unsafe("commit");
      return { outcome: "removed", eventId };
    } catch (error) {
      const state = serverErrorOf(error)?.sqlstate;
      // A server that ends the session may have committed before it did; any other word of it means that it has not.
      if (state === undefined || state.startsWith("57"))
        return { outcome: "unknown", error: explainChainError(error, what) };
      if (attempt < attempts && isPassing(error)) continue;
      throw explainRefusal(error, what);
    }
  }
}

async function remove(session: Session, place: ChainPlace, beginning: ArchivedBeginning): Promise<string> {
  const { sql } = session;
  const { cut, archiveSha256, actor } = beginning;
  await sql.unsafe("begin isolation level read committed read write");
  await sql.unsafe(
    `set local search_path = pg_catalog, pg_temp; set local row_security = off; set local lock_timeout = '60s';
     set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local synchronous_commit = on`,
  );
  await requireSame(session, place, beginning);
  const frontier = JSON.stringify(cut.frontier.map(toHex));
  const [row] = await sql.unsafe<{ event: string }[]>(
    `select ${relationName(place, "audit_chain_prune")}($1::text::bigint,
       array(select decode(node, 'hex') from json_array_elements_text($2::text::json) with ordinality as nodes (node, place)
              order by place), decode($3::text, 'hex'), $4::text) as event`,
    [String(cut.size), frontier, toHex(archiveSha256), actor],
  );
  return row?.event ?? "";
}

/** With the head locked: the rows below the cut are those that were archived, none of them redacted since. */
async function requireSame(
  session: Session,
  place: ChainPlace,
  { cut, chainId, rows, erased }: ArchivedBeginning,
): Promise<void> {
  const { sql } = session;
  const head = relationName(place, "audit_chain_head");
  const events = relationName(place, place.definition.table);
  const [locked] = await sql.unsafe<{ chain: string }[]>(
    `select h.chain_id::text as chain from only ${head} h where h.id = 1 for update`,
  );
  const [seen] = await sql.unsafe<{ rows: string; erased: string; last: string | null }[]>(
    `select count(*)::text as rows, (count(*) filter (where e.details_salt is null))::text as erased,
            (select encode(l.row_hash, 'hex') from only ${events} l where l.seq = $1::text::bigint) as last
       from only ${events} e where e.seq <= $1::text::bigint`,
    [String(cut.size)],
  );
  if (locked?.chain !== chainId || seen?.last !== toHex(cut.rowHash) || Number(seen.rows) !== rows) {
    throw changed("its rows are not those that were archived");
  }
  if (Number(seen.erased) !== erased) throw changed("events that the archive holds in full were redacted");
}

function changed(what: string): OpsError {
  return new OpsError(
    "chain-changed",
    `the chain changed while its beginning was being archived: ${what}`,
    "nothing was removed, and the archive is gone: prune again",
  );
}

function explainRefusal(error: unknown, what: string): OpsError {
  if (error instanceof OpsError) return error;
  const server = serverErrorOf(error);
  if (server?.sqlstate !== "42501") return explainChainError(error, what);
  return new OpsError(
    "permission-denied",
    `${what}: ${server.message} (SQLSTATE 42501)`,
    "pruning is for the chain's owner: connect as that role, or as a member that inherits its rights",
    { cause: error },
  );
}
