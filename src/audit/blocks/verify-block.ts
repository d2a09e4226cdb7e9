import type { Session } from "../../postgres/session.ts";
import { quoteIdentifier } from "../../postgres/identifiers.ts";
import { fromHex } from "../../run/sha256.ts";
import { relationName } from "../find-chain.ts";
import type { ChainPlace } from "../find-chain.ts";
import { createFindingCollector } from "../finding.ts";
import { createMerkleFrontier } from "../merkle/frontier.ts";
import { readRows } from "../read-rows.ts";
import { createRowCheck } from "../row-check.ts";
import { walkSequence } from "../walk-sequence.ts";
import { createWaypoints } from "../waypoints.ts";
import type { ChainMark } from "../waypoints.ts";
import type { Block, BlockReading } from "./block.ts";

export interface BlockOptions {
  /** The chain's first block: rows whose numbers are too low are read with it. */
  readonly isFirst?: boolean;
  /** The row_hash that the first row must lead to, `none` for a first row without any; left out, the row before is asked for it. */
  readonly previous?: Uint8Array | "none";
  /** What the chain begins with, for its first block where that is no multiple of a block. */
  readonly base?: ChainMark;
  /** Sizes of the chain within the block at which it is to be marked. */
  readonly waypoints?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads and hashes one block of a chain that counts its rows, in a transaction whose settings are pinned. Memory stays
 * flat. Throws what reading throws.
 */
export async function verifyBlock(
  session: Session,
  place: ChainPlace,
  { start, end }: Block,
  options: BlockOptions = {},
): Promise<BlockReading> {
  const previous = options.previous ?? options.base?.rowHash ?? (await hashOf(session, place, start));
  const offset = options.base === undefined ? start : 0;
  const frontier = createMerkleFrontier(
    options.base === undefined ? undefined : { size: options.base.size, nodes: options.base.frontier },
  );
  const waypoints = createWaypoints(
    (options.waypoints ?? []).map((each) => each - offset),
    options.base ?? null,
  );
  const check = createRowCheck(place.definition);
  const findings = createFindingCollector(1);
  const walk = walkSequence({
    check,
    findings,
    frontier,
    start,
    genesis: previous ?? "unknown",
    limit: 1,
    waypoints,
  });
  await readRows(session, place, options.isFirst === true ? { to: end } : { after: start, to: end }, {
    expressions: check.expressions,
    onRow: (row) => walk.onRow(row),
    signal: options.signal,
  });
  const last = walk.last();
  return {
    isClean:
      walk.rows() === end - start &&
      last?.seq === end &&
      findings.total() === 0 &&
      walk.brokenLinks().length === 0,
    rows: walk.rows(),
    previous: previous instanceof Uint8Array ? previous : null,
    mark: { size: frontier.size(), rowHash: last?.hash ?? new Uint8Array(0), frontier: frontier.nodes() },
    marks: [...waypoints.reached().values()],
    erased: walk.erased(),
  };
}

/** The row_hash of the row with a number; null without one. */
async function hashOf(session: Session, place: ChainPlace, seq: number): Promise<Uint8Array | null> {
  const { columns, table, hash_encoding: encoding } = place.definition;
  const hash = `t.${quoteIdentifier(columns.row_hash)}`;
  const rows = await session.sql.unsafe<{ hash: string | null }[]>(
    `select ${encoding === "bytes" ? `encode(${hash}, 'hex')` : hash} as hash from only ${relationName(place, table)} t
      where t.${quoteIdentifier(columns.seq ?? "")} = $1::text::bigint limit 2`,
    [String(seq)],
  );
  const bytes = rows.length === 1 ? fromHex(rows[0]?.hash ?? "") : null;
  return bytes?.length === 32 ? bytes : null;
}
