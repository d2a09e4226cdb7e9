import { createHash } from "node:crypto";
import { OpsError } from "../errors.ts";
import { explainServerError, serverErrorOf } from "../postgres/explain-error.ts";
import type { Session } from "../postgres/connect.ts";
import { quoteIdentifier } from "../postgres/identifiers.ts";
import { relationName } from "./find-chain.ts";
import type { ChainPlace } from "./find-chain.ts";
import { levelsOf } from "./merkle/nodes.ts";
import { lockPlainTable } from "./secure-reading.ts";
import { fromHex } from "../run/sha256.ts";

/** The head as it stands in its table; every row that the table has, since more than one is a fault. */
export interface ChainHead {
  readonly key: string;
  readonly rowHash: string;
  readonly seq: number | null;
  readonly chainId: string | null;
}

/** What a pruned chain stands on. */
export interface Pruning {
  readonly size: number;
  readonly rowHash: Uint8Array;
  readonly frontier: readonly Uint8Array[];
  readonly eventId: string;
}

/** Null when the profile has no head; an empty list when its table is missing. */
export async function readHeads(session: Session, place: ChainPlace): Promise<readonly ChainHead[] | null> {
  const { head } = place.definition;
  if (head === undefined) return null;
  if (!(await tableExists(session, place, head.table))) return [];
  const columns = [head.key, head.row_hash, head.seq, head.chain_id].filter((each) => each !== undefined);
  await lockPlainTable(session, place, head.table, columns);
  const text = (column: string | undefined): string =>
    column === undefined ? "null" : `h.${quoteIdentifier(column)}::pg_catalog.text`;
  const rows = await session.sql.unsafe<
    { key: string; row_hash: string | null; seq: string | null; chain_id: string | null }[]
  >(
    `select ${text(head.key)} as key, ${text(head.row_hash)} as row_hash, ${text(head.seq)} as seq,
            ${text(head.chain_id)} as chain_id
       from only ${relationName(place, head.table)} h order by h.${quoteIdentifier(head.key)} limit 10`,
  );
  return rows.map((row) => ({
    key: row.key,
    rowHash: row.row_hash ?? "",
    seq: row.seq === null ? null : Number(row.seq),
    chainId: row.chain_id,
  }));
}

export interface PruningRead {
  readonly pruning: Pruning | null;
  readonly isReadable: boolean;
  /** Why the newest record is none that anything could stand on; null otherwise. */
  readonly fault: string | null;
}

/** Where prunings are recorded. */
export const prunedTable = "audit_chain_pruned";

const none: PruningRead = { pruning: null, isReadable: true, fault: null };

/**
 * The newest pruning; null without one. `isReadable` is false when the role may not read the table: then a chain that
 * does not begin with its first row cannot be judged.
 */
export async function readPruning(session: Session, place: ChainPlace): Promise<PruningRead> {
  if (place.definition.rules === undefined || !(await tableExists(session, place, prunedTable))) {
    return none;
  }
  const name = relationName(place, prunedTable);
  const [right] = await session.sql<{ may: boolean }[]>`
    select pg_catalog.has_table_privilege(${name}::pg_catalog.text, 'SELECT') as may`;
  if (right?.may !== true) return { ...none, isReadable: false };
  await lockPlainTable(session, place, prunedTable, ["size", "row_hash", "frontier", "event_id"]);
  const [row] = await session.sql.unsafe<
    { size: string; row_hash: string | null; frontier: string; event_id: string | null }[]
  >(
    `select p.size::text as size, encode(p.row_hash, 'hex') as row_hash, p.event_id,
            (select coalesce(json_agg(encode(node, 'hex') order by place), '[]')
               from unnest(p.frontier) with ordinality as nodes (node, place))::text as frontier
       from only ${name} p order by p.size desc limit 1`,
  );
  if (row === undefined) return none;
  const hashes: (string | null)[] = JSON.parse(row.frontier);
  const size = Number(row.size);
  const rowHash = bytesOf(row.row_hash);
  const frontier = hashes.map(bytesOf);
  const isWhole =
    Number.isSafeInteger(size) &&
    size > 0 &&
    frontier.length === levelsOf(size).length &&
    [rowHash, ...frontier].every((each) => each.length === 32);
  return isWhole
    ? { ...none, pruning: { size, rowHash, frontier, eventId: row.event_id ?? "" } }
    : {
        ...none,
        fault: `a pruning at size ${row.size} is recorded, without the hashes that a tree of this size has`,
      };
}

/** SHA-256( field('custody.chain.v1') field(chain_id) ), or null for what is no UUID. */
export function genesisOf(chainId: string): Uint8Array | null {
  const bytes = fromHex(chainId.replaceAll("-", ""));
  if (bytes?.length !== 16) return null;
  const name = Buffer.from("custody.chain.v1", "utf8");
  const length = (size: number): Uint8Array => Uint8Array.of(0, 0, 0, size);
  return new Uint8Array(
    createHash("sha256").update(length(name.length)).update(name).update(length(16)).update(bytes).digest(),
  );
}

function bytesOf(hex: string | null): Uint8Array {
  return fromHex(hex ?? "") ?? new Uint8Array(0);
}

async function tableExists(session: Session, place: ChainPlace, table: string): Promise<boolean> {
  const rows = await session.sql`
    select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = ${place.schema} and c.relname = ${table}`;
  return rows.length > 0;
}

/**
 * What reading the chain failed of, for a user. Without the rights: which grants it needs, and that no row may be hidden. A
 * snapshot that only reads and has a serialization failure (40001) is one that a standby had to give up.
 */
export function explainReading(error: unknown, place: ChainPlace): OpsError {
  const { table, head, rules } = place.definition;
  const explained = explainServerError(error, `reading the audit chain ${relationName(place, table)}`);
  const state = serverErrorOf(error instanceof OpsError ? error.cause : error)?.sqlstate;
  if (state === "40001") {
    return new OpsError(
      "timeout",
      explained.message,
      "a standby gives up a long reading for what its primary does: hot_standby_feedback = on or a longer max_standby_streaming_delay there, or verify the primary",
      { cause: error },
    );
  }
  if (state !== "42501") return explained;
  const tables = [table, ...(head ? [head.table] : []), ...(rules ? [prunedTable] : [])];
  return new OpsError(
    "permission-denied",
    explained.message,
    `the role must see every row: GRANT USAGE ON SCHEMA ${quoteIdentifier(place.schema)} TO <role>; ` +
      `GRANT SELECT ON ${tables.map((each) => relationName(place, each)).join(", ")} TO <role>`,
    { cause: error },
  );
}

/** The prunings cannot be read, and the chain does not begin with its first row. */
export function prunedUnreadable(place: ChainPlace): OpsError {
  return new OpsError(
    "permission-denied",
    `the chain begins after its first row, and ${relationName(place, prunedTable)} may not be read`,
    `grant it: GRANT SELECT ON ${relationName(place, prunedTable)} TO <role>`,
  );
}

/** The prunings cannot be read, and the chain begins with its first row: what is said of them is not checked. */
export function prunedUnseen(place: ChainPlace): string {
  return `${relationName(place, prunedTable)} may not be read: whether prunings are recorded that never were made cannot be checked, and once the chain is pruned it cannot be verified`;
}
